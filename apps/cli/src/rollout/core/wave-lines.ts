import type { RolloutView } from '@app/contracts/api/rollout-view';
import { objectKey } from '@app/contracts/objects';
import { isTerminalTarget, type RolloutPhase, type TargetPhase, type WavePhase } from '@app/contracts/phases';
import { because, type Instant, untilText } from './text';

export type WaveView = RolloutView['waves'][number];
export type TargetView = WaveView['targets'][number];
type RestartView = TargetView['restarts'][number];

const BAR = 16;
/** In a live view a wave shows this many of its clusters, the most urgent first. */
const MOST_TARGETS = 8;

const MARKS: Readonly<Partial<Record<RolloutPhase | WavePhase | TargetPhase | RestartView['phase'], string>>> = {
  Succeeded: '✔',
  Failed: '✘',
  Halted: '✘',
  Degraded: '!',
  Unknown: '?',
  Draft: '·',
  Queued: '·',
  Pending: '·',
  Blocked: '·',
  Deferred: '·',
  Soaking: '◷',
  GateBefore: '◷',
  GateAfter: '◷',
  Pausing: '‖',
  Paused: '‖',
  Skipped: '–',
  Cancelled: '–',
  Superseded: '–',
};
export const mark = (phase: keyof typeof MARKS): string => MARKS[phase] ?? '▶';

/** What needs eyes first comes first; what is done or has not begun comes last. */
const URGENCY: readonly TargetPhase[] = [
  'Failed',
  'Unknown',
  'Verifying',
  'Restarting',
  'Acked',
  'Dispatched',
  'Blocked',
  'Deferred',
  'Pending',
];
const urgency = ({ phase }: TargetView): number => {
  const place = URGENCY.indexOf(phase);
  return place === -1 ? URGENCY.length : place;
};

/** How far a wave is, one character for each share of its clusters: `#` good, `x` failed, `~` under way, `-` to come. */
export function bar(targets: readonly TargetView[]): string {
  const signs = targets.map(({ phase }) => signOf(phase)).sort((a, b) => '#x~-'.indexOf(a) - '#x~-'.indexOf(b));
  if (signs.length === 0) return `[${' '.repeat(BAR)}]`;
  const cells = Array.from({ length: BAR }, (_, cell) => signs[Math.floor((cell * signs.length) / BAR)]);
  return `[${cells.join('')}]`;
}

function signOf(phase: TargetPhase): string {
  if (phase === 'Failed') return 'x';
  if (isTerminalTarget(phase)) return '#';
  return phase === 'Pending' || phase === 'Blocked' || phase === 'Deferred' ? '-' : '~';
}

/** How waves are shown. */
export type WaveStyle = Readonly<{
  now: Instant;
  /** Live: what needs eyes now. Whole: every cluster and restart. */
  detail: 'live' | 'whole';
  /** Width of the longest wave's name. */
  names: number;
  /** What the rollout's own line has said already. */
  said: string;
}>;

/** One wave: its line, and below it the clusters that the reader wants to see. */
export function waveLines(wave: WaveView, { now, detail, names, said }: WaveStyle): readonly string[] {
  const done = wave.targets.filter(({ phase }) => isTerminalTarget(phase)).length;
  const until = wave.phase === 'Soaking' && wave.soakUntil !== null ? untilText(wave.soakUntil, now) : '';
  const why = because(wave.reason, wave.message);
  const head = `${mark(wave.phase)} ${wave.name.padEnd(names)} ${bar(wave.targets)} ${done}/${wave.targets.length}`;
  const line = joined(head, wave.phase, until, until !== '' || why === said ? '' : why);
  return [line, ...(detail === 'whole' ? wholeTargets(wave, now) : liveTargets(wave, now))];
}

const joined = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join('  ');

const wholeTargets = (wave: WaveView, now: Instant): readonly string[] =>
  wave.targets.flatMap((target) => [
    targetLine(target, wave.targets, now),
    ...target.restarts.map((restart) => restartLine(restart)),
  ]);

function liveTargets(wave: WaveView, now: Instant): readonly string[] {
  const begun = wave.startedAt !== null && wave.finishedAt === null;
  const worthy = begun ? wave.targets : wave.targets.filter(({ phase }) => phase === 'Failed');
  const sorted = [...worthy].sort((a, b) => urgency(a) - urgency(b));
  const shown = sorted.slice(0, MOST_TARGETS);
  const rest = sorted.slice(MOST_TARGETS);
  return [
    ...shown.flatMap((target) => [
      targetLine(target, shown, now),
      ...target.restarts.filter(({ phase }) => phase === 'Failed').map((restart) => restartLine(restart)),
    ]),
    ...(rest.length === 0 ? [] : [`    … and ${rest.length} more: ${tally(rest)}`]),
  ];
}

/** `20 Pending, 10 Succeeded` */
function tally(targets: readonly TargetView[]): string {
  const phases = [...new Set(targets.map(({ phase }) => phase))];
  return phases.map((each) => `${targets.filter(({ phase }) => phase === each).length} ${each}`).join(', ');
}

/** The failed restarts below it say why it failed. */
function targetLine(target: TargetView, among: readonly TargetView[], now: Instant): string {
  const { cluster, phase, attempt, until, reason, message, restarts } = target;
  const names = Math.max(...among.map(({ cluster: name }) => name.length));
  const again = attempt > 1 ? `attempt ${attempt}` : '';
  const time = until === null ? '' : untilText(until, now);
  const why = restarts.some((restart) => restart.phase === 'Failed') ? reason : because(reason, message);
  return joined(`    ${mark(phase)} ${cluster.padEnd(names)}`, phase, again, time, why);
}

const restartLine = ({ phase, reason, message, ...ref }: RestartView): string =>
  joined(`        ${mark(phase)} ${objectKey(ref)}`, phase, because(reason, message));
