import type { Outcome } from '@app/contracts/wire/agent-messages';
import { objectKey } from '@app/contracts/objects';
import { fenceOf, type Effect, type Rollout, type RolloutEvent } from '../../../apps/hub/src/rollout/core/model';
import { isPermitted } from '../../../apps/hub/src/rollout/core/state';
import type { FleetFacts } from './fleet';

type Permit = Readonly<{ key: string; uid: string; revision: string }>;
type Frame = Readonly<
  { cluster: string; fence: number } & (
    { type: 'permit'; attempt: number; permits: readonly Permit[] } | { type: 'cancel' }
  )
>;
type Job = Readonly<Permit & { attempt: number; begun: boolean }>;
type Agent = { jobs: Job[]; floor: number };
type Said<T extends RolloutEvent['type']> = Omit<Extract<RolloutEvent, { type: T }>, 'at'>;
export type News = Said<'acked'> | Said<'progressed'> | Said<'reported'>;

/**
 * Agents and the wires to them, in the roughest form that is still honest: frames of both directions may be lost,
 * repeated and reordered, agents forget what they hold, but an agent only says what it did.
 */
export class Agents {
  private readonly agents = new Map<string, Agent>();
  readonly down: Frame[] = [];
  readonly up: News[] = [];
  /** Every (cluster, workload, revision) that was really seen ready. */
  readonly ready = new Set<string>();

  constructor(private readonly facts: FleetFacts) {}

  /** What the dispatcher does with an effect: the frame holds what the state permits at that moment. */
  carryOut(effect: Effect, rollout: Rollout): void {
    if (effect.type === 'announce') return;
    const { cluster } = effect;
    if (effect.type === 'revoke') {
      this.down.push({ type: 'cancel', cluster, fence: effect.fence });
      return;
    }
    const permits = (rollout.targets.get(cluster)?.restarts ?? []).filter(isPermitted).map((restart) => {
      return { key: objectKey(restart.workload), uid: restart.uid, revision: restart.revision ?? '' };
    });
    const { attempt } = effect;
    this.down.push({ type: 'permit', cluster, attempt, fence: fenceOf(rollout, attempt), permits });
  }

  receive(frame: Frame): void {
    const agent = this.of(frame.cluster);
    if (frame.type === 'cancel') {
      agent.floor = Math.max(agent.floor, frame.fence);
      agent.jobs.filter((job) => !job.begun).forEach((job) => this.say(frame.cluster, job, 'REVOKED'));
      agent.jobs = agent.jobs.filter((job) => job.begun);
      return;
    }
    const { cluster, attempt } = frame;
    this.up.push({ type: 'acked', cluster, attempt });
    for (const permit of frame.permits) this.take(agent, cluster, { ...permit, attempt, begun: false }, frame.fence);
  }

  /** The agent's judgement, as far as it matters here: never a write that its own cluster does not ask for. */
  private take(agent: Agent, cluster: string, job: Job, fence: number): void {
    const held = agent.jobs.find(({ key }) => key === job.key);
    const now = this.facts.of(cluster).workloads[job.key];
    if (held !== undefined && held.revision === job.revision) {
      agent.jobs = agent.jobs.map((each) => (each === held ? { ...each, attempt: job.attempt } : each));
      return;
    }
    if (now === undefined) return this.say(cluster, job, 'NOT_FOUND');
    if (now.have === job.revision) {
      this.ready.add(`${cluster} ${job.key} ${job.revision}`);
      return this.say(cluster, job, 'ALREADY_APPLIED');
    }
    if (fence <= agent.floor) return this.say(cluster, job, 'FENCED');
    if (now.uid !== job.uid) return this.say(cluster, job, 'SUPERSEDED_UID');
    if (now.want !== job.revision) return this.say(cluster, job, 'STALE_REVISION');
    agent.jobs.push(job);
  }

  /** One job goes one step on: patched, or ended. */
  work(cluster: string, choice: number, outcome: Outcome): void {
    const agent = this.of(cluster);
    const job = agent.jobs[choice % Math.max(1, agent.jobs.length)];
    if (job === undefined) return;
    const now = this.facts.of(cluster).workloads[job.key];
    if (now === undefined || (!job.begun && now.want !== job.revision)) {
      this.drop(agent, job);
      return this.say(cluster, job, now === undefined ? 'NOT_FOUND' : 'STALE_REVISION');
    }
    if (!job.begun) {
      agent.jobs = agent.jobs.map((each) => (each === job ? { ...each, begun: true } : each));
      this.facts.setWorkload(cluster, job.key.slice(job.key.lastIndexOf('/') + 1), { have: job.revision });
      const { key: workload, attempt } = job;
      this.up.push({ type: 'progressed', cluster, attempt, workload, phase: 'RollingOut', message: 'patched' });
      return;
    }
    this.drop(agent, job);
    if (outcome === 'APPLIED') this.ready.add(`${cluster} ${job.key} ${job.revision}`);
    this.say(cluster, job, outcome);
  }

  /** What was held in memory is gone; what was patched stays patched. */
  crash(cluster: string): void {
    this.of(cluster).jobs = [];
  }

  isBusy(): boolean {
    return [...this.agents.values()].some(({ jobs }) => jobs.length > 0);
  }

  private drop(agent: Agent, job: Job): void {
    agent.jobs = agent.jobs.filter((each) => each !== job);
  }

  private say(cluster: string, { key: workload, attempt, revision }: Job, outcome: Outcome): void {
    const said = { cluster, attempt, workload, outcome, revision, reason: '', message: outcome, startedAt: null };
    this.up.push({ type: 'reported', ...said });
  }

  private of(cluster: string): Agent {
    const known = this.agents.get(cluster) ?? { jobs: [], floor: 0 };
    this.agents.set(cluster, known);
    return known;
  }
}
