import { bySourceKind, SOURCE_KINDS, type SourceKind } from '@app/contracts/objects';
import { type AnnotationKeys, type Annotations, OUR_KEYS, parseBool, valuesOf, wordsOf } from './annotation-keys';
import { type NamedSources, NOTHING_NAMED, readNames, splitList } from './name-patterns';

export type OptInOptions = Readonly<{
  keys: AnnotationKeys;
  autoReloadAll: boolean;
  /** Kinds that nothing reacts to. */
  ignoredKinds: readonly SourceKind[];
  /** A suspended CronJob runs for a change all the same. */
  runSuspendedCronJobs: boolean;
}>;

/** How a workload reacts to sources of one kind. */
export type KindOptIn = NamedSources & Readonly<{ auto: boolean; search: boolean; excluded: ReadonlySet<string> }>;

export type OptIn = Readonly<{ kinds: Readonly<Record<SourceKind, KindOptIn>>; warnings: readonly string[] }>;

/** What a source says about itself. */
export type SourceMarks = Readonly<{ ignore: boolean; match: boolean }>;

/** Of a source whose annotations are not known. */
export const NO_MARKS: SourceMarks = Object.freeze({ ignore: false, match: false });

export type Reaction =
  | Readonly<{ reacts: true; why: 'Named' | 'Search' | 'Auto' }>
  | Readonly<{ reacts: false; why: 'SourceIgnored' | 'Excluded' | 'NotReferenced' | 'NotOptedIn' }>;

const NONE: ReadonlySet<string> = new Set();
const NOTHING: KindOptIn = Object.freeze({ ...NOTHING_NAMED, auto: false, search: false, excluded: NONE });
/** Shared by the many workloads that say nothing. */
export const NO_OPT_IN: OptIn = Object.freeze({ kinds: bySourceKind(() => NOTHING), warnings: [] });

/** Reads a workload's annotations, on its metadata and on its pod template, once. */
export function readOptIn(metadata: Annotations, template: Annotations, options: OptInOptions): OptIn {
  const warnings: string[] = [];
  if (!options.autoReloadAll && !isWorded(metadata, options.keys) && !isWorded(template, options.keys))
    return NO_OPT_IN;
  const read = (kind: SourceKind): KindOptIn =>
    options.ignoredKinds.includes(kind) ? NOTHING : readKind(kind, { metadata, template, options, warnings });
  return { kinds: bySourceKind(read), warnings };
}

/** True when some source, existing or not, could make the workload restart. */
export const optsIn = (optIn: OptIn): boolean =>
  SOURCE_KINDS.some((kind) => {
    const { names, patterns, auto, search } = optIn.kinds[kind];
    return auto || search || names.size > 0 || patterns.length > 0;
  });

/** Reloader's decision, in its order: ignore, exclude, named, search with match, auto. */
export function reactionTo(how: KindOptIn, name: string, marks: SourceMarks, referenced: boolean): Reaction {
  if (marks.ignore) return { reacts: false, why: 'SourceIgnored' };
  if (how.excluded.has(name)) return { reacts: false, why: 'Excluded' };
  if (isNamed(how, name)) return { reacts: true, why: 'Named' };
  const searched = how.search && marks.match;
  if (!searched && !how.auto) return { reacts: false, why: 'NotOptedIn' };
  if (!referenced) return { reacts: false, why: 'NotReferenced' };
  return { reacts: true, why: searched ? 'Search' : 'Auto' };
}

export const isNamed = (how: KindOptIn, name: string): boolean =>
  how.names.has(name) || how.patterns.some((pattern) => pattern.testExact(name));

/** What a source's own annotations say. */
export const readMarks = (annotations: Annotations, keys: AnnotationKeys): SourceMarks => ({
  ignore: parseBool(valuesOf(annotations, OUR_KEYS.ignore, keys.ignore)[0]),
  match: parseBool(valuesOf(annotations, OUR_KEYS.match, keys.match)[0]),
});

const isWorded = (level: Annotations, keys: AnnotationKeys): boolean => wordsOf(level, keys) !== '';

type Reading = Readonly<{
  metadata: Annotations;
  template: Annotations;
  options: OptInOptions;
  warnings: string[];
}>;

function readKind(kind: SourceKind, reading: Reading): KindOptIn {
  const { metadata, template, options, warnings } = reading;
  const excluded = [metadata, template].flatMap((level) =>
    words(level, OUR_KEYS.exclude[kind], options.keys.exclude[kind]),
  );
  const level = levelWords(metadata, kind, options.keys) ?? levelWords(template, kind, options.keys) ?? NO_WORDS;
  const { named, search, auto, typedAuto } = level;
  const silent = [...auto, ...typedAuto].every((value) => value === '');
  return {
    ...readNames(named, warnings),
    auto: parseBool(auto[0]) || parseBool(typedAuto[0]) || (options.autoReloadAll && silent),
    search: parseBool(search[0]),
    excluded: excluded.length === 0 ? NONE : new Set(excluded),
  };
}

type LevelWords = Readonly<Record<'named' | 'search' | 'auto' | 'typedAuto', readonly string[]>>;

const NO_WORDS: LevelWords = { named: [], search: [], auto: [], typedAuto: [] };

/**
 * The four words that opt in, from one level; undefined when none of their keys is there. Only then does the other
 * level count: levels are never merged, and a key with an empty or false value is there.
 */
function levelWords(level: Annotations, kind: SourceKind, keys: AnnotationKeys): LevelWords | undefined {
  const found = {
    named: valuesOf(level, OUR_KEYS.named[kind], keys.named[kind]),
    search: valuesOf(level, OUR_KEYS.search, keys.search),
    auto: valuesOf(level, OUR_KEYS.auto, keys.auto),
    typedAuto: valuesOf(level, OUR_KEYS.typedAuto[kind], keys.typedAuto[kind]),
  };
  return Object.values(found).some((values) => values.length > 0) ? found : undefined;
}

const words = (level: Annotations, ours: string, reloaders: string): readonly string[] =>
  valuesOf(level, ours, reloaders).flatMap(splitList);
