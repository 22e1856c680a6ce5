import type { Outcome } from '@app/contracts/wire/agent-messages';
import { hindranceOf } from '../../inventory/core/pause';
import type { Stillness } from '../../inventory/core/rollout-status';
import type { WorkloadLook } from '../../inventory/workbench.port';
import type { Order } from './order';

/** What the agent remembers of the hub's orders. */
export type Guards = Readonly<{
  /** Highest fence of this rollout that was cancelled; 0: none. */
  floor: number;
  maxHubEpoch: number;
  /** Highest fence that came for this workload in this rollout. */
  lastFence: number;
  /** The hub's time now, epoch ms. */
  hubNow: number;
  /** This agent was started with the consent to restart what is current. */
  forcedAllowed: boolean;
}>;

export type Reckoned = NonNullable<WorkloadLook['reckoning']>;

export type Verdict =
  /** `still`: why its pods will not be replaced by it; null: they will. */
  | Readonly<{ do: 'patch'; look: WorkloadLook; reckoning: Reckoned; still: Stillness | null }>
  /** Its template has the revision already: nothing to write, the answer waits for its pods. */
  | Readonly<{ do: 'follow' }>
  /** `settle`: the workload counts as current from now on. */
  | Readonly<{ do: 'answer'; outcome: Outcome; reason: string; message: string; settle: boolean }>;

/**
 * Whether an order may still be carried out. The order of the checks is part of the meaning: what is done already
 * is answered as done whoever asks; then an order that is void is refused; only then the workload's own ways count.
 */
export function judge(order: Order, look: WorkloadLook | undefined, guards: Guards): Verdict {
  if (!look) return refuse('NOT_FOUND', 'NotFound', 'the workload does not exist');
  if (look.record.uid !== order.uid) {
    return refuse('SUPERSEDED_UID', 'SupersededUid', 'the workload was deleted and made anew since this was reported');
  }
  if (order.forced === true) return judgeForced(order, look, guards);
  if (look.record.stamp === order.toRevision && !isBehind(order, look)) return { do: 'follow' };
  return refusalByTerms(order, guards) ?? judgeRevision(order, look, guards);
}

/** A forced restart is made once per rollout, which the template itself remembers. */
function judgeForced(order: Order, look: WorkloadLook, guards: Guards): Verdict {
  const { forced, carrier } = look.record;
  if (forced === order.rollout) return { do: 'follow' };
  const void_ = refusalByTerms(order, guards);
  if (void_) return void_;
  if (!guards.forcedAllowed) {
    const message = 'this agent was started without --allow-forced-restarts: it restarts only what is pending';
    return refuse('LOCALLY_DENIED', 'ForcedNotAllowed', message);
  }
  if (carrier === 'elsewhere') return judgeUnrecorded(order, look, guards);
  if (forced !== null && forced > order.rollout) {
    return skip('ForcedSince', `rollout ${forced}, which is newer, has forced a restart already`, false);
  }
  return judgeRevision(order, look, guards);
}

/** What is pending there is run as ever; what is current is left out, and holds up nothing that was forced beside it. */
function judgeUnrecorded(order: Order, look: WorkloadLook, guards: Guards): Verdict {
  const { reckoning, record } = look;
  if (!reckoning || reckoning.have !== reckoning.want) return judgeRevision(order, look, guards);
  const message = `a ${record.ref.kind} that is current is not run by force: it has no place for the record of that, and might run twice`;
  return skip('ForcedNotSupported', message, false);
}

/** Its pods run something else than the stamp says: someone restarted them in between, on other content. */
const isBehind = ({ toRevision }: Order, { reckoning }: WorkloadLook): boolean =>
  reckoning !== null && reckoning.want === toRevision && reckoning.have !== toRevision;

function refusalByTerms({ terms, rollout }: Order, guards: Guards): Verdict | null {
  if (!terms) return null;
  if (guards.hubNow > terms.notAfter) {
    return refuse('EXPIRED', 'Expired', `the permit was good until ${new Date(terms.notAfter).toISOString()}`);
  }
  if (terms.fence <= guards.floor) {
    return refuse('REVOKED', 'Revoked', `permits of rollout ${rollout} up to fence ${guards.floor} were cancelled`);
  }
  if (terms.hubEpoch < guards.maxHubEpoch) {
    return refuse('FENCED', 'OldHubEpoch', `hub epoch ${terms.hubEpoch} is over: ${guards.maxHubEpoch} was seen`);
  }
  return null;
}

/**
 * An agent of its own leaves the new template for the next pods, whoever makes them. A hub wants to know what was
 * restarted, and nothing was.
 */
const TEMPLATE_IS_ENOUGH: readonly string[] = ['OnDelete', 'PausedWorkload', 'ScaledToZero', 'ManualRollout'];

function judgeRevision(order: Order, look: WorkloadLook, guards: Guards): Verdict {
  const { reckoning } = look;
  if (!reckoning) return refuse('STALE_REVISION', 'NotOptedIn', 'nothing opts the workload in any more');
  if (reckoning.want !== order.toRevision) {
    return refuse('STALE_REVISION', 'StaleRevision', `it wants ${reckoning.want} by now`);
  }
  if (order.terms && order.terms.fence < guards.lastFence) {
    return refuse(
      'FENCED',
      'OldFence',
      `fence ${order.terms.fence} is over: ${guards.lastFence} came for this workload`,
    );
  }
  if (reckoning.have === reckoning.want && order.forced !== true) {
    return skip('AlreadyCurrent', 'its pods were started after the change', false);
  }
  const still = hindranceOf(look.record);
  if (still && !(order.terms === null && TEMPLATE_IS_ENOUGH.includes(still.reason))) {
    return skip(still.reason, still.message, still.reason === 'ScaledToZero');
  }
  return { do: 'patch', look, reckoning, still };
}

const refuse = (outcome: Outcome, reason: string, message: string): Verdict => ({
  do: 'answer',
  outcome,
  reason,
  message,
  settle: false,
});

const skip = (reason: string, message: string, settle: boolean): Verdict => ({
  do: 'answer',
  outcome: 'SKIPPED',
  reason,
  message,
  settle,
});
