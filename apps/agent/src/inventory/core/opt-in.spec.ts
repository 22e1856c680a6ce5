import type { SourceKind } from '@app/contracts/objects';
import { type Annotations, parseBool, RELOADER_KEYS } from './annotation-keys';
import { NO_OPT_IN, type OptInOptions, reactionTo, readMarks, readOptIn } from './opt-in';

type Case = Readonly<{
  title: string;
  metadata?: Annotations;
  template?: Annotations;
  kind?: SourceKind;
  source?: string;
  marks?: Annotations;
  referenced?: boolean;
  options?: Partial<OptInOptions>;
  reacts: boolean;
}>;

const OPTIONS: OptInOptions = {
  keys: RELOADER_KEYS,
  autoReloadAll: false,
  ignoredKinds: [],
  runSuspendedCronJobs: false,
};
const AUTO = 'reloader.stakater.com/auto';
const CM_AUTO = 'configmap.reloader.stakater.com/auto';
const S_AUTO = 'secret.reloader.stakater.com/auto';
const CM = 'configmap.reloader.stakater.com/reload';
const S = 'secret.reloader.stakater.com/reload';
const NO_CM = 'configmaps.exclude.reloader.stakater.com/reload';
const NO_S = 'secrets.exclude.reloader.stakater.com/reload';
const SEARCH = 'reloader.stakater.com/search';
const MATCH = 'reloader.stakater.com/match';
const IGNORE = 'reloader.stakater.com/ignore';

const reacts = (one: Case): boolean => {
  const optIn = readOptIn(one.metadata ?? {}, one.template ?? {}, { ...OPTIONS, ...one.options });
  const marks = readMarks(one.marks ?? {}, RELOADER_KEYS);
  return reactionTo(optIn.kinds[one.kind ?? 'ConfigMap'], one.source ?? 'cm', marks, one.referenced ?? true).reacts;
};

it('workloads that say nothing share what is known of them', () => {
  expect(readOptIn({}, { other: 'x' }, OPTIONS)).toBe(NO_OPT_IN);
});

const CASES: readonly Case[] = [
  { title: 'agent 1: named', metadata: { [CM]: 'cm' }, reacts: true },
  { title: 'agent 2: named Secret', metadata: { [S]: 'cm' }, kind: 'Secret', reacts: true },
  { title: 'agent 3: auto', metadata: { [AUTO]: 'true' }, reacts: true },
  { title: 'agent 6: no annotation', reacts: false },
  { title: 'agent 7: auto false', metadata: { [AUTO]: 'false' }, reacts: false },
  { title: 'agent 8: second of a list', metadata: { [CM]: 'other, cm' }, reacts: true },
  { title: 'agent 35: named and not referenced', metadata: { [CM]: 'cm' }, referenced: false, reacts: true },
  { title: 'agent 36: auto and not referenced', metadata: { [AUTO]: 'true' }, referenced: false, reacts: false },
  { title: 'agent 40: auto holds for Secrets', metadata: { [AUTO]: 'true' }, kind: 'Secret', reacts: true },
  { title: 'agent 42: typed auto', metadata: { [CM_AUTO]: 'true' }, reacts: true },
  { title: 'agent 42: typed auto of the other kind', metadata: { [CM_AUTO]: 'true' }, kind: 'Secret', reacts: false },
  { title: 'agent 43: typed auto for Secrets', metadata: { [S_AUTO]: 'true' }, kind: 'Secret', reacts: true },
  { title: 'agent 44: auto beside a named one', metadata: { [AUTO]: 'true', [CM]: 'cm1' }, reacts: true },
  {
    title: 'agent 46: named beside auto, not referenced',
    metadata: { [AUTO]: 'true', [CM]: 'cm' },
    referenced: false,
    reacts: true,
  },
  { title: 'agent 49: auto false, named', metadata: { [AUTO]: 'false', [CM]: 'cm' }, reacts: true },
  { title: 'agent 50: auto false, typed auto true', metadata: { [AUTO]: 'false', [CM_AUTO]: 'true' }, reacts: true },
  { title: 'agent 51: search and match', metadata: { [SEARCH]: 'true' }, marks: { [MATCH]: 'true' }, reacts: true },
  { title: 'agent 52: search without match', metadata: { [SEARCH]: 'true' }, reacts: false },
  { title: 'agent 53: match without search', marks: { [MATCH]: 'true' }, reacts: false },
  {
    title: 'agent 55: any true of ParseBool searches',
    metadata: { [SEARCH]: 'True' },
    marks: { [MATCH]: '1' },
    reacts: true,
  },
  {
    title: 'agent 56: search and match, not referenced',
    metadata: { [SEARCH]: 'true' },
    marks: { [MATCH]: 'true' },
    referenced: false,
    reacts: false,
  },
  { title: 'agent 57: the source is ignored', metadata: { [CM]: 'cm' }, marks: { [IGNORE]: 'true' }, reacts: false },
  { title: 'agent 59: ignore false', metadata: { [CM]: 'cm' }, marks: { [IGNORE]: 'false' }, reacts: true },
  { title: 'agent 59: ignore TRUE', metadata: { [CM]: 'cm' }, marks: { [IGNORE]: 'TRUE' }, reacts: false },
  { title: 'agent 60: ignore on the workload', metadata: { [CM]: 'cm', [IGNORE]: 'true' }, reacts: true },
  { title: 'agent 61: excluded', metadata: { [AUTO]: 'true', [NO_CM]: 'cm' }, reacts: false },
  { title: 'agent 62: another is excluded', metadata: { [AUTO]: 'true', [NO_CM]: 'x' }, reacts: true },
  { title: 'agent 63: excluded Secret', metadata: { [AUTO]: 'true', [NO_S]: 'cm' }, kind: 'Secret', reacts: false },
  { title: 'agent 63: a Secret of that name is excluded', metadata: { [AUTO]: 'true', [NO_S]: 'cm' }, reacts: true },
  { title: 'agent 65: excluded with spaces', metadata: { [AUTO]: 'true', [NO_CM]: ' x , cm ' }, reacts: false },
  { title: 'agent 66: exclude is no pattern', metadata: { [AUTO]: 'true', [NO_CM]: 'c.*' }, reacts: true },
  { title: 'agent 67: named and excluded', metadata: { [CM]: 'cm', [NO_CM]: 'cm' }, reacts: false },
  { title: 'agent 68: excluded on the template', template: { [AUTO]: 'true', [NO_CM]: 'cm' }, reacts: false },
  { title: 'agent 69: pattern', metadata: { [CM]: 'app-config-.*' }, source: 'app-config-1', reacts: true },
  { title: 'agent 70: pattern of others', metadata: { [CM]: 'app-config-.*' }, source: 'other-config', reacts: false },
  { title: 'agent 72: a name is the whole name', metadata: { [CM]: 'config' }, source: 'config-2', reacts: false },
  { title: 'agent 72: nor its end', metadata: { [CM]: 'config' }, source: 'my-config', reacts: false },
  { title: 'agent 73: both ends of an alternation', metadata: { [CM]: 'a|b' }, source: 'a-x', reacts: false },
  { title: 'agent 73: the other end', metadata: { [CM]: 'a|b' }, source: 'x-b', reacts: false },
  { title: 'agent 73: alternation', metadata: { [CM]: 'a|b' }, source: 'b', reacts: true },
  { title: 'agent 74: beside an invalid pattern', metadata: { [CM]: '(,cm' }, reacts: true },
  { title: 'agent 75: named on the template', template: { [CM]: 'cm' }, reacts: true },
  { title: 'agent 77: auto on the template', template: { [AUTO]: 'true' }, reacts: true },
  {
    title: 'agent 79: template names a ConfigMap, a Secret changes',
    template: { [CM]: 'cm' },
    kind: 'Secret',
    reacts: false,
  },
  {
    title: 'agent 80: search on the template',
    template: { [SEARCH]: 'true' },
    marks: { [MATCH]: 'true' },
    reacts: true,
  },
  {
    title: 'agent 81: metadata blocks the template',
    metadata: { [AUTO]: 'false' },
    template: { [AUTO]: 'true' },
    reacts: false,
  },
  { title: 'agent 82: metadata names another', metadata: { [CM]: 'x' }, template: { [AUTO]: 'true' }, reacts: false },
  {
    title: 'agent 83: levels are chosen per kind',
    metadata: { [CM]: 'x' },
    template: { [S]: 'cm' },
    kind: 'Secret',
    reacts: true,
  },
  {
    title: 'agent 84: custom key',
    metadata: { custom: 'cm' },
    options: { keys: { ...RELOADER_KEYS, named: { ...RELOADER_KEYS.named, ConfigMap: 'custom' } } },
    reacts: true,
  },
  {
    title: 'agent 84: replaced key',
    metadata: { [CM]: 'cm' },
    options: { keys: { ...RELOADER_KEYS, named: { ...RELOADER_KEYS.named, ConfigMap: 'custom' } } },
    reacts: false,
  },
  { title: 'agent 118: auto-reload-all', options: { autoReloadAll: true }, reacts: true },
  {
    title: 'agent 118: auto-reload-all, not referenced',
    options: { autoReloadAll: true },
    referenced: false,
    reacts: false,
  },
  {
    title: 'agent 119: auto-reload-all, auto false',
    metadata: { [AUTO]: 'false' },
    options: { autoReloadAll: true },
    reacts: false,
  },
  {
    title: 'agent 120: typed auto false, Secret',
    metadata: { [S_AUTO]: 'false' },
    kind: 'Secret',
    options: { autoReloadAll: true },
    reacts: false,
  },
  {
    title: 'agent 120: typed auto false, ConfigMap',
    metadata: { [S_AUTO]: 'false' },
    options: { autoReloadAll: true },
    reacts: true,
  },
  {
    title: 'agent 123: ConfigMaps are ignored',
    metadata: { [AUTO]: 'true' },
    options: { ignoredKinds: ['ConfigMap'] },
    reacts: false,
  },
  { title: 'our prefix: auto', metadata: { 'fleet-reloader.io/auto': 'true' }, reacts: true },
  { title: 'our prefix: named', metadata: { 'configmap.fleet-reloader.io/reload': 'cm' }, reacts: true },
  { title: 'both prefixes name', metadata: { 'configmap.fleet-reloader.io/reload': 'x', [CM]: 'cm' }, reacts: true },
  { title: 'ours outranks', metadata: { 'fleet-reloader.io/auto': 'false', [AUTO]: 'true' }, reacts: false },
];

describe('reaction of a workload to a source', () => {
  it.each(CASES.map((one) => [one.title, one] as const))('%s', (_title, one) => {
    expect(reacts(one)).toBe(one.reacts);
  });

  it('agent 74: says which entry is skipped', () => {
    expect(readOptIn({ [CM]: '(,cm' }, {}, OPTIONS).warnings).toEqual([expect.stringContaining('"("')]);
  });

  it('agent 74: reads a pattern that would take a backtracking engine for ever in no time', () => {
    const optIn = readOptIn({ [CM]: '(a+)+b' }, {}, OPTIONS);
    const started = performance.now();
    expect(reactionTo(optIn.kinds.ConfigMap, 'a'.repeat(200), { ignore: false, match: false }, false).reacts).toBe(
      false,
    );
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('agent 48: booleans', () => {
  it.each(['1', 't', 'T', 'TRUE', 'true', 'True'])('%j is true', (value) => expect(parseBool(value)).toBe(true));
  it.each(['yes', 'on', 'tRue', ' true', '', '0'])('%j is false', (value) => expect(parseBool(value)).toBe(false));
});
