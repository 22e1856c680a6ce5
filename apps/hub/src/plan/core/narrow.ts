import { resolveFailureLimit, resolveShare } from '@app/contracts/policy/amounts';
import { ExpressionError, type OneLine } from '@app/contracts/policy/one-line';
import { parseOverride } from '@app/contracts/policy/override';
import type { ResolvedGate, ResolvedPolicy, ResolvedWave } from '@app/contracts/policy/resolved';
import { type Unsaid, unsaidBy } from '@app/contracts/policy/urgency';
import { type Assigned, assignWaves } from './assign';
import type { CandidateCluster, PlanWarning } from './model';

type Wave = Assigned['waves'][number];

/** What holds for a rollout: the policy as narrowed, and the clusters in its waves. */
export type Narrowed = Readonly<{ policy: ResolvedPolicy; waves: readonly Wave[]; warnings: readonly PlanWarning[] }>;

/**
 * Narrows the waves of a policy by what the sources ask for in whichever of the clusters. Each wave is cut into parts by the
 * waves that are asked for, and every part keeps the stricter of the two: nothing starts earlier, or beside more, than
 * under the policy alone. What is not allowed or not understood changes nothing.
 */
export function narrow(
  policy: ResolvedPolicy,
  clusters: readonly CandidateCluster[],
  waves: readonly Wave[],
): Narrowed {
  const texts = new Set(clusters.flatMap(({ override }) => override ?? []));
  const asked = [...texts].sort().map((text) => {
    return { text, subject: clusters.find(({ override }) => override === text)?.name ?? '' };
  });
  const narrowed = asked.reduce<Narrowed>((known, each) => narrowedBy(known, each, clusters), {
    ...{ policy, waves, warnings: [] },
  });
  if (narrowed.policy === policy) return narrowed;
  const { allowAnnotationOverride: _, ...closed } = narrowed.policy;
  return { ...narrowed, policy: closed };
}

type Asked = Readonly<{ text: string; subject: string }>;

function narrowedBy(known: Narrowed, { text, subject }: Asked, clusters: readonly CandidateCluster[]): Narrowed {
  const told = (code: string, detail: string): readonly PlanWarning[] => [...known.warnings, { code, detail, subject }];
  const { policy } = known;
  if (policy.allowAnnotationOverride !== true) {
    const detail = `the source asks for "${text}": policy "${policy.name}" does not allow that, and holds`;
    return { ...known, warnings: told('OVERRIDE_NOT_ALLOWED', detail) };
  }
  const line = lineOf(text, unsaidBy(policy.urgency));
  if (typeof line === 'string') return { ...known, warnings: told('OVERRIDE_INVALID', `the source asks for: ${line}`) };
  const waves = cut(known.waves, assignWaves({ ...policy, waves: line.waves, unassigned: 'rest' }, clusters).waves);
  const start = policy.start === 'auto' ? line.start : policy.start;
  const isSame = start === policy.start && waves.length === known.waves.length && waves.every(isAsIn(known.waves));
  if (isSame) {
    const detail = `the source asks for "${text}", which is nowhere narrower than policy "${policy.name}": that holds`;
    return { ...known, warnings: told('OVERRIDE_WITHOUT_EFFECT', detail) };
  }
  const warnings = told(
    'OVERRIDDEN',
    `the source asks for "${text}": the waves of policy "${policy.name}" are narrowed`,
  );
  // Who joins later is in none of these waves.
  const unassigned = policy.unassigned === 'ignore' ? 'ignore' : 'rest';
  return { policy: { ...policy, start, unassigned, waves: waves.map(({ wave }) => wave) }, waves, warnings };
}

/** Why it can not be read, where it can not. */
function lineOf(text: string, unsaid: Unsaid): OneLine | string {
  try {
    return parseOverride(text, unsaid);
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
}

const isAsIn =
  (known: readonly Wave[]) =>
  ({ wave, clusters }: Wave, index: number): boolean => {
    const before = known[index];
    return before !== undefined && strictness(before.wave, clusters.length) === strictness(wave, clusters.length);
  };

const strictness = (wave: ResolvedWave, size: number): string =>
  JSON.stringify([
    resolveShare(wave.maxConcurrency, size),
    resolveFailureLimit(wave.maxFailures, size),
    ...[wave.soakMs, wave.gates],
  ]);

function cut(own: readonly Wave[], asked: readonly Wave[]): readonly Wave[] {
  const used = new Set(own.map(({ wave }) => wave.name));
  const places = new Map(asked.flatMap(({ clusters }, index) => clusters.map((name) => [name, index] as const)));
  return own.flatMap((each) => {
    const found = new Set(each.clusters.map((name) => places.get(name) ?? 0));
    const parts = [...found]
      .sort((a, b) => a - b)
      .map((place) => ({
        by: asked[place],
        clusters: each.clusters.filter((name) => (places.get(name) ?? 0) === place),
      }));
    return partsOf(each, parts, own, used);
  });
}

/** Clusters of a wave that are together in one of the waves asked for as well. */
type Part = Readonly<{ by: Wave | undefined; clusters: readonly string[] }>;

/** One after the other. The last part has the name of the whole: whoever waits for that waits for all of it. */
function partsOf(of: Wave, parts: readonly Part[], own: readonly Wave[], used: Set<string>): readonly Wave[] {
  const [only, ...more] = parts;
  if (!only) return [of];
  const names = [...parts.slice(1).map((_, index) => unused(`${of.wave.name}-part-${index + 1}`, used)), of.wave.name];
  return [only, ...more].map((part, index) => {
    const isLast = index === more.length;
    const gates = of.wave.gates.filter(({ side }) => (side === 'before' ? index === 0 : isLast));
    const asked = gatesAsked(of, part.by, own).filter((gate) => !gates.some(({ name }) => name === gate.name));
    const dependsOn = index === 0 ? of.wave.dependsOn : [names[index - 1] ?? ''];
    const wave = { ...stricter(of, part, isLast), name: names[index] ?? of.wave.name, dependsOn };
    return { wave: { ...wave, gates: [...gates, ...asked] }, clusters: part.clusters };
  });
}

function stricter({ wave, clusters }: Wave, { by, clusters: together }: Part, isLast: boolean): ResolvedWave {
  if (!by) return wave;
  const size = clusters.length;
  const concurrency = resolveShare(wave.maxConcurrency, size);
  // Parts may not add up to more failures than the whole: all but the last tolerate none.
  const failures = isLast ? resolveFailureLimit(wave.maxFailures, size) : 0;
  return {
    ...wave,
    clusters: { selector: null, names: together, size: null, rest: false, orderBy: null },
    maxConcurrency: { count: Math.min(concurrency, resolveShare(by.wave.maxConcurrency, by.clusters.length)) },
    maxFailures: {
      count: Math.min(failures, resolveFailureLimit(by.wave.maxFailures, by.clusters.length)),
      percent: 0,
    },
    soakMs: Math.max(isLast ? wave.soakMs : 0, by.wave.soakMs),
  };
}

/** Gates of a wave asked for: asked at once, where the first of its clusters come. */
function gatesAsked(of: Wave, by: Wave | undefined, own: readonly Wave[]): readonly ResolvedGate[] {
  if (!by) return [];
  const members = new Set(by.clusters);
  return wavesBefore(of, own).some(({ clusters }) => clusters.some((name) => members.has(name))) ? [] : by.wave.gates;
}

/** Those that a wave waits for, directly or not. */
function wavesBefore({ wave }: Wave, own: readonly Wave[]): readonly Wave[] {
  const names = new Set(wave.dependsOn);
  for (const name of names) own.find((each) => each.wave.name === name)?.wave.dependsOn.forEach((on) => names.add(on));
  return own.filter((each) => names.has(each.wave.name));
}

/** Names are DNS labels, and no two waves share one. */
function unused(wanted: string, used: Set<string>): string {
  let name = wanted.slice(-63).replace(/^-+/, '');
  for (let n = 2; used.has(name); n++) name = `${wanted.slice(-59).replace(/^-+/, '')}-${n}`;
  used.add(name);
  return name;
}
