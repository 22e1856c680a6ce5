import { setTimeout as sleep } from 'node:timers/promises';
import { isTerminalRollout } from '@app/contracts/phases';
import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { ConvergenceView } from '@app/contracts/api/views';
import { type Fleet, SECRET, WORKLOADS } from './fleet';

const STORY_MS = 120_000;

/** Rotates the Secret in every cluster, shows the waves until they end, and checks what the clusters say. */
export async function rotateAndWatch(fleet: Fleet, signal: AbortSignal, value: string): Promise<void> {
  const known = new Set((await fleet.api.items<RolloutView>('/rollouts')).map(({ id }) => id));
  const before = await replicaSets(fleet);
  say(`rotating Secret ${SECRET.namespace}/${SECRET.name} in ${fleet.members.length} clusters`);
  for (const { kube } of fleet.members) await kube.putSecret(SECRET, { password: value });
  const rollout = await follow(fleet, known, signal);
  if (rollout.phase !== 'Succeeded') throw new Error(`the rollout ended ${rollout.phase}: ${rollout.message}`);
  await checkEvidence(fleet, before);
  say('every cluster runs the new revision; every workload was restarted exactly once');
}

async function follow(fleet: Fleet, known: ReadonlySet<string>, signal: AbortSignal): Promise<RolloutView> {
  const deadline = Date.now() + STORY_MS;
  let shown = '';
  while (Date.now() < deadline) {
    signal.throwIfAborted();
    const fresh = (await fleet.api.items<RolloutView>('/rollouts')).find(({ id }) => !known.has(id));
    if (fresh) {
      const rollout = (await fleet.api.call('GET', `/rollouts/${fresh.id}`)) as RolloutView;
      const picture = draw(rollout);
      if (picture !== shown) say(picture);
      shown = picture;
      if (isTerminalRollout(rollout.phase)) return rollout;
    }
    await sleep(200, undefined, { signal });
  }
  throw new Error(`the rollout did not end in ${STORY_MS / 1000} s`);
}

const draw = (rollout: RolloutView): string =>
  [
    `${rollout.id}  ${rollout.phase}`,
    ...rollout.waves.map(
      (wave) =>
        `   ${wave.name.padEnd(12)} ${wave.phase.padEnd(10)} ${wave.targets.map((target) => `${target.cluster}:${target.phase}`).join('  ')}`,
    ),
  ].join('\n');

const replicaSets = (fleet: Fleet): Promise<number[]> =>
  Promise.all(
    fleet.members.flatMap(({ kube }) =>
      WORKLOADS.map(async (name) => (await kube.replicaSets({ namespace: SECRET.namespace, name })).length),
    ),
  );

/** The clusters' own evidence: one ReplicaSet more per Deployment, and convergence that counts no unknown. */
async function checkEvidence(fleet: Fleet, before: readonly number[]): Promise<void> {
  const after = await replicaSets(fleet);
  const wrong = after.findIndex((count, index) => count !== (before[index] ?? 0) + 1);
  if (wrong >= 0)
    throw new Error(`a workload was not restarted exactly once: ${before[wrong]} → ${after[wrong]} ReplicaSets`);
  const path = `/convergence?kind=Secret&namespace=${SECRET.namespace}&name=${SECRET.name}`;
  const { items } = (await fleet.api.call('GET', path)) as ConvergenceView;
  const behind = items.filter(({ state }) => state !== 'Converged');
  if (behind.length > 0 || items.length !== fleet.members.length)
    throw new Error(`not converged: ${JSON.stringify(items)}`);
}

/** One block of lines for the person at the terminal. */
export const say = (text: string): void => void process.stdout.write(`${text}\n`);
