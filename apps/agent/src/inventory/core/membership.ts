import { SOURCE_KINDS, type SourceKind } from '@app/contracts/objects';
import { type LocalKey, localKey, localParts } from './local-key';
import { isNamed, NO_MARKS, reactionTo, type SourceMarks } from './opt-in';
import type { WorkloadRecord } from './records';

/** The existing sources of one namespace. */
export interface NamespaceSources {
  marks(kind: SourceKind, name: string): SourceMarks | undefined;
  names(kind: SourceKind): Iterable<string>;
}

/** What a source that does not exist any more said of itself: it was a match, if the workload searches. */
const REMEMBERED: SourceMarks = { ignore: false, match: true };

export type Remembered = Readonly<{
  /** The sources that the workload was started with. */
  keys: ReadonlySet<LocalKey>;
  /** The appearance of any other one counts too. */
  appearing: boolean;
  /** What those said of themselves that went after the workload was written. */
  gone?: ReadonlyMap<LocalKey, SourceMarks>;
}>;

/**
 * The sources that a workload reacts to, sorted, existing or not. One that it was started with and that is gone
 * stays a member as long as the workload would react to it, so that its return with another content is seen as the
 * change it is.
 */
export function membersOf(
  workload: Pick<WorkloadRecord, 'optIn' | 'references'>,
  sources: NamespaceSources,
  remembered: Remembered,
): readonly LocalKey[] {
  return SOURCE_KINDS.flatMap((kind) => membersOfKind(kind, workload, sources, remembered)).sort();
}

function membersOfKind(
  kind: SourceKind,
  { optIn, references }: Pick<WorkloadRecord, 'optIn' | 'references'>,
  sources: NamespaceSources,
  remembered: Remembered,
): readonly LocalKey[] {
  const how = optIn.kinds[kind];
  const referenced = new Set(references[kind]);
  const gone = namesIn(kind, remembered.gone?.keys() ?? []).filter((name) => isNamed(how, name));
  const candidates = new Set([...how.names, ...references[kind], ...namesIn(kind, remembered.keys), ...gone]);
  if (how.patterns.length > 0) {
    for (const name of sources.names(kind)) if (isNamed(how, name)) candidates.add(name);
  }
  const reacts = (name: string): boolean => {
    const key = localKey(kind, name);
    const isExpected = remembered.appearing || remembered.keys.has(key);
    const absent = isExpected ? REMEMBERED : (remembered.gone?.get(key) ?? NO_MARKS);
    return reactionTo(how, name, sources.marks(kind, name) ?? absent, referenced.has(name)).reacts;
  };
  return [...candidates].filter(reacts).map((name) => localKey(kind, name));
}

const namesIn = (kind: SourceKind, keys: Iterable<LocalKey>): readonly string[] =>
  [...keys].filter((key) => key.startsWith(`${kind}/`)).map((key) => key.slice(kind.length + 1));

/** The sources whose coming, going or marks can change the membership of this workload, patterns aside. */
export function interestsOf(workload: Pick<WorkloadRecord, 'optIn' | 'references'>): readonly LocalKey[] {
  return SOURCE_KINDS.flatMap((kind) => {
    const { names, auto, search } = workload.optIn.kinds[kind];
    const referenced = auto || search ? workload.references[kind] : [];
    return [...new Set([...names, ...referenced])].map((name) => localKey(kind, name));
  });
}

export const hasPatterns = (workload: Pick<WorkloadRecord, 'optIn'>): boolean =>
  SOURCE_KINDS.some((kind) => workload.optIn.kinds[kind].patterns.length > 0);

/** The patterns of a workload as text; null: it has none. */
export function patternsOf(workload: Pick<WorkloadRecord, 'optIn'>): string | null {
  if (!hasPatterns(workload)) return null;
  return JSON.stringify(SOURCE_KINDS.map((kind) => workload.optIn.kinds[kind].patterns.map((one) => one.pattern())));
}

/** True when nothing but a pattern ties the workload to this source: until it exists, nothing tells of it. */
export function isByPattern(
  { optIn, references }: Pick<WorkloadRecord, 'optIn' | 'references'>,
  key: LocalKey,
): boolean {
  const { kind, name } = localParts(key);
  const how = optIn.kinds[kind];
  return how.patterns.length > 0 && !how.names.has(name) && !references[kind].includes(name);
}
