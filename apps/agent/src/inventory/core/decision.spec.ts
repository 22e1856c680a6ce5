import type { SourceKind } from '@app/contracts/objects';
import type { JsonRecord } from '../../kube/core/json';
import { type Annotations, RELOADER_KEYS } from './annotation-keys';
import { localKey } from './local-key';
import { membersOf } from './membership';
import { type OptInOptions, readMarks, readOptIn } from './opt-in';
import { referencesOf } from './references';

/** From the annotations and the pod of a workload to the sources that it reacts to: the whole decision. */
type Row = Readonly<{
  title: string;
  metadata?: Annotations;
  template?: Annotations;
  pod?: JsonRecord;
  /** Of the source `cm`, or of whichever is asked for. */
  marks?: Annotations;
  kind?: SourceKind;
  source?: string;
  options?: Partial<OptInOptions>;
  reacts: boolean;
}>;

const OPTIONS: OptInOptions = {
  keys: RELOADER_KEYS,
  autoReloadAll: false,
  ignoredKinds: [],
  runSuspendedCronJobs: false,
};
const AUTO = { 'reloader.stakater.com/auto': 'true' };
const AUTO_OFF = { 'reloader.stakater.com/auto': 'false' };
const SEARCH = { 'reloader.stakater.com/search': 'true' };
const MATCH = { 'reloader.stakater.com/match': 'true' };
const IGNORE = { 'reloader.stakater.com/ignore': 'true' };
const CM = 'configmap.reloader.stakater.com/reload';
const S = 'secret.reloader.stakater.com/reload';
const CM_AUTO = 'configmap.reloader.stakater.com/auto';
const NO_CM = 'configmaps.exclude.reloader.stakater.com/reload';
const NO_S = 'secrets.exclude.reloader.stakater.com/reload';

const env = (name: string): JsonRecord => ({ envFrom: [{ configMapRef: { name } }] });
const secretEnv = (name: string): JsonRecord => ({ envFrom: [{ secretRef: { name } }] });
const mount = (name = 'v', more: JsonRecord = {}): JsonRecord => ({
  volumeMounts: [{ name, mountPath: '/v', ...more }],
});
const volume = (name = 'v'): JsonRecord => ({ name, configMap: { name: 'cm' } });
const of = (...containers: JsonRecord[]): JsonRecord => ({ containers });
const USES = of(env('cm'));
const USES_BOTH = of({ ...env('cm'), ...{ env: [{ valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] } });

const ROWS: readonly Row[] = [
  { title: 'agent 31: the second container uses it', metadata: AUTO, pod: of(env('x'), env('cm')), reacts: true },
  {
    title: 'agent 32: a volume mounted nowhere',
    metadata: AUTO,
    pod: { ...of({}), volumes: [volume()] },
    reacts: false,
  },
  {
    title: 'agent 33: a pull secret',
    metadata: AUTO,
    pod: { ...of({}), imagePullSecrets: [{ name: 's' }] },
    kind: 'Secret',
    source: 's',
    reacts: false,
  },
  {
    title: 'agent 34: an ephemeral container',
    metadata: AUTO,
    pod: { ...of({}), ephemeralContainers: [env('cm')] },
    reacts: false,
  },
  { title: 'agent 35: named, not referenced', metadata: { [CM]: 'cm' }, pod: of({}), reacts: true },
  { title: 'agent 36: auto, not referenced', metadata: AUTO, pod: of({}), reacts: false },
  {
    title: 'agent 37: optional',
    metadata: AUTO,
    pod: of({ envFrom: [{ configMapRef: { name: 'cm', optional: true } }] }),
    reacts: true,
  },
  {
    title: 'agent 38: one file of it',
    metadata: AUTO,
    pod: { ...of(mount('v', { subPath: 'a' })), volumes: [volume()] },
    reacts: true,
  },
  {
    title: 'agent 39: two volumes of it, the second is mounted',
    metadata: AUTO,
    pod: { ...of(mount('w')), volumes: [volume('v'), volume('w')] },
    reacts: true,
  },
  { title: 'agent 41: auto, both kinds: the ConfigMap', metadata: AUTO, pod: USES_BOTH, reacts: true },
  {
    title: 'agent 41: auto, both kinds: the Secret',
    metadata: AUTO,
    pod: USES_BOTH,
    kind: 'Secret',
    source: 's',
    reacts: true,
  },
  { title: 'agent 44: auto beside a named one: another one', metadata: { ...AUTO, [CM]: 'cm1' }, reacts: true },
  {
    title: 'agent 45: auto beside a named one that is not referenced',
    metadata: { ...AUTO, [CM]: 'cm2' },
    reacts: true,
  },
  {
    title: 'agent 46: the named one that is not referenced',
    metadata: { ...AUTO, [CM]: 'cm2' },
    source: 'cm2',
    reacts: true,
  },
  {
    title: 'agent 47: auto and a named Secret',
    metadata: { ...AUTO, [S]: 's' },
    kind: 'Secret',
    source: 's',
    reacts: true,
  },
  { title: 'agent 54: no search beside one that searches', marks: MATCH, reacts: false },
  {
    title: 'agent 58: an ignored Secret',
    metadata: { [S]: 's' },
    kind: 'Secret',
    source: 's',
    marks: IGNORE,
    reacts: false,
  },
  {
    title: 'agent 64: another Secret than the excluded one',
    metadata: { ...AUTO, [NO_S]: 'x' },
    pod: of(secretEnv('s')),
    kind: 'Secret',
    source: 's',
    reacts: true,
  },
  {
    title: 'agent 65: excluded in a list with spaces and holes',
    metadata: { ...AUTO, [NO_CM]: ' , x ,, cm ,' },
    reacts: false,
  },
  { title: 'agent 71: a pattern for Secrets', metadata: { [S]: 's.*' }, kind: 'Secret', source: 's-1', reacts: true },
  {
    title: 'agent 76: Secret named on the template',
    template: { [S]: 's' },
    kind: 'Secret',
    source: 's',
    reacts: true,
  },
  { title: 'agent 78: named on both levels', metadata: { [CM]: 'cm' }, template: { [CM]: 'x' }, reacts: true },
  { title: 'auto, ignored', metadata: AUTO, marks: IGNORE, reacts: false },
  { title: 'auto and search, no match', metadata: { ...AUTO, ...SEARCH }, reacts: true },
  { title: 'search, a match that is not referenced', metadata: SEARCH, marks: MATCH, pod: of({}), reacts: false },
  { title: 'search without a match, and all reload', metadata: SEARCH, options: { autoReloadAll: true }, reacts: true },
  { title: 'auto true, typed auto false', metadata: { ...AUTO, [CM_AUTO]: 'false' }, reacts: true },
  {
    title: 'auto is no boolean, and all reload',
    metadata: { 'reloader.stakater.com/auto': 'maybe' },
    options: { autoReloadAll: true },
    reacts: false,
  },
  {
    title: 'auto is empty, and all reload',
    metadata: { 'reloader.stakater.com/auto': '' },
    options: { autoReloadAll: true },
    reacts: true,
  },
  { title: 'an empty key blocks the template', metadata: { [CM]: '' }, template: AUTO, reacts: false },
  {
    title: 'only exclude on the metadata, auto on the template: the excluded one',
    metadata: { [NO_CM]: 'cm' },
    template: AUTO,
    reacts: false,
  },
  {
    title: 'only exclude on the metadata, auto on the template: another one',
    metadata: { [NO_CM]: 'x' },
    template: AUTO,
    reacts: true,
  },
  {
    title: 'auto false on the metadata, named on the template',
    metadata: AUTO_OFF,
    template: { [CM]: 'cm' },
    reacts: false,
  },
  { title: 'a dot in a name is any character', metadata: { [CM]: 'foo.bar' }, source: 'fooxbar', reacts: true },
  { title: 'inline flags of RE2', metadata: { [CM]: '(?i)CM' }, reacts: true },
  { title: 'look-around is no RE2: skipped', metadata: { [CM]: '(?=cm)cm' }, reacts: false },
  { title: 'a list of nothing', metadata: { [CM]: ' , ,, ' }, reacts: false },
  { title: 'a quantifier with a comma falls apart at it', metadata: { [CM]: 'c{1,2}m' }, reacts: false },
];

function reacts(row: Row): boolean {
  const { kind = 'ConfigMap', source = 'cm', pod = USES } = row;
  const optIn = readOptIn(row.metadata ?? {}, row.template ?? {}, { ...OPTIONS, ...row.options });
  const marks = readMarks(row.marks ?? {}, RELOADER_KEYS);
  const sources = {
    marks: (of: SourceKind, name: string) => (of === kind && name === source ? marks : undefined),
    names: (of: SourceKind) => (of === kind ? [source] : []),
  };
  const remembered = { keys: new Set<string>(), appearing: false };
  const members = membersOf({ optIn, references: referencesOf(pod) }, sources, remembered);
  return members.includes(localKey(kind, source));
}

describe('whether a workload reacts to a source', () => {
  it.each(ROWS.map((row) => [row.title, row] as const))('%s', (_title, row) => {
    expect(reacts(row)).toBe(row.reacts);
  });

  it.each(ROWS.map((row) => [row.title, row] as const))('the same with our words: %s', (_title, row) => {
    const ours = (words: Annotations = {}): Annotations =>
      Object.fromEntries(Object.entries(words).map(([key, value]) => [key.replace(THEIRS, OURS), value]));
    const said = { ...row, metadata: ours(row.metadata), template: ours(row.template), marks: ours(row.marks) };
    expect(reacts(said)).toBe(row.reacts);
  });
});

const THEIRS = 'reloader.stakater.com';
const OURS = 'fleet-reloader.io';
