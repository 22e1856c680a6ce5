import type { WorkloadFact } from '@app/contracts/wire/facts';
import { type ClusterRecord, SUSPECT_AFTER_MS } from '../../fleet/core/cluster-record';
import type { Presence } from '../../fleet/core/presence';
import type { HoldRecord } from '../../holds/core/hold';
import { type Carried, clusterNow, type StoredFacts } from './cluster-now';

const AT = 10_000_000;
const source = { kind: 'Secret', namespace: 'shop', name: 'db' } as const;
const carried: Carried = { policy: { name: 'prod', version: 1 }, cause: { source, revisions: [] } };
const workload = { kind: 'Deployment', namespace: 'shop', name: 'web' } as const;
const place = { cluster: 'a', restarts: [{ workload }] };
const record = { state: 'Approved', drained: false, labels: { env: 'prod' } } as unknown as ClusterRecord;
const seen: Presence = {
  ...{ connection: 'online', session: 's', sessionEpoch: 7, replica: 'r', since: AT - 500_000, lastSeen: AT - 1000 },
};
const hold = (id: string, scope: HoldRecord['scope']): HoldRecord => ({
  ...{ id, scope, owner: 'me', reason: 'x', createdAt: 0, expiresAt: null },
});

const now = (facts: Partial<StoredFacts> = {}): ReturnType<typeof clusterNow> => {
  const stored = { record, seen, toldSession: 7, workloads: [], runs: undefined, holds: [] };
  return clusterNow(carried, place, { ...stored, ...facts }, AT);
};

describe('a cluster as a rollout sees it', () => {
  it('is on line while its agent is heard', () => {
    expect(now()).toMatchObject({ connection: 'online', offlineSince: null, toldAt: AT - 1000 });
  });

  it.each<[string, Presence | undefined, number]>([
    ['its session ended', { ...seen, connection: 'offline' }, seen.since],
    ['nothing was heard for long, whatever its replica wrote', { ...seen, lastSeen: AT - SUSPECT_AFTER_MS - 1 }, 0],
    ['it never had a session', undefined, 0],
  ])('is off line when %s', (_title, presence, since) => {
    const offlineSince = since === 0 ? (presence?.lastSeen ?? 0) : since;
    expect(now({ seen: presence })).toMatchObject({ connection: 'offline', offlineSince });
  });

  it.each([undefined, { ...record, state: 'Revoked' } as ClusterRecord])('has left the fleet: %j', (left) => {
    expect(now({ record: left })).toMatchObject({ connection: 'left' });
  });

  it('has not told where it stands in a session that is newer than the one in which it told everything', () => {
    expect(now({ toldSession: 6 }).toldAt).toBeNull();
    expect(now({ toldSession: undefined }).toldAt).toBeNull();
  });

  it('is held by the holds that concern its part', () => {
    const holds = [
      hold('h-all', { all: true }),
      hold('h-prod', { clusters: 'env=prod' }),
      hold('h-dev', { clusters: 'env=dev' }),
      hold('h-shop', { namespace: 'shop' }),
      hold('h-other', { policy: 'other' }),
    ];
    expect(now({ holds }).holds.map(({ id }) => id)).toEqual(['h-all', 'h-prod', 'h-shop']);
  });

  it('tells of its workloads, and of who restarts them', () => {
    const pods = { desired: 3, updated: 3, ready: 2 };
    const fact = { ...workload, uid: 'u', state: 'Current', want: 'k:1', have: 'k:1', pods, sources: [] };
    const workloads = [fact as unknown as WorkloadFact];
    const runs = new Map([['Deployment/shop/web', { lockedBy: 'r-2' }]]);
    expect(now({ workloads, runs }).workloads).toEqual({
      'Deployment/shop/web': {
        ...{ uid: 'u', ignored: false, want: 'k:1', have: 'k:1', source: null, had: null },
        ...{ unready: true, ready: 2, pods: 3, lockedBy: 'r-2' },
      },
    });
  });
});
