import { CLAIM_MS, type ClusterRecord, clusterState } from './cluster-record';
import type { Presence } from './presence';

const NOW = 10_000_000;
const record = (change: Partial<ClusterRecord> = {}): ClusterRecord => ({
  name: 'prod-1',
  labels: {},
  uid: 'uid',
  publicKey: 'k'.repeat(43),
  state: 'Approved',
  credVersion: 1,
  drained: false,
  agentVersion: '',
  kubernetesVersion: '',
  createdAt: 0,
  candidate: null,
  ...change,
});
const seen = (silentMs: number, connection: Presence['connection'] = 'online'): Presence => ({
  connection,
  session: 's',
  sessionEpoch: 1,
  replica: 'r',
  since: 0,
  lastSeen: NOW - silentMs,
});
const candidate = { publicKey: 'o'.repeat(43), agentVersion: '', at: 0 };

describe('the state of a cluster', () => {
  it.each([
    ['heard of just now', seen(0), 'Online', ''],
    ['silent for 75 s', seen(75_000), 'Online', ''],
    ['silent for longer', seen(75_001), 'Suspect', 'Silent'],
    ['silent for 5 min', seen(300_000), 'Suspect', 'Silent'],
    ['silent for longer than that', seen(300_001), 'Offline', 'Silent'],
    ['that lost its session just now', seen(0, 'offline'), 'Suspect', 'SessionLost'],
    ['that lost its session long ago', seen(300_001, 'offline'), 'Offline', 'SessionLost'],
    ['that never connected', undefined, 'Offline', 'NeverConnected'],
  ])('%s', (_, presence, state, reason) => {
    expect(clusterState(record(), presence, NOW)).toEqual({ state, reason });
  });

  it('says what waits for a person', () => {
    expect(clusterState(record({ claimedAt: NOW - 1 }), seen(0), NOW)).toEqual({
      state: 'Online',
      reason: 'IdentityConflict',
    });
    expect(clusterState(record({ claimedAt: NOW - CLAIM_MS }), seen(0), NOW).reason).toBe('');
    expect(clusterState(record({ state: 'Pending' }), undefined, NOW)).toEqual({
      state: 'Pending',
      reason: 'ApprovalNeeded',
    });
    expect(clusterState(record({ state: 'Revoked' }), seen(0), NOW).state).toBe('Revoked');
    expect(clusterState(record({ state: 'Revoked', candidate }), undefined, NOW)).toEqual({
      state: 'Pending',
      reason: 'NewKeyAfterRevocation',
    });
    expect(clusterState(record({ candidate }), seen(0), NOW)).toEqual({ state: 'Online', reason: 'NewKeyWaits' });
    expect(clusterState(record({ candidate }), undefined, NOW)).toEqual({ state: 'Pending', reason: 'NewKeyWaits' });
  });
});
