import { OUTCOMES, type Outcome } from '@app/contracts/wire/agent-messages';
import { rolloutPhase } from '@app/contracts/phases';
import type { WorkloadNow } from '../../../apps/hub/src/rollout/core/fleet-now';
import { newTarget } from '../../../apps/hub/src/rollout/core/create';
import type { Instant, Rollout, RolloutEvent, Target } from '../../../apps/hub/src/rollout/core/model';
import { isPermitted } from '../../../apps/hub/src/rollout/core/state';
import { step } from '../../../apps/hub/src/rollout/core/step';
import { waitingFor } from '../../../apps/hub/src/rollout/core/waiting';
import { rolloutOf, START, revisionOf, targetPlan, type Rules } from './fixtures';
import { FleetFacts } from './fleet';
import { clustersIn, durationOf, optionsOf, rulesOf } from './scenario-text';
import { agoText, effectText, stateText } from './scenario-print';
import { windowOf } from './windows';
import { reloaded } from './reloaded';

type NewEvent = RolloutEvent extends infer E ? (E extends { at: Instant } ? Omit<E, 'at'> : never) : never;
type Words = readonly string[];

/** Runs the commands of one scenario file against the engine and prints what came of each. */
export class Scenario {
  private at = START;
  private rollout: Rollout | undefined;
  private rules: Rules | undefined;
  private fleet = new FleetFacts([], []);

  /** The output of one block of commands, as the file is to have it. */
  run(block: string): string {
    if (block.startsWith('new')) return this.create(block);
    return block
      .split('\n')
      .map((line) => this.line(line.trim()))
      .join('');
  }

  private create(block: string): string {
    this.rules = rulesOf(block);
    const clusters = this.rules.waves.flatMap((wave) => wave.clusters);
    this.fleet = new FleetFacts(clusters, this.rules.workloads);
    for (const name of this.rules.absent ?? []) this.fleet.absent(name, this.rules.workloads, this.at);
    this.rollout = rolloutOf(this.rules, this.at);
    return `${this.rollout.phase}\n`;
  }

  private line(line: string): string {
    const words = line.split(/\s+/);
    const delay = words[0]?.startsWith('+') ? words.shift() : undefined;
    if (delay !== undefined) this.at += durationOf(delay.slice(1));
    const [command = '', ...args] = words;
    if (command === 'state') return stateText(this.current());
    if (command === 'waiting') return this.waiting();
    if (command === 'reload') return this.reload();
    if (this.fact(command, args)) return '';
    return this.events(command, args)
      .map((event) => this.step(event))
      .join('');
  }

  private step(event: NewEvent): string {
    const before = this.current();
    const result = step(before, { ...event, at: this.at } as RolloutEvent, this.fleet.now());
    this.rollout = result.rollout;
    const lines = result.effects.map((effect) => effectText(effect));
    const wake = result.wakeAt === null ? 'over' : `wake in ${agoText(result.wakeAt - this.at)}`;
    const same = result.rollout === before ? 'nothing changed, ' : '';
    return [...lines, `${agoText(this.at - START)}: ${same}${wake}`].map((text) => `${text}\n`).join('');
  }

  private current(): Rollout {
    if (this.rollout === undefined) throw new Error('the first command of a scenario is new');
    return this.rollout;
  }

  private reload(): string {
    this.rollout = reloaded(this.current());
    return '';
  }

  private waiting(): string {
    const lines = waitingFor(this.current(), this.at).map(({ reason, until, detail }) => {
      return `  ${reason}${until === null ? '' : ` for ${agoText(until - this.at)}`}: ${detail}\n`;
    });
    return lines.join('');
  }

  /** Sets what the hub knows of the fleet; false when it is not such a command. */
  private fact(command: string, args: Words): boolean {
    const [clusters = '', workload = 'web'] = args;
    const options = optionsOf(args);
    const facts: Readonly<Record<string, (name: string) => void>> = {
      offline: (name) => this.fleet.offline(name, this.at),
      online: (name) => this.fleet.online(name),
      back: (name) => this.fleet.update(name, { connection: 'online', offlineSince: null }),
      left: (name) => this.fleet.update(name, { connection: 'left' }),
      forget: (name) => this.fleet.forget(name),
      drained: (name) => this.fleet.update(name, { drained: true }),
      agent: (name) => this.fleet.update(name, { proto: Number(workload) }),
      claimed: (name) => this.fleet.update(name, { claimedAt: this.at }),
      undrained: (name) => this.fleet.update(name, { drained: false }),
      source: (name) =>
        this.fleet.setWorkload(name, workload, { source: revisionOf(args[2] ?? ''), want: revisionOf(args[2] ?? '') }),
      want: (name) => this.fleet.setWorkload(name, workload, { want: revisionOf(args[2] ?? '') }),
      have: (name) => this.fleet.setWorkload(name, workload, { have: revisionOf(args[2] ?? '') }),
      uid: (name) => this.fleet.setWorkload(name, workload, { uid: args[2] ?? '' }),
      ignored: (name) => this.fleet.setWorkload(name, workload, { ignored: true, want: null }),
      unready: (name) => this.fleet.setWorkload(name, workload, { unready: true }),
      ready: (name) => this.fleet.setWorkload(name, workload, { unready: false }),
      // `serves c01 web 3/5`
      serves: (name) => this.fleet.setWorkload(name, workload, servingOf(args[2])),
      gone: (name) => this.fleet.removeWorkload(name, workload),
      hold: (name) => this.fleet.hold(name, this.holdOf(options)),
      unhold: (name) => this.fleet.unhold(name, workload),
      window: (name) => this.fleet.window(name, windowOf(workload, options)),
      // `under-way r7 ca Running` or `under-way r7 ca Queued after=test`, and `through r7`: rollouts of other policies.
      'under-way': (id) =>
        this.fleet.begun({ id, policy: workload, phase: phaseOf(args[2]), waitsFor: listOf(options.after) }),
      through: (id) => this.fleet.through(id),
      windowless: (name) => this.fleet.update(name, { windows: [] }),
    };
    const set = facts[command];
    if (set === undefined) return false;
    clustersIn(clusters).forEach(set);
    return true;
  }

  private holdOf(options: Readonly<Record<string, string>>) {
    const { id = 'h1', owner = 'ann', for: length, why = 'incident' } = options;
    return { id, owner, reason: why, expiresAt: length === undefined ? null : this.at + durationOf(length) };
  }

  private events(command: string, args: Words): readonly NewEvent[] {
    const { who = 'ann', why = '' } = optionsOf(args);
    const by = { actor: who, why };
    switch (command) {
      case 'wake':
        return [{ type: 'woken' }];
      case 'start':
        return [{ type: 'started', ...by }];
      case 'pause':
        return [{ type: 'paused', ...by }];
      case 'resume':
        return [{ type: 'resumed', acceptFailures: args.includes('accept'), ...by }];
      case 'cancel':
        return [{ type: 'cancelled', ...by }];
      case 'retry':
        return [{ type: 'retried', ...by }];
      case 'skip':
        return [{ type: 'skipped', wave: null, cluster: null, ...optionsOf(args), ...by }];
      case 'approve':
        return [{ type: 'approved', gate: `r1.${args[0] ?? ''}`, ...by }];
      case 'reject':
        return [{ type: 'rejected', gate: `r1.${args[0] ?? ''}`, ...by }];
      case 'supersede':
        return [{ type: 'superseded', by: args[0] ?? '' }];
      case 'join':
        return [this.joined(args)];
      default:
        return this.messages(command, args);
    }
  }

  private joined(args: Words): NewEvent {
    const { wave = '' } = optionsOf(args);
    const workloads = this.rules?.workloads ?? [];
    const names = clustersIn(args[0] ?? '');
    names.filter((name) => !this.fleet.has(name)).forEach((name) => this.fleet.add(name, workloads));
    return { type: 'joined', targets: names.map((name) => newTarget(targetPlan(name, workloads), wave)) };
  }

  /** What agents say; for every restart that is permitted, unless the line names one. */
  private messages(command: string, args: Words): readonly NewEvent[] {
    const options = optionsOf(args);
    return clustersIn(args[0] ?? '').flatMap((cluster): readonly NewEvent[] => {
      const target = this.current().targets.get(cluster);
      if (target === undefined) throw new Error(`no target ${cluster}`);
      const attempt = Number(options.attempt ?? target.attempt);
      if (command === 'ack') return [{ type: 'acked', cluster, attempt }];
      const restarts = restartsIn(target, options.workload);
      if (command === 'begin') {
        return restarts.map(({ workload }) => {
          return { type: 'progressed', cluster, attempt, workload, phase: 'RollingOut', message: 'patched' };
        });
      }
      const outcome = outcomeOf(command);
      const { reason = '', message = '' } = options;
      return restarts.map(({ workload, revision }) => {
        const said = {
          revision: options.revision === undefined ? revision : revisionOf(options.revision),
          ...(options.pods !== undefined && { pods: Number(options.pods) }),
        };
        return { type: 'reported', cluster, attempt, workload, outcome, reason, message, startedAt: this.at, ...said };
      });
    });
  }
}

/** `3/5`: three of the five pods that it wants. */
function servingOf(text: string | undefined): Pick<WorkloadNow, 'unready' | 'ready' | 'pods'> {
  const [ready = 0, pods = 0] = text?.split('/').map(Number) ?? [];
  return { unready: ready < pods, ready, pods };
}

const phaseOf = (word: string | undefined) => rolloutPhase.parse(word);
const listOf = (text: string | undefined): readonly string[] => text?.split(',') ?? [];

type Said = Readonly<{ workload: string; revision: string }>;

function restartsIn(target: Target, named: string | undefined): readonly Said[] {
  const told = target.restarts.map((restart) => {
    const { kind, namespace, name } = restart.workload;
    return { restart, name, workload: `${kind}/${namespace}/${name}`, revision: restart.revision ?? revisionOf('new') };
  });
  return told.filter(({ restart, name }) => (named === undefined ? isPermitted(restart) : name === named));
}

function outcomeOf(word: string): Outcome {
  const known: Readonly<Record<string, Outcome>> = { applied: 'APPLIED', fail: 'ROLLOUT_FAILED' };
  const outcome = known[word] ?? OUTCOMES.find((each) => each === word);
  if (outcome === undefined) throw new Error(`not a command: ${word}`);
  return outcome;
}
