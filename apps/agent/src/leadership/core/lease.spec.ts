import { heldBy, type Lease, mayTake, readLease, released, sight } from './lease';

const AT = Date.parse('2026-01-01T00:00:15Z');
const NOW = '2026-01-01T00:00:15.000000Z';
const EARLIER = '2025-12-31T10:00:00.000000Z';

/** As Kubernetes keeps it. */
const SPEC = {
  holderIdentity: 'a',
  leaseDurationSeconds: 15,
  acquireTime: EARLIER,
  renewTime: NOW,
  leaseTransitions: 2,
};
const LEASE: Lease = {
  ...{ holder: 'a', leaseMs: 15_000, acquired: EARLIER, renewed: NOW, transitions: 2, resourceVersion: '7' },
};
const NEVER_HELD: Lease = { ...LEASE, holder: '', leaseMs: 0, acquired: '', renewed: '', transitions: 0 };
const metadata = { resourceVersion: '7' };

describe('a Lease', () => {
  it.each<[string, object, Lease]>([
    ['that is held', { metadata, spec: SPEC }, LEASE],
    ['that nobody ever held', { metadata }, NEVER_HELD],
    [
      'of which nothing can be understood',
      { metadata, spec: { holderIdentity: 5, leaseTransitions: 'x' } },
      NEVER_HELD,
    ],
  ])('is read: one %s', (_which, object, lease) => {
    expect(readLease(object)).toEqual(lease);
  });

  it.each([[null], ['text'], [{}], [{ metadata: { resourceVersion: 7 } }]])('is none: %j', (object) => {
    expect(readLease(object)).toBeNull();
  });

  it('is seen since it last changed', () => {
    const first = sight(null, LEASE, 5);
    expect(sight(first, { ...LEASE }, 9)).toEqual({ lease: LEASE, since: 5 });
    expect(sight(first, { ...LEASE, resourceVersion: '8' }, 9).since).toBe(9);
    expect(sight(null, null, 9)).toEqual({ lease: null, since: 9 });
  });

  it.each<[string, Lease | null, number, boolean]>([
    ['of another who may still renew it', LEASE, 15_000, false],
    ['of another who was not heard of for longer than it lasts', LEASE, 15_001, true],
    ['of its own', { ...LEASE, holder: 'b' }, 0, true],
    ['that was released', { ...LEASE, holder: '' }, 0, true],
    ['that does not exist', null, 0, true],
  ])('one %s may be taken: as told', (_which, lease, silentMs, may) => {
    expect(mayTake({ lease, since: 100 }, 'b', 100 + silentMs)).toBe(may);
  });

  it.each<[string, Lease | null, object]>([
    ['renews its own', LEASE, { acquireTime: EARLIER, leaseTransitions: 2 }],
    ['renews its own of which nobody knows since when', { ...LEASE, acquired: '' }, { acquireTime: NOW }],
    ['follows another', { ...LEASE, holder: 'b' }, { acquireTime: NOW, leaseTransitions: 3 }],
    ['makes it', null, { acquireTime: NOW, leaseTransitions: 0 }],
  ])('is written by who %s', (_who, before, expected) => {
    const written = heldBy('a', before, { wall: AT, leaseMs: 14_200 });
    expect(written).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, renewTime: NOW, ...expected });
  });

  it('is let go so that the others need not wait', () => {
    const { leaseDurationSeconds, ...free } = released(LEASE, AT);
    expect(leaseDurationSeconds).toBe(1);
    expect(free).toEqual({ holderIdentity: '', acquireTime: NOW, renewTime: NOW, leaseTransitions: 2 });
  });
});
