import type { V1PodSpec } from '@kubernetes/client-node';
import type { WorkloadKind } from '@test/kube';
import {
  changeElsewhere,
  makeSecretAgain,
  changeSecretAndBack,
  oneVariable,
  container,
  pod,
  fromConfigMap,
  fromSecret,
  mounts,
  configMapVolume,
  secretVolume,
  mixedVolume,
  initiated,
  changeConfigMap,
  changeSecond,
  changeSecret,
  changeSecondSecret,
  rewriteConfigMap,
  rewriteSecret,
  both,
  type Trigger,
} from './agent-case-parts';

const KINDS: readonly WorkloadKind[] = ['Deployment', 'StatefulSet', 'DaemonSet'];

const AUTO = { 'reloader.stakater.com/auto': 'true' };
const namesConfigMap = (names: string): Record<string, string> => ({ 'configmap.reloader.stakater.com/reload': names });
const namesSecret = (names: string): Record<string, string> => ({ 'secret.reloader.stakater.com/reload': names });

export type ReloadCase = Readonly<{
  /** Names the acceptance cases. */
  title: string;
  kind: WorkloadKind;
  annotations: Readonly<Record<string, string>>;
  podSpec: V1PodSpec;
  trigger: Trigger;
  rolls: boolean;
}>;

type Row = Omit<ReloadCase, 'kind' | 'podSpec'> & Readonly<{ pod: V1PodSpec; kinds?: readonly WorkloadKind[] }>;

const ROLLS: readonly Omit<Row, 'rolls'>[] = [
  {
    title: 'agent 1: named ConfigMap',
    annotations: namesConfigMap('cm'),
    pod: pod(fromConfigMap()),
    trigger: changeConfigMap,
    kinds: KINDS,
  },
  {
    title: 'agent 2: named Secret',
    annotations: namesSecret('s'),
    pod: pod(fromSecret()),
    trigger: changeSecret,
    kinds: KINDS,
  },
  { title: 'agent 3: auto', annotations: AUTO, pod: pod(fromConfigMap()), trigger: changeConfigMap, kinds: KINDS },
  {
    title: 'agent 8: the first of two',
    annotations: namesConfigMap('cm,cm2'),
    pod: pod(fromConfigMap()),
    trigger: changeConfigMap,
  },
  {
    title: 'agent 8: the second of two',
    annotations: namesConfigMap('cm,cm2'),
    pod: pod(fromConfigMap()),
    trigger: changeSecond,
  },
  {
    title: 'agent 9: the first of two Secrets',
    annotations: namesSecret('s, s2'),
    pod: pod(fromSecret()),
    trigger: changeSecret,
  },
  {
    title: 'agent 9: the second of two Secrets',
    annotations: namesSecret('s, s2'),
    pod: pod(fromSecret()),
    trigger: changeSecondSecret,
  },
  {
    title: 'agent 11: both kinds, ConfigMap',
    annotations: { ...namesConfigMap('cm'), ...namesSecret('s') },
    pod: pod(),
    trigger: changeConfigMap,
  },
  {
    title: 'agent 11: both kinds, Secret',
    annotations: { ...namesConfigMap('cm'), ...namesSecret('s') },
    pod: pod(),
    trigger: changeSecret,
  },
  {
    title: 'agent 14: binaryData',
    annotations: AUTO,
    pod: pod(fromConfigMap()),
    trigger: rewriteConfigMap({ binaryData: { b: 'AAE=' } }),
  },
  {
    title: 'agent 15: a key that nobody reads',
    annotations: AUTO,
    pod: pod(oneVariable),
    trigger: rewriteConfigMap({ data: { key: 'first', unread: 'new' } }),
  },
  {
    title: 'agent 17: one variable of a ConfigMap',
    annotations: namesConfigMap('cm'),
    pod: pod(oneVariable),
    trigger: changeConfigMap,
    kinds: KINDS,
  },
  {
    title: 'agent 18: one variable of a Secret',
    annotations: namesSecret('s'),
    pod: pod({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'key' } } }] }),
    trigger: changeSecret,
    kinds: KINDS,
  },
  {
    title: 'agent 19, 21: projected, ConfigMap',
    annotations: AUTO,
    pod: pod(mounts, [mixedVolume]),
    trigger: changeConfigMap,
  },
  {
    title: 'agent 20, 22: projected, Secret',
    annotations: AUTO,
    pod: pod(mounts, [mixedVolume]),
    trigger: changeSecret,
  },
  {
    title: 'agent 23: init container, ConfigMap',
    annotations: AUTO,
    pod: initiated(fromConfigMap()),
    trigger: changeConfigMap,
  },
  { title: 'agent 24: init container, Secret', annotations: AUTO, pod: initiated(fromSecret()), trigger: changeSecret },
  {
    title: 'agent 25: init container, mounted ConfigMap',
    annotations: AUTO,
    pod: initiated(mounts, [configMapVolume]),
    trigger: changeConfigMap,
  },
  {
    title: 'agent 26: init container, mounted Secret',
    annotations: AUTO,
    pod: initiated(mounts, [secretVolume]),
    trigger: changeSecret,
  },
  {
    title: 'agent 27: auto, one variable',
    annotations: AUTO,
    pod: pod(oneVariable),
    trigger: changeConfigMap,
  },
  {
    title: 'agent 28: mounted ConfigMap',
    annotations: AUTO,
    pod: pod(mounts, [configMapVolume]),
    trigger: changeConfigMap,
    kinds: KINDS,
  },
  {
    title: 'agent 29: mounted Secret',
    annotations: AUTO,
    pod: pod(mounts, [secretVolume]),
    trigger: changeSecret,
    kinds: KINDS,
  },
  {
    title: 'agent 30: several containers',
    annotations: AUTO,
    pod: { containers: [container('a', fromConfigMap()), container('b', fromConfigMap())] },
    trigger: changeConfigMap,
  },
  {
    title: 'agent 31: the second container',
    annotations: AUTO,
    pod: { containers: [container('a', fromConfigMap()), container('b', fromConfigMap('cm2'))] },
    trigger: changeSecond,
  },
  { title: 'two sources at once', annotations: AUTO, pod: pod(mounts, [mixedVolume]), trigger: both },
  {
    title: 'our prefix',
    annotations: { 'fleet-reloader.io/auto': 'true' },
    pod: pod(fromConfigMap()),
    trigger: changeConfigMap,
  },
];

const STAYS: readonly Omit<Row, 'rolls'>[] = [
  {
    title: 'agent 4: labels of a ConfigMap',
    annotations: AUTO,
    pod: pod(fromConfigMap()),
    trigger: rewriteConfigMap({ metadata: { labels: { a: 'b' } } }),
  },
  {
    title: 'agent 5: labels of a Secret',
    annotations: AUTO,
    pod: pod(fromSecret()),
    trigger: rewriteSecret({ metadata: { labels: { a: 'b' } } }),
  },
  {
    title: 'agent 6: no annotation',
    annotations: {},
    pod: pod(fromConfigMap()),
    trigger: changeConfigMap,
    kinds: KINDS,
  },
  {
    title: 'agent 7: auto false',
    annotations: { 'reloader.stakater.com/auto': 'false' },
    pod: pod(fromConfigMap()),
    trigger: changeConfigMap,
    kinds: KINDS,
  },
  {
    title: 'agent 12: annotations of a ConfigMap',
    annotations: AUTO,
    pod: pod(fromConfigMap()),
    trigger: rewriteConfigMap({ metadata: { annotations: { a: 'b' } } }),
  },
  {
    title: 'agent 13: a write that changes nothing',
    annotations: AUTO,
    pod: pod(fromSecret()),
    trigger: rewriteSecret({}),
  },
  {
    title: 'agent 13: immutable',
    annotations: AUTO,
    pod: pod(fromSecret()),
    trigger: rewriteSecret({ immutable: true }),
  },
  {
    title: 'agent 16: a ConfigMap of that name elsewhere',
    annotations: AUTO,
    pod: pod(fromConfigMap()),
    trigger: changeElsewhere,
  },
  { title: 'agent 32: mounted nowhere', annotations: AUTO, pod: pod({}, [configMapVolume]), trigger: changeConfigMap },
  {
    title: 'agent 150: a source appears',
    annotations: namesConfigMap('new'),
    pod: pod(),
    trigger: (kube, namespace) => kube.putConfigMap({ namespace, name: 'new' }, { key: 'first' }),
  },
  {
    title: 'agent 154: a source is deleted',
    annotations: AUTO,
    pod: pod(fromConfigMap('cm2')),
    trigger: (kube, namespace) => kube.core.deleteNamespacedConfigMap({ namespace, name: 'cm2' }),
  },
  {
    title: 'deleted and made again with equal content',
    annotations: AUTO,
    pod: pod(fromSecret()),
    trigger: makeSecretAgain,
  },
  {
    title: 'protocol 9: A→B→A within the window',
    annotations: AUTO,
    pod: pod(fromSecret()),
    trigger: changeSecretAndBack,
  },
];

const spread = ({ kinds = ['Deployment'], pod: podSpec, ...row }: Row): readonly ReloadCase[] =>
  kinds.map((kind) => ({ ...row, kind, podSpec, title: `${row.title} (${kind})` }));

/** Every case once per kind that it names. */
export const RELOAD_CASES: readonly ReloadCase[] = [
  ...ROLLS.flatMap((row) => spread({ ...row, rolls: true })),
  ...STAYS.flatMap((row) => spread({ ...row, rolls: false })),
];
