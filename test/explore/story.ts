import { agoText } from '@test/rollout/scenario-print';
import type { FleetNow } from '../../apps/hub/src/rollout/core/fleet-now';
import type { Instant, RolloutEvent } from '../../apps/hub/src/rollout/core/model';
import { healed } from './heal';
import type { Watch } from './hub';
import { replay } from './walk';
import type { Fleet } from './world';

type Example = Readonly<{ broken: readonly string[]; path: readonly string[] }>;
type Line = Readonly<{ at: Instant; text: string }>;

const nameOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1);
/** `k000001:new___…` was made from `new`. */
const wordOf = (revision: string | null): string => (revision ?? '').replace(/^k000001:|_+$/g, '');

/**
 * What led to a broken rule as a golden scenario of the rollout that broke it, to be put into testdata (run the spec once
 * with UPDATE_GOLDEN=1 there); and the whole way as comments, since agents and wires have no place in a scenario.
 */
export function storyOf(fleet: Fleet, { broken, path }: Example): string {
  const id = /^r\d/.exec(broken[0] ?? '')?.[0] ?? 'r1';
  const lines: Line[] = [];
  let known: FleetNow | null = null;
  const watch: Watch = (moment) => {
    const { before, after, event, fleet } = moment;
    if (before.id !== id || (event.type === 'woken' && after.rollout === before)) return;
    const { at } = event;
    lines.push(...factLines(known, fleet).map((text) => ({ at, text })), ...eventLines(event));
    known = fleet;
  };
  const stuck = broken.some((text) => text.startsWith('1: '));
  replay(fleet, path, watch, (world) => (stuck ? healed(world, fleet.rules, watch) : world));
  const way = path.map((name) => `#   ${name}`);
  return [`# ${broken.join('; ')}`, ...way, '', fleet.block, '----', '', ...timed(lines), '----', ''].join('\n');
}

function timed(lines: readonly Line[]): readonly string[] {
  let last: Instant | undefined;
  return lines.map(({ at, text }) => {
    const passed = last === undefined ? 0 : at - last;
    last = at;
    return passed > 0 ? `+${agoText(passed)} ${text}` : text;
  });
}

function factLines(before: FleetNow | null, now: FleetNow): readonly string[] {
  return Object.entries(now.clusters).flatMap(([name, cluster]) => {
    const was = before?.clusters[name];
    const line = was !== undefined && was.connection !== cluster.connection ? [`${cluster.connection} ${name}`] : [];
    const facts = Object.entries(cluster.workloads).flatMap(([key, { want, have }]) => {
      const old = was?.workloads[key] ?? { want: 'k000001:new', have: 'k000001:old' };
      return [
        ...(wordOf(old.want) === wordOf(want) ? [] : [`source ${name} ${nameOf(key)} ${wordOf(want)}`]),
        ...(wordOf(old.have) === wordOf(have) ? [] : [`have ${name} ${nameOf(key)} ${wordOf(have)}`]),
      ];
    });
    return [...line, ...facts];
  });
}

function eventLines(event: RolloutEvent): readonly Line[] {
  const text = eventText(event);
  return [{ at: event.at, text }];
}

const VERBS: Readonly<Partial<Record<RolloutEvent['type'], string>>> = {
  woken: 'wake',
  started: 'start',
  paused: 'pause',
  cancelled: 'cancel',
  retried: 'retry',
};

function eventText(event: RolloutEvent): string {
  switch (event.type) {
    case 'acked':
      return `ack ${event.cluster} attempt=${event.attempt}`;
    case 'progressed':
      return `begin ${event.cluster} attempt=${event.attempt} workload=${nameOf(event.workload)}`;
    case 'reported': {
      const { cluster, attempt, workload, outcome, revision } = event;
      return `${outcome} ${cluster} attempt=${attempt} workload=${nameOf(workload)} revision=${wordOf(revision)}`;
    }
    case 'resumed':
      return event.acceptFailures ? 'resume accept' : 'resume';
    case 'skipped':
      return `skip cluster=${event.cluster ?? ''}`;
    case 'superseded':
      return `supersede ${event.by}`;
    case 'joined':
      return event.targets.map(({ cluster, wave }) => `join ${cluster} wave=${wave}`).join('\n');
    default:
      return VERBS[event.type] ?? `# ${event.type}`;
  }
}
