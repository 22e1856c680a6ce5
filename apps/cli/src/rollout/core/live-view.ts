import type { RolloutView } from '@app/contracts/api/rollout-view';
import { isTerminalRollout } from '@app/contracts/phases';
import { truncate } from '../../output/core/table';
import { causeText } from './cause';
import { because, duration, type Instant, plain, untilText } from './text';
import { mark, waveLines, type WaveStyle } from './wave-lines';

/** The terminal that a view is drawn for. */
export type Screen = Readonly<{
  now: Instant;
  /** Characters in a line; longer lines are cut, because a terminal would wrap them. */
  columns: number;
  /** Lines that can be drawn over again. */
  rows: number;
}>;

/** The rollout as a page that is drawn anew while it goes on: what it is, what it waits for, wave by wave. */
export function liveView(rollout: RolloutView, { now, columns, rows }: Screen): readonly string[] {
  const lines = rolloutLines(rollout, now, 'live');
  const hidden = lines.length - rows + 1;
  const shown =
    lines.length <= rows
      ? lines
      : [...lines.slice(0, rows - 1), `… ${hidden} more lines: reloadctl rollout get ${rollout.id}`];
  return shown.map((line) => truncate(line, columns));
}

/** The rollout with every cluster and restart of it. */
export const wholeView = (rollout: RolloutView, now: Instant): readonly string[] => [
  ...rolloutLines(rollout, now, 'whole'),
  ...(rollout.allowed.length === 0 ? [] : [`allowed   ${rollout.allowed.join(', ')}`]),
];

function rolloutLines(rollout: RolloutView, now: Instant, detail: WaveStyle['detail']): readonly string[] {
  const names = Math.max(0, ...rollout.waves.map(({ name }) => name.length));
  const said = because(rollout.reason, rollout.message);
  return [
    ...headLines(rollout, now),
    ...waitLines(rollout, now),
    ...rollout.waves.flatMap((wave) => waveLines(wave, { now, detail, names, said })),
  ];
}

function headLines(rollout: RolloutView, now: Instant): readonly string[] {
  const { id, phase, policy, policyOutdated, cause } = rollout;
  const why = because(rollout.reason, rollout.message);
  return [
    `${mark(phase)} ${id}  ${phase}  ${ageOf(rollout, now)}  ${progressOf(rollout)}`,
    `policy    ${policy.name}@${policy.version}${policyOutdated ? ' (has a newer version since)' : ''}`,
    `cause     ${causeText(cause)}`,
    ...(why === '' ? [] : [`reason    ${why}`]),
    ...(rollout.supersededBy === null ? [] : [`then      ${rollout.supersededBy} carries a newer revision`]),
  ];
}

/** For how long it runs, or ran. */
export function ageOf({ createdAt, finishedAt }: Pick<RolloutView, 'createdAt' | 'finishedAt'>, now: Instant): string {
  return duration((finishedAt === null ? now : Date.parse(finishedAt)) - Date.parse(createdAt));
}

/** `2/3 clusters, 1 failed` */
export function progressOf({ counts }: Pick<RolloutView, 'counts'>): string {
  const others = (['failed', 'skipped', 'deferred'] as const).filter((key) => counts[key] > 0);
  const tail = others.map((key) => `, ${counts[key]} ${key}`).join('');
  return `${counts.succeeded}/${counts.targets} clusters${tail}`;
}

/** What it waits for, but for what its reason has said already. */
export function waitLines({ phase, message, waitingFor }: RolloutView, now: Instant): readonly string[] {
  if (isTerminalRollout(phase)) return [];
  const news = waitingFor.filter(({ detail, until }) => until !== null || detail === '' || detail !== message);
  return news.map(({ reason, until, detail }, index) => {
    const time = until === null ? '' : ` ${untilText(until, now)}`;
    const sentence = plain(detail);
    return `${index === 0 ? 'waits for' : '         '} ${reason}${time}${sentence === '' ? '' : `: ${sentence}`}`;
  });
}
