import { isRecord } from '../../kube/core/json';
import { microTime } from '../../kube/core/micro-time';

/** A Lease as somebody wrote it. */
export type Lease = Readonly<{
  /** Empty: released. */
  holder: string;
  leaseMs: number;
  /** When the holder took it and last renewed it, by the holder's clock: compared with itself only. */
  acquired: string;
  renewed: string;
  /** How often the holder changed. */
  transitions: number;
  resourceVersion: string;
}>;

/** What was last seen of a Lease, and since when, in ms of our own clock; `lease` null: it does not exist. */
export type Sighting = Readonly<{ lease: Lease | null; since: number }>;

/** Reads an API object; null when it is no Lease. A Lease that nobody ever held has no holder. */
export function readLease(object: unknown): Lease | null {
  if (!isRecord(object) || !isRecord(object['metadata'])) return null;
  const { resourceVersion } = object['metadata'];
  if (typeof resourceVersion !== 'string') return null;
  const spec = isRecord(object['spec']) ? object['spec'] : {};
  const text = (name: string): string => (typeof spec[name] === 'string' ? spec[name] : '');
  const count = (name: string): number => (typeof spec[name] === 'number' ? spec[name] : 0);
  return {
    holder: text('holderIdentity'),
    leaseMs: count('leaseDurationSeconds') * 1000,
    acquired: text('acquireTime'),
    renewed: text('renewTime'),
    transitions: count('leaseTransitions'),
    resourceVersion,
  };
}

/** Looked at again: a Lease that did not change keeps the instant at which it was first seen so. */
export function sight(before: Sighting | null, lease: Lease | null, now: number): Sighting {
  const isSame = before?.lease?.resourceVersion === lease?.resourceVersion && before !== null;
  return isSame ? before : { lease, since: now };
}

/** May this replica take the Lease? Clocks of others are not trusted: its holder has to be unheard of by our own. */
export function mayTake({ lease, since }: Sighting, identity: string, now: number): boolean {
  if (lease === null || lease.holder === '' || lease.holder === identity) return true;
  return now - since > lease.leaseMs;
}

/** What a holder writes. `wall`: epoch ms. */
export function heldBy(
  identity: string,
  before: Lease | null,
  { wall, leaseMs }: Readonly<{ wall: number; leaseMs: number }>,
): Readonly<Record<string, unknown>> {
  const now = microTime(wall);
  const isMine = before?.holder === identity;
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(leaseMs / 1000),
    acquireTime: isMine && before.acquired !== '' ? before.acquired : now,
    renewTime: now,
    leaseTransitions: nextTransitions(identity, before),
  };
}

/** What a holder writes who lets go: the others need not wait. */
export function released(before: Lease, wall: number): Readonly<Record<string, unknown>> {
  return {
    holderIdentity: '',
    leaseDurationSeconds: 1,
    acquireTime: microTime(wall),
    renewTime: microTime(wall),
    leaseTransitions: before.transitions,
  };
}

function nextTransitions(identity: string, before: Lease | null): number {
  if (before === null) return 0;
  return before.holder === identity ? before.transitions : before.transitions + 1;
}
