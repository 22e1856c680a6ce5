import type { PlanView } from '@app/contracts/api/views';
import { objectKey } from '@app/contracts/objects';
import type { View } from '../../output/core/table';

type WavePlan = PlanView['waves'][number];

/** The waves of a plan. */
export const PLAN_LIST: View<WavePlan> = {
  name: ({ name }) => name,
  columns: [
    { header: 'WAVE', value: ({ name }) => name },
    { header: 'CLUSTERS', value: ({ targets }) => targets.map(({ cluster }) => cluster).join(',') },
    { header: 'WORKLOADS', value: ({ targets }) => targets.reduce((sum, { workloads }) => sum + workloads.length, 0) },
    { header: 'EARLIEST', value: earliest },
    { header: 'SOAK', value: ({ soakSeconds }) => durationText(soakSeconds) },
    { header: 'AT ONCE', value: ({ maxConcurrency }) => maxConcurrency, wide: true },
    { header: 'MAX FAILURES', value: ({ maxFailures }) => maxFailures, wide: true },
    { header: 'CLUSTER TIMES', value: clusterTimes, wide: true },
    { header: 'RESTARTS', value: restarts, wide: true },
  ],
};

/** As it is written in a policy: `1h30m`, `45s`. */
function durationText(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'm'],
    [seconds % 60, 's'],
  ] as const;
  return parts.flatMap(([count, unit]) => (count === 0 ? [] : [`${count}${unit}`])).join('') || '0s';
}

/** When its first cluster may start; nothing is promised when no time is known. */
function earliest({ targets, phase }: WavePlan, now: number): string {
  if (phase === 'Skipped') return 'skipped';
  const times = targets.flatMap((target) => (target.earliest === null ? [] : [Date.parse(target.earliest)]));
  if (times.length === 0) return 'unknown';
  return timeText(Math.min(...times), now);
}

const timeText = (at: number, now: number): string =>
  at <= now ? 'now' : new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

/** When each of its clusters may start: windows may open at other times in each. */
function clusterTimes({ targets }: WavePlan, now: number): string {
  const times = targets.map(({ cluster, earliest: at }) => {
    return `${cluster}:${at === null ? 'unknown' : timeText(Date.parse(at), now)}`;
  });
  return times.join(',');
}

function restarts({ targets }: WavePlan): string {
  const names = targets.flatMap(({ cluster, workloads }) => workloads.map((each) => `${cluster}:${objectKey(each)}`));
  return names.join(',');
}

type PlannedGate = NonNullable<WavePlan['gates']>[number];

const gateNote =
  (wave: string) =>
  ({ side, type, name, need, approvers }: PlannedGate): string => {
    const people = approvers === null ? '' : ` by ${approvers.join(' or ')}`;
    const asks = type === 'approval' ? `: ${need} ${need === 1 ? 'approval' : 'approvals'}${people}` : '';
    return `${side} wave ${wave}: ${type} gate ${name}${asks}`;
  };

type PlanWarning = PlanView['warnings'][number];
const SUBJECTS = 5;

/** What is the same in many clusters is said once, with those that it is about. */
function warningNotes(warnings: readonly PlanWarning[]): readonly string[] {
  const subjects = new Map<string, Set<string>>();
  const said = warnings.map(({ code, detail, subject }) => {
    const text = `: ${detail}`;
    const about = subjects.get(code + text) ?? new Set<string>();
    subjects.set(code + text, about.add(subject));
    return { code, text, about };
  });
  return [...new Set(said.map(({ code, text, about }) => `! ${code} ${atMost(SUBJECTS, [...about])}${text}`))];
}

const atMost = (count: number, names: readonly string[]): string =>
  names.slice(0, count).join(', ') + (names.length > count ? ` and ${names.length - count} more` : '');

/** What has to be said beside the waves. */
export const planNotes = ({ policy, planHash, planned, waves, warnings }: PlanView): readonly string[] => [
  ...waves.flatMap(({ name, gates = [], targets }) => (targets.length === 0 ? [] : gates.map(gateNote(name)))),
  ...warningNotes(warnings),
  `policy ${policy.name}@${policy.version}, ${planned} clusters, plan hash ${planHash}`,
];
