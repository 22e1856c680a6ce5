import type { HubMetrics } from '../../ops/metrics';
import type { PolicyVersion } from '../../policy/policies.port';
import type { Rollout } from '../../rollout/core/model';
import type { Outcome } from '../starting/rollout-starter';
import { StartRefused } from './start-refused';

const TRIES = 8;

/**
 * Starts what a person asked for, and decides it anew while others are faster.
 * @param what a person asked for a rollout of, for the answer.
 * @throws StartRefused
 */
export async function untilStarted(what: string, start: () => Promise<Rollout | undefined>): Promise<Rollout> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const rollout = await start();
    if (rollout) return rollout;
  }
  throw new StartRefused('Contended', `others keep starting rollouts of ${what}; ask again`);
}

/**
 * The rollout that was made; undefined: others were faster.
 * @param nobody says that the policy takes none of those concerned.
 * @throws StartRefused
 */
export function madeOf(
  outcome: Outcome,
  nobody: string,
  metrics: Pick<HubMetrics, 'rolloutsStarted'>,
): Rollout | undefined {
  if (outcome.type === 'noTargets') throw new StartRefused('NoTargets', nobody);
  if (outcome.type === 'raced') return undefined;
  metrics.rolloutsStarted('manual');
  return outcome.rollout;
}

/** The named policy, or the only owner. @throws StartRefused */
export function policyAmong(
  policies: readonly PolicyVersion[],
  owners: readonly PolicyVersion[],
  request: Readonly<{ policy: string | null }>,
): PolicyVersion {
  if (request.policy !== null) {
    const named = policies.find(({ policy }) => policy.name === request.policy);
    if (named) return named;
    throw new StartRefused('PolicyUnknown', `there is no policy "${request.policy}"`);
  }
  const [only, second] = owners;
  if (!only) throw new StartRefused('PolicyUnknown', 'no enabled policy owns what these workloads use');
  if (!second) return only;
  const names = owners
    .map(({ policy }) => policy.name)
    .sort()
    .join(', ');
  throw new StartRefused('PolicyAmbiguous', `several policies own what this concerns, name one of: ${names}`);
}
