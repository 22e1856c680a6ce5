import type { V1PodSpec } from '@kubernetes/client-node';
import type { Values } from '@test/helm/helm';
import {
  changeConfigMap,
  changeSecond,
  changeSecret,
  container,
  fromConfigMap,
  fromSecret,
  pod,
  rewriteConfigMap,
  rewriteSecret,
  type Trigger,
} from './agent-case-parts';
import { AUTO, namesConfigMap, namesSecret } from './agent-case-rows';
import type { AnyKind } from './any-workload';

/** `own`: where the release is; `a`, `b`: a namespace of its own for each scene. */
export type Place = 'own' | 'a' | 'b';

/** A workload and what happens beside it, once the agent runs. */
export type Scene = Readonly<{
  title: string;
  place: Place;
  kind: AnyKind | 'CronJob' | 'Job';
  annotations: Readonly<Record<string, string>>;
  pod: V1PodSpec;
  trigger: Trigger;
  rolls: boolean;
  /** The trigger is for the time when the workload is known. */
  known?: boolean;
}>;

/** What somebody sets of Reloader's chart, and what follows. `ns` gives the namespaces of a place. */
export type ValuesRow = Readonly<{
  title: string;
  values: (ns: (place: Place) => readonly string[]) => Values;
  labels?: Partial<Record<Place, Record<string, string>>>;
  scenes: readonly Scene[];
}>;

type Short = Partial<Scene> & Pick<Scene, 'title'>;
const rolls = (scene: Short): Scene => ({
  place: 'a',
  kind: 'Deployment',
  annotations: AUTO,
  pod: pod(fromConfigMap()),
  trigger: changeConfigMap,
  rolls: true,
  ...scene,
});
const stays = (scene: Short): Scene => rolls({ ...scene, rolls: false });
const onSecret = { pod: pod(fromSecret()), trigger: changeSecret };
const flags = (values: Values) => (): Values => values;

const LABELLED = { metadata: { labels: { reload: 'true' } } };
/** The label is on it for a while before its data change. */
const labelThenChange: Trigger = async (kube, namespace) => {
  await rewriteConfigMap(LABELLED)(kube, namespace);
  await rewriteConfigMap({ data: { key: 'labelled' } })(kube, namespace);
  await rewriteConfigMap({ data: { key: 'changed' } })(kube, namespace);
};
const makeConfigMap: Trigger = (kube, namespace) => kube.putConfigMap({ namespace, name: 'new' }, { key: 'value' });
const makeSecret: Trigger = (kube, namespace) => kube.putSecret({ namespace, name: 'new' }, { key: 'value' });
const deleteConfigMap: Trigger = (kube, namespace) => kube.core.deleteNamespacedConfigMap({ namespace, name: 'cm' });
const deleteSecret: Trigger = (kube, namespace) => kube.core.deleteNamespacedSecret({ namespace, name: 's' });
const twoContainers: V1PodSpec = {
  containers: [container('app', fromConfigMap()), container('other', fromConfigMap('cm2'))],
};
const unreferenced = { pod: pod(), known: true };

export const VALUES_ROWS: readonly ValuesRow[] = [
  {
    title: 'agent 139, 140: not globally',
    values: flags({ reloadStrategy: 'annotations', watchGlobally: false }),
    scenes: [
      stays({ title: 'elsewhere', place: 'b' }),
      rolls({ title: 'its own namespace', place: 'own' }),
      rolls({ title: 'a CronJob', place: 'own', kind: 'CronJob' }),
      rolls({ title: 'a Job', place: 'own', kind: 'Job', annotations: namesConfigMap('cm') }),
      rolls({ title: 'a DeploymentConfig', place: 'own', kind: 'DeploymentConfig' }),
      stays({ title: 'a Rollout that nobody asked for', place: 'own', kind: 'Rollout' }),
    ],
  },
  {
    title: 'agent 85, 86, 87, 88: variables',
    values: flags({ reloadStrategy: 'env-vars', isArgoRollouts: true }),
    scenes: [
      ...(['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout', 'DeploymentConfig'] as const).flatMap((kind) => [
        rolls({ title: `a ConfigMap (${kind})`, kind, annotations: namesConfigMap('cm') }),
        rolls({ title: `a Secret (${kind})`, kind, annotations: namesSecret('s'), ...onSecret }),
        stays({ title: `labels (${kind})`, kind, ...onSecret, trigger: rewriteSecret(LABELLED) }),
      ]),
    ],
  },
  {
    title: 'agent 114, 144: globally, Argo Rollouts too',
    values: flags({ reloadStrategy: 'annotations', watchGlobally: true, isArgoRollouts: true }),
    scenes: [
      rolls({ title: 'any namespace' }),
      rolls({ title: 'the second of two containers', pod: twoContainers, trigger: changeSecond }),
      rolls({ title: 'a Rollout', kind: 'Rollout' }),
      rolls({
        title: 'a Rollout that restarts',
        kind: 'Rollout',
        annotations: { ...AUTO, 'reloader.stakater.com/rollout-strategy': 'restart' },
      }),
    ],
  },
  {
    title: 'agent 118, 119: all',
    values: flags({ autoReloadAll: true }),
    scenes: [
      stays({ title: 'opted out', annotations: { 'reloader.stakater.com/auto': 'false' } }),
      rolls({ title: 'without a word', annotations: {} }),
    ],
  },
  {
    title: 'agent 121, 122: no Secrets',
    values: flags({ ignoreSecrets: true }),
    scenes: [stays({ title: 'a Secret', ...onSecret }), rolls({ title: 'a ConfigMap' })],
  },
  {
    title: 'agent 123, 124: no ConfigMaps',
    values: flags({ ignoreConfigMaps: true }),
    scenes: [stays({ title: 'a ConfigMap' }), rolls({ title: 'a Secret', ...onSecret })],
  },
  {
    title: 'agent 126, 127: no CronJobs',
    values: flags({ ignoreCronJobs: true }),
    scenes: [
      stays({ title: 'a CronJob', kind: 'CronJob' }),
      rolls({ title: 'a Job', kind: 'Job' }),
      rolls({ title: 'a Deployment' }),
    ],
  },
  {
    title: 'agent 128: no Jobs of any sort',
    values: flags({ ignoreCronJobs: 'true', ignoreJobs: 'true' }),
    scenes: [
      stays({ title: 'a CronJob', kind: 'CronJob' }),
      stays({ title: 'a Job', kind: 'Job' }),
      rolls({ title: 'a Deployment' }),
    ],
  },
  {
    title: 'agent 131, 132: not this namespace',
    values: (ns) => ({ ignoreNamespaces: ns('b').join(',') }),
    scenes: [
      stays({ title: 'the ignored one', place: 'b', annotations: namesConfigMap('cm') }),
      rolls({ title: 'another', annotations: namesConfigMap('cm') }),
    ],
  },
  {
    title: 'agent 133, 134: namespaces by their labels',
    values: flags({ namespaceSelector: 'env=test' }),
    labels: { a: { env: 'test' } },
    scenes: [stays({ title: 'without it', place: 'b' }), rolls({ title: 'with it' })],
  },
  {
    title: 'agent 136, 137: sources by their labels',
    values: flags({ resourceLabelSelector: 'reload=true' }),
    scenes: [stays({ title: 'without it' }), rolls({ title: 'with it', trigger: labelThenChange })],
  },
  {
    title: 'agent 141, 142, 143: listed namespaces',
    values: (ns) => ({ watchGlobally: false, namespaces: ns('a') }),
    scenes: [
      stays({ title: 'another', place: 'b' }),
      rolls({ title: 'its own', place: 'own' }),
      rolls({ title: 'a listed one' }),
    ],
  },
  {
    title: 'agent 148, 149: what appears',
    values: flags({ reloadOnCreate: true }),
    scenes: [
      rolls({ title: 'a ConfigMap', annotations: namesConfigMap('new'), trigger: makeConfigMap, ...unreferenced }),
      rolls({ title: 'a Secret', annotations: namesSecret('new'), trigger: makeSecret, ...unreferenced }),
    ],
  },
  {
    title: 'agent 152, 153: what goes',
    values: flags({ reloadOnDelete: true }),
    scenes: [
      rolls({ title: 'a ConfigMap', annotations: namesConfigMap('cm'), trigger: deleteConfigMap, ...unreferenced }),
      rolls({ title: 'a Secret', annotations: namesSecret('s'), trigger: deleteSecret, ...unreferenced }),
    ],
  },
  {
    title: 'agent 150, 154: neither',
    values: flags({ reloadStrategy: 'annotations' }),
    scenes: [
      stays({ title: 'comes', annotations: namesConfigMap('new'), trigger: makeConfigMap, ...unreferenced }),
      stays({ title: 'goes', annotations: namesConfigMap('cm'), trigger: deleteConfigMap, ...unreferenced }),
      rolls({ title: 'a change' }),
    ],
  },
];
