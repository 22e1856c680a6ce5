import { setTimeout as sleep } from 'node:timers/promises';
import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { ConvergenceView } from '@app/contracts/api/views';
import { type Fleet, SECRET, WORKLOADS } from './fleet';
import { watchRollout } from './watch';

const LOOK_MS = 200;
/** A rotation that led to no rollout after this long is a fault of the product. */
const ROLLOUT_COMES_MS = 60_000;

/** One line, or a block of them, for the person at the terminal. */
export const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Rotates a Secret in every cluster, shows each rollout that comes of it, and checks what the clusters say. */
export class Story {
  private readonly seen = new Set<string>();
  private rotations = 0;
  /** Rotations up to this one were looked at when their rollout was over. */
  private judged = 0;
  private rotating: Promise<void> = Promise.resolve();
  private watching = false;
  private restarts: readonly number[] = [];
  private failed: (error: unknown) => void = () => undefined;
  /** Rejects when a rotation fails. */
  private readonly failure = new Promise<never>((_resolve, reject) => (this.failed = reject));

  constructor(
    private readonly fleet: Fleet,
    private readonly signal: AbortSignal,
  ) {
    this.failure.catch(() => undefined);
  }

  /** At once, also while a rollout runs: that one is superseded. */
  rotate(): void {
    const value = `value-${(this.rotations += 1)}`;
    if (!this.watching)
      say(`rotating Secret ${SECRET.namespace}/${SECRET.name} in ${this.fleet.members.length} clusters`);
    this.rotating = this.rotating.then(() => this.put(value)).catch((error: unknown) => this.failed(error));
  }

  /** Shows the rollout that comes next, to its end. @throws Error when none comes, or it did not do what it says. */
  async watchNext(): Promise<void> {
    const id = await Promise.race([this.nextRollout(ROLLOUT_COMES_MS), this.failure]);
    await this.show(id, '120s');
    await this.judge(id);
  }

  /** Shows every rollout that comes, for as long as a person likes; says so when one of ours did not do what it says. */
  async watchOn(hint: string): Promise<never> {
    for (;;) {
      const id = await Promise.race([this.nextRollout(Number.POSITIVE_INFINITY), this.failure]);
      const { rotations } = this;
      await this.show(id, null);
      const isOurs = this.judged < rotations && rotations === this.rotations;
      if (isOurs) await this.judge(id).catch((error: unknown) => this.unlessStopped(error));
      say(hint);
    }
  }

  private async show(id: string, timeout: string | null): Promise<void> {
    this.watching = true;
    await watchRollout(this.fleet.hub, id, { signal: this.signal, timeout }).finally(() => (this.watching = false));
  }

  private async judge(id: string): Promise<void> {
    const rollout = (await this.fleet.api.call('GET', `/rollouts/${id}`)) as RolloutView;
    if (rollout.phase === 'Superseded') return; // another rotation is on its way
    this.judged = this.rotations;
    if (rollout.phase !== 'Succeeded') throw new Error(`the rollout ended ${rollout.phase}: ${rollout.message}`);
    await this.checkEvidence();
  }

  private unlessStopped(error: unknown): void {
    this.signal.throwIfAborted();
    say(error instanceof Error ? error.message : String(error));
  }

  private async put(value: string): Promise<void> {
    this.restarts = await this.replicaSets();
    await Promise.all(this.fleet.members.map(({ kube }) => kube.putSecret(SECRET, { password: value })));
  }

  /** Also one that somebody started otherwise, e.g. with reloadctl. */
  private async nextRollout(patienceMs: number): Promise<string> {
    const deadline = performance.now() + patienceMs;
    while (performance.now() < deadline) {
      const rollouts = await this.fleet.api.items<RolloutView>('/rollouts');
      const fresh = rollouts.findLast(({ id }) => !this.seen.has(id));
      if (fresh) {
        this.seen.add(fresh.id);
        return fresh.id;
      }
      await sleep(LOOK_MS, undefined, { signal: this.signal });
    }
    throw new Error(`no rollout came in ${patienceMs / 1000} s`);
  }

  private replicaSets(): Promise<number[]> {
    const { namespace } = SECRET;
    const counts = this.fleet.members.flatMap(({ kube }) =>
      WORKLOADS.map(async (name) => (await kube.replicaSets({ namespace, name })).length),
    );
    return Promise.all(counts);
  }

  /** The clusters' own evidence: one ReplicaSet more per Deployment, and convergence that counts no unknown. */
  private async checkEvidence(): Promise<void> {
    const after = await this.replicaSets();
    const wrong = after.findIndex((count, index) => count !== (this.restarts[index] ?? 0) + 1);
    if (wrong >= 0)
      throw new Error(
        `a workload was not restarted exactly once: ${this.restarts[wrong]} → ${after[wrong]} ReplicaSets`,
      );
    const path = `/convergence?kind=Secret&namespace=${SECRET.namespace}&name=${SECRET.name}`;
    const { items } = (await this.fleet.api.call('GET', path)) as ConvergenceView;
    const behind = items.filter(({ state }) => state !== 'Converged');
    if (behind.length > 0 || items.length !== this.fleet.members.length)
      throw new Error(`not converged: ${JSON.stringify(items)}`);
    say('every cluster runs the new revision; every workload was restarted exactly once');
  }
}
