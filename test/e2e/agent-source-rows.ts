import type { V1PodSpec } from '@kubernetes/client-node';
import type { WorkloadKind } from '@test/kube';
import {
  changeSecond,
  changeSecret,
  container,
  fromConfigMap,
  fromSecret,
  pod,
  rewriteConfigMap,
  type Trigger,
} from './agent-case-parts';
import { AUTO, KINDS, namesConfigMap, namesSecret } from './agent-case-rows';

/** Agents that share a cluster, each with namespaces of its own: what they are started with. */
export const AGENTS = {
  plain: [],
  both: ['--reload-on-create=true', '--reload-on-delete=true', '--sync-after-restart=true'],
  variables: ['--reload-on-create=true', '--reload-on-delete=true', '--reload-strategy=env-vars'],
  secretless: ['--reload-on-create=true', '--resources-to-ignore=secrets'],
  custom: ['--configmap-annotation=example.com/cm', '--auto-annotation=example.com/auto'],
  all: ['--auto-reload-all=true'],
} as const;
export type AgentName = keyof typeof AGENTS;

/** One workload beside the ConfigMaps `cm`, `cm2`, `app-1` and the Secrets `s`, `s2`. */
export type SourceRow = Readonly<{
  title: string;
  agent: AgentName;
  kind: WorkloadKind;
  annotations?: Record<string, string>;
  template?: Record<string, string>;
  /** On the ConfigMap `cm`. */
  marks?: Record<string, string>;
  pod: V1PodSpec;
  trigger: Trigger;
  rolls: boolean;
}>;

type Short = Partial<SourceRow> & Pick<SourceRow, 'title'>;
export const row = (one: Short): SourceRow => ({
  agent: 'plain',
  kind: 'Deployment',
  pod: pod(fromConfigMap()),
  trigger: rewriteConfigMap({ data: { key: 'changed' } }),
  rolls: true,
  ...one,
});
export const kinds = (one: Short): readonly SourceRow[] =>
  KINDS.map((kind) => row({ ...one, kind, title: `${one.title} (${kind})` }));
export const stays = (one: Short): SourceRow => row({ ...one, rolls: false });

const SEARCH = { 'reloader.stakater.com/search': 'true' };
const MATCH = { 'reloader.stakater.com/match': 'true' };
const IGNORE = { 'reloader.stakater.com/ignore': 'true' };
const CM_AUTO = 'configmap.reloader.stakater.com/auto';
const S_AUTO = 'secret.reloader.stakater.com/auto';
const NO_CM = 'configmaps.exclude.reloader.stakater.com/reload';
const NO_S = 'secrets.exclude.reloader.stakater.com/reload';
const usesBoth: V1PodSpec = { containers: [container('main', fromConfigMap()), container('b', fromSecret())] };
const usesTwo: V1PodSpec = { containers: [container('main', fromConfigMap()), container('b', fromConfigMap('cm2'))] };
const changeApp: Trigger = (kube, namespace) => kube.putConfigMap({ namespace, name: 'app-1' }, { key: 'changed' });

const PRECEDENCE: readonly SourceRow[] = [
  row({ title: 'agent 35: named, not referenced', annotations: namesConfigMap('cm'), pod: pod() }),
  stays({ title: 'agent 36: auto, not referenced', annotations: AUTO, pod: pod() }),
  row({ title: 'agent 40: auto, Secret', annotations: AUTO, pod: usesBoth, trigger: changeSecret }),
  row({ title: 'agent 42: typed auto', annotations: { [CM_AUTO]: 'true' } }),
  stays({
    title: 'agent 42: typed auto, Secret',
    annotations: { [CM_AUTO]: 'true' },
    pod: usesBoth,
    trigger: changeSecret,
  }),
  row({
    title: 'agent 43: typed auto for Secrets',
    annotations: { [S_AUTO]: 'true' },
    pod: usesBoth,
    trigger: changeSecret,
  }),
  row({
    title: 'agent 44: auto beside a named one',
    annotations: { ...AUTO, ...namesConfigMap('cm') },
    pod: usesTwo,
    trigger: changeSecond,
  }),
  row({
    title: 'agent 46: a named one beside auto',
    annotations: { ...AUTO, ...namesConfigMap('cm2') },
    trigger: changeSecond,
  }),
  row({
    title: 'agent 49: auto false, named',
    annotations: { 'reloader.stakater.com/auto': 'false', ...namesConfigMap('cm') },
  }),
  row({ title: 'agent 51: search and match', annotations: SEARCH, marks: MATCH }),
  stays({ title: 'agent 52: search, no match', annotations: SEARCH }),
  stays({ title: 'agent 53: match, no search', marks: MATCH }),
  stays({ title: 'agent 56: search and match, not referenced', annotations: SEARCH, marks: MATCH, pod: pod() }),
  stays({ title: 'agent 57: ignored', annotations: namesConfigMap('cm'), marks: IGNORE }),
  row({ title: 'agent 60: ignore on the workload', annotations: { ...namesConfigMap('cm'), ...IGNORE } }),
  stays({ title: 'agent 61: excluded', annotations: { ...AUTO, [NO_CM]: 'cm' } }),
  row({
    title: 'agent 62: another is excluded',
    annotations: { ...AUTO, [NO_CM]: 'cm' },
    pod: usesTwo,
    trigger: changeSecond,
  }),
  stays({
    title: 'agent 63: excluded Secret',
    annotations: { ...AUTO, [NO_S]: 's' },
    pod: usesBoth,
    trigger: changeSecret,
  }),
  stays({ title: 'agent 65: a list with spaces', annotations: { ...AUTO, [NO_CM]: ' x ,, cm ' } }),
  stays({ title: 'agent 67: named and excluded', annotations: { ...namesConfigMap('cm'), [NO_CM]: 'cm' } }),
  ...kinds({ rolls: false, title: 'agent 68: excluded on the pod template', template: { ...AUTO, [NO_CM]: 'cm' } }),
  row({ title: 'agent 69: pattern', annotations: namesConfigMap('app-.*'), pod: pod(), trigger: changeApp }),
  stays({ title: 'agent 70: pattern of others', annotations: namesConfigMap('app-.*') }),
  row({ title: 'agent 71: pattern of Secrets', annotations: namesSecret('[rs]'), pod: pod(), trigger: changeSecret }),
  stays({
    title: 'agent 72: a name is the whole name',
    annotations: namesConfigMap('app'),
    pod: pod(),
    trigger: changeApp,
  }),
  row({ title: 'agent 74: beside an invalid pattern', annotations: namesConfigMap('(,cm') }),
  ...kinds({ title: 'agent 75: named on the pod template', template: namesConfigMap('cm') }),
  ...kinds({ title: 'agent 76: Secret named on the pod template', template: namesSecret('s'), trigger: changeSecret }),
  ...kinds({ title: 'agent 77: auto on the pod template', template: AUTO }),
  ...kinds({ title: 'agent 78: on both levels', annotations: namesConfigMap('cm'), template: namesConfigMap('cm') }),
  ...kinds({
    rolls: false,
    title: 'agent 79: the pod template names a ConfigMap',
    template: namesConfigMap('cm'),
    pod: usesBoth,
    trigger: changeSecret,
  }),
  ...kinds({ title: 'agent 80: search on the pod template', template: SEARCH, marks: MATCH }),
  stays({
    title: 'agent 81: metadata outranks',
    annotations: { 'reloader.stakater.com/auto': 'false' },
    template: AUTO,
  }),
  stays({ title: 'agent 82: metadata names another', annotations: namesConfigMap('x'), template: AUTO }),
  row({
    title: 'agent 83: levels per kind',
    annotations: namesConfigMap('x'),
    template: namesSecret('s'),
    trigger: changeSecret,
  }),
];

const KEYS: readonly SourceRow[] = [
  row({ agent: 'custom', title: 'agent 84: a custom key', annotations: { 'example.com/cm': 'cm' } }),
  row({ agent: 'custom', title: 'agent 84: a custom key for auto', annotations: { 'example.com/auto': 'true' } }),
  stays({ agent: 'custom', title: 'agent 84: a replaced key', annotations: namesConfigMap('cm') }),
  stays({ agent: 'custom', title: 'agent 84: the replaced key for auto', annotations: AUTO }),
  row({ agent: 'custom', title: 'agent 84: ours stay', annotations: { 'fleet-reloader.io/auto': 'true' } }),
  row({ agent: 'all', title: 'agent 118: auto-reload-all' }),
  stays({ agent: 'all', title: 'agent 119: opted out', annotations: { 'reloader.stakater.com/auto': 'false' } }),
  stays({
    agent: 'all',
    title: 'agent 120: opted out for Secrets',
    annotations: { [S_AUTO]: 'false' },
    pod: usesBoth,
    trigger: changeSecret,
  }),
  row({ agent: 'all', title: 'agent 120: opted out for Secrets, ConfigMap', annotations: { [S_AUTO]: 'false' } }),
];

export const SOURCE_ROWS: readonly SourceRow[] = [...PRECEDENCE, ...KEYS];
