import { isTerminalRollout } from '@app/contracts/phases';
import { newTarget } from '../../../apps/hub/src/rollout/core/create';
import type { FleetNow } from '../../../apps/hub/src/rollout/core/fleet-now';
import type { Instant, Rollout, RolloutEvent, Step } from '../../../apps/hub/src/rollout/core/model';
import { concernedBy, isNews, stepNews } from '../../../apps/hub/src/rollout/core/news';
import { isWaiting } from '../../../apps/hub/src/rollout/core/state';
import { step } from '../../../apps/hub/src/rollout/core/step';
import { Agents, type News } from './agents';
import { keyNamed, NEW, OLD, revisionOf, rolloutOf, START, targetPlan, type Rules } from './fixtures';
import { FleetFacts } from './fleet';
import { frozen, miscounted, outcomeText } from './history-state';
import { BY, type NewEvent, VERBS } from './history-verbs';
import { brokenRules } from './invariants';
import { StoreLimits } from './store-limits';
import { WINDOWS } from './windows';
import { reloaded } from './reloaded';

/** One arbitrary happening: what kind, and two choices within it. */
export type Happening = readonly [kind: number, choice: number, detail: number];

const DELAYS = [0, 1, 900, 15_000, 61_000, 400_000, 3_600_000] as const;
/** The hub dies and comes back with what the store holds after every so many steps. */
const RELOAD_EVERY = 8;
/** Asking twice doubles the time; a part of all steps is enough over ten thousand histories. */
const SETTLED_EVERY = 4;
/** In some of all histories the state is frozen; in each it would take most of the time. */
const FROZEN_EVERY = 4;
let histories = 0;
/** Longer than an agent's silence lasts before it is asked again. */
const PATIENCE_MS = 301_000;
const PUNCTUAL_ROUNDS = 4;
const LATE_MS = 40_000;
/** Plays happenings against the engine, reloads its state from JSON now and then, and keeps what broke a rule. */
export class History {
  readonly broken: string[] = [];
  private at = START;
  private rollout: Rollout;
  private wakeAt: Instant | null = START;
  private readonly facts: FleetFacts;
  private readonly agents: Agents;
  private readonly limits = new StoreLimits();
  private readonly keys = new Set<string>();
  private steps = 0;
  private readonly freezes = histories++ % FROZEN_EVERY === 0;
  /** Version of the facts that the last whole look was made on. */
  private looked = -1;

  constructor(private readonly rules: Rules) {
    this.facts = new FleetFacts(
      rules.waves.flatMap(({ clusters }) => clusters),
      rules.workloads,
    );
    for (const name of rules.absent ?? []) {
      if (this.facts.has(name)) this.facts.absent(name, rules.workloads, START);
    }
    this.agents = new Agents(this.facts);
    this.rollout = frozen(rolloutOf(rules));
  }

  get phase(): Rollout['phase'] {
    return this.rollout.phase;
  }

  clusterAt = (pick: number): string => this.facts.names()[pick % this.facts.names().length] ?? '';
  gateAt = (pick: number): string => {
    const gates = this.rollout.waves.flatMap((wave) => wave.gates ?? []);
    return gates[pick % gates.length]?.id ?? '';
  };
  waveAt = (pick: number): string => this.rollout.waves[pick % this.rollout.waves.length]?.name ?? '';

  play([kind, choice, detail]: Happening): void {
    switch (kind % 10) {
      case 0:
      case 1:
        return this.send(choice, detail);
      case 2:
      case 3:
        return this.hear(choice, detail);
      case 4:
      case 8:
        return this.agents.work(this.clusterAt(choice), detail, detail % 4 === 0 ? 'ROLLOUT_FAILED' : 'APPLIED');
      case 5:
        return this.wake(choice);
      case 6:
        return this.happen((VERBS[choice % VERBS.length] ?? VERBS[0])?.(this, detail) ?? { type: 'woken' });
      case 7:
        return this.turn(choice, detail);
      default:
        return this.flow(detail % 3 === 0 ? 'ROLLOUT_FAILED' : 'APPLIED');
    }
  }

  /** A quiet moment: every frame arrives, every agent gets one step on. */
  private flow(outcome: 'APPLIED' | 'ROLLOUT_FAILED'): void {
    const { down, up } = this.agents;
    down
      .splice(0)
      .filter(({ cluster }) => this.reachable(cluster))
      .forEach((frame) => this.agents.receive(frame));
    this.facts.names().forEach((name) => this.agents.work(name, 0, outcome));
    up.splice(0).forEach((news) => this.happen(news));
  }

  /** One frame to an agent: delivered, delivered and kept (a repeat), or lost. */
  private send(choice: number, fate: number): void {
    const { down } = this.agents;
    const frame = down[choice % Math.max(1, down.length)];
    if (frame === undefined) return;
    if (fate % 4 !== 1) down.splice(down.indexOf(frame), 1);
    if (fate % 8 !== 2 && this.reachable(frame.cluster)) this.agents.receive(frame);
  }

  private hear(choice: number, fate: number): void {
    const { up } = this.agents;
    const news = up[choice % Math.max(1, up.length)];
    if (news === undefined) return;
    if (fate % 4 !== 1) up.splice(up.indexOf(news), 1);
    if (fate % 8 !== 2 && this.reachable(news.cluster)) this.happen(fate === 3 ? forged(news) : news);
  }

  private reachable = (cluster: string): boolean => this.facts.of(cluster).connection === 'online';

  private wake(choice: number): void {
    const delay = DELAYS[choice % (DELAYS.length + 1)];
    this.at = delay === undefined ? Math.max(this.at, this.wakeAt ?? this.at) : this.at + delay;
    this.happen({ type: 'woken' });
  }

  /** Something changes in the fleet, with or without the hub looking at it at once. */
  private turn(choice: number, detail: number): void {
    const cluster = this.clusterAt(detail);
    const workload = this.rules.workloads[detail % this.rules.workloads.length]?.split('>')[0] ?? '';
    const known = this.facts.of(cluster).workloads[`Deployment/shop/${workload}`] !== undefined;
    const turns: readonly (() => void)[] = [
      () => this.facts.offline(cluster, this.at),
      () => this.facts.online(cluster),
      () =>
        this.facts.hold(cluster, {
          id: 'h',
          owner: 'bob',
          reason: 'x',
          expiresAt: detail % 2 ? null : this.at + 60_000,
        }),
      () => this.facts.unhold(cluster, 'h'),
      () => this.facts.update(cluster, { drained: detail % 2 === 0 }),
      () => this.facts.update(cluster, { windows: WINDOWS[detail % WINDOWS.length] ?? [] }),
      () => this.agents.crash(cluster),
      () => this.join(`j${detail % 3}`, detail),
      () => this.join(cluster, detail),
      () => this.facts.update(cluster, { connection: 'online', offlineSince: null }),
      () => known && this.facts.setWorkload(cluster, workload, { source: NEW, want: NEW }),
      () => known && this.facts.setWorkload(cluster, workload, { unready: detail % 3 > 0 }),
      () => known && this.facts.setWorkload(cluster, workload, { source: detail % 2 ? OLD : NEW }),
      () => known && this.facts.setWorkload(cluster, workload, { want: revisionOf(`w${detail % 3}`) }),
      () => known && this.facts.setWorkload(cluster, workload, { have: NEW, want: NEW }),
      () => known && this.facts.setWorkload(cluster, workload, { uid: `uid-${detail % 3}` }),
      () => known && detail % 4 === 0 && this.facts.removeWorkload(cluster, workload),
      () => detail % 4 === 0 && this.facts.update(cluster, { connection: 'left' }),
      () => this.limits.close(detail % 3 === 0 ? 'g' : `c/${cluster}`, detail % 2 ? null : this.at + 6000),
      () => this.limits.openAll(),
      () => known && this.facts.lock(cluster, workload, 'r9'),
      () => known && this.merge(cluster, workload, detail % 3 === 0 ? 'Failed' : 'Succeeded'),
    ];
    turns[choice % turns.length]?.();
    if (detail % 2 === 0) this.happen({ type: 'woken' });
  }

  /** Another rollout that had the workload is through with it, and has brought it all that it should run. */
  private merge(cluster: string, workload: string, outcome: 'Failed' | 'Succeeded'): void {
    const revision = this.facts.unlock(cluster, workload, { outcome, at: this.at });
    if (outcome === 'Succeeded') this.agents.ready.add(`${cluster} ${keyNamed(workload)} ${revision}`);
  }

  private join(name: string, detail: number): void {
    if (!this.facts.has(name)) this.facts.add(name, this.rules.workloads);
    this.happen({ type: 'joined', targets: [newTarget(targetPlan(name, this.rules.workloads), this.waveAt(detail))] });
  }

  private happen(said: NewEvent): void {
    const event = { ...said, at: this.at } as RolloutEvent;
    const before = this.rollout;
    const fleet = this.freezes ? frozen(this.facts.now()) : this.facts.now();
    const short = this.shortStep(before, event, fleet);
    const after = short ?? this.limits.decide(before, fleet, (known) => step(before, event, known));
    if (this.limits.refusals(before, after, fleet).size > 0) this.broken.push('4: begun against a limit');
    this.broken.push(...brokenRules({ before, event, fleet, after, rules: this.rules }, this.agents.ready));
    if (this.steps % SETTLED_EVERY === 1) this.broken.push(...miscounted(after.rollout));
    if (short === null) this.looked = this.facts.version;
    if (this.looked === this.facts.version) this.checkForm(before, event, fleet, after);
    for (const effect of after.effects) this.agents.carryOut(effect, after.rollout);
    this.steps += 1;
    const reloads = this.steps % RELOAD_EVERY === 0;
    this.rollout = reloads ? reloaded(after.rollout) : after.rollout;
    if (this.freezes) frozen(this.rollout);
    this.wakeAt = after.wakeAt;
  }

  /** News is taken in as the hub does it: by a look at few targets, as long as the rest was looked at lately. */
  private shortStep(before: Rollout, event: RolloutEvent, fleet: FleetNow): Step | null {
    const reloaded = this.steps % RELOAD_EVERY === 0;
    if (!isNews(event) || reloaded || this.wakeAt === null) return null;
    const short = stepNews(before, [event], factsOf(fleet, concernedBy(before, [event])), this.wakeAt);
    if (short === null || this.limits.refusals(before, short, fleet).size > 0) return null;
    if (this.limits.isOpen && this.looked === this.facts.version && this.steps % SETTLED_EVERY === 0) {
      const same = outcomeText(step(before, event, fleet)) === outcomeText(short);
      if (!same) this.broken.push('form: a short step leads elsewhere than a whole one');
    }
    return short;
  }

  /** The form of the contract: settled in one step, one key for one message, identity kept. */
  private checkForm(before: Rollout, event: RolloutEvent, fleet: FleetNow, after: Step): void {
    if (this.steps % SETTLED_EVERY === 0) {
      const look = { type: 'woken', at: event.at } as const;
      const again = this.limits.decide(after.rollout, fleet, (known) => step(after.rollout, look, known));
      if (again.rollout !== after.rollout || again.effects.length > 0)
        this.broken.push('form: not settled in one step');
    }
    for (const { key, type } of after.effects) {
      if (type !== 'announce' && this.keys.has(key)) this.broken.push(`form: key ${key} is used twice`);
      this.keys.add(key);
    }
    const copied = after.rollout.targets.all().filter((target) => {
      const was = before.targets.get(target.cluster);
      return was !== undefined && was !== target && JSON.stringify(was) === JSON.stringify(target);
    });
    if (copied.length > 0) this.broken.push('form: an unchanged target was copied');
  }

  /** Never 1, to the end: with everything back in order a rollout comes to its end by timers and answers alone. */
  heal(): void {
    for (const name of this.facts.names()) {
      if (this.facts.of(name).connection !== 'left') this.facts.online(name);
      this.facts.update(name, { drained: false, holds: [], windows: [] });
      for (const key of Object.keys(this.facts.of(name).workloads)) {
        this.facts.setWorkload(name, key.slice(key.lastIndexOf('/') + 1), { source: NEW, unready: false });
        this.facts.lock(name, key.slice(key.lastIndexOf('/') + 1), null);
      }
    }
    this.limits.openAll();
    const settledBy = this.at + PATIENCE_MS;
    for (let round = 0; round < 120 && !isTerminalRollout(this.phase); round++) this.healthyRound(round);
    const givenUp = this.rollout.targets.all().filter(({ phase, reason, finishedAt, stop }) => {
      return stop === undefined && phase === 'Failed' && reason === 'ProgressDeadline' && (finishedAt ?? 0) > settledBy;
    });
    if (givenUp.length > 0) this.broken.push('1: given up on an agent that would have answered');
    if (!isTerminalRollout(this.phase)) this.broken.push(`1: stuck in ${this.phase}: ${this.rollout.message}`);
  }

  /** Later rounds look late: what is still open then waits for minutes, and nothing depends on the sweeps between. */
  private healthyRound(round: number): void {
    this.flow('APPLIED');
    for (let work = 0; work < 8 && this.agents.isBusy(); work++) this.flow('APPLIED');
    if (this.phase === 'Draft') this.happen({ type: 'started', ...BY });
    if (this.phase === 'Halted' || this.phase === 'Paused')
      this.happen({ type: 'resumed', acceptFailures: true, ...BY });
    this.approveAll();
    this.untangle();
    this.at = Math.max(this.at, this.wakeAt ?? this.at) + (round < PUNCTUAL_ROUNDS ? 0 : LATE_MS);
    this.happen({ type: 'woken' });
  }

  /** Waves that wait for each other's workloads: a person leaves one out. */
  private untangle(): void {
    const cluster = this.rollout.targets.all().find(isWaiting)?.cluster;
    if (this.rollout.reason === 'Deadlock' && cluster) this.happen({ type: 'skipped', wave: null, cluster, ...BY });
  }

  private approveAll(): void {
    const gates = this.rollout.waves.flatMap((wave) => wave.gates ?? []);
    for (const { id } of gates.filter(({ state }) => state === 'Open')) {
      for (const actor of ['p7', 'p8']) this.happen({ type: 'approved', gate: id, actor, why: '' });
    }
  }
}

/** An agent that claims success for something else than it was permitted. */
const forged = (news: News): News =>
  news.type === 'reported' ? { ...news, outcome: 'APPLIED', revision: revisionOf('forged') } : news;

/** What is known of these clusters alone. */
const factsOf = ({ clusters }: FleetNow, names: ReadonlySet<string>): FleetNow => ({
  clusters: Object.fromEntries(Object.entries(clusters).filter(([name]) => names.has(name))),
});
