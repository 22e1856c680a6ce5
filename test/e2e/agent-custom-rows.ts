import type { V1PodSpec } from '@kubernetes/client-node';
import { type CustomKind, DEPLOYMENT_CONFIG, ROLLOUT } from '@test/custom-kinds';
import {
  changeConfigMap,
  changeSecond,
  changeSecondSecret,
  changeSecret,
  configMapVolume,
  fromConfigMap,
  fromSecret,
  initiated,
  mixedVolume,
  mounts,
  oneVariable,
  pod,
  rewriteConfigMap,
  rewriteSecret,
  secretVolume,
  type Trigger,
} from './agent-case-parts';
import { AUTO, namesConfigMap, namesSecret } from './agent-case-rows';

/** Chooses how an Argo Rollout restarts. */
export const STRATEGY = 'reloader.stakater.com/rollout-strategy';

export type CustomRow = Readonly<{
  title: string;
  kind: CustomKind;
  annotations: Record<string, string>;
  template?: Record<string, string>;
  pod: V1PodSpec;
  trigger: Trigger;
  rolls: boolean;
}>;

const both = (row: Omit<CustomRow, 'kind'>): readonly CustomRow[] =>
  [ROLLOUT, DEPLOYMENT_CONFIG].map((kind) => ({ ...row, kind, title: `${row.title} (${kind.kind})` }));
const onChange =
  (usual: Trigger) =>
  (
    title: string,
    annotations: Record<string, string>,
    podSpec: V1PodSpec,
    trigger: Trigger = usual,
  ): readonly CustomRow[] =>
    both({ title, annotations, pod: podSpec, trigger, rolls: true });
const onConfigMap = onChange(changeConfigMap);
const onSecret = onChange(changeSecret);
const secretVariable = { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'key' } } }] };
const LABELLED = { metadata: { labels: { a: 'b' } } };
const matchThenChange: Trigger = async (kube, namespace) => {
  const annotations = { 'reloader.stakater.com/match': 'true' };
  await rewriteConfigMap({ metadata: { annotations } })(kube, namespace);
  await rewriteConfigMap({ data: { key: 'changed' } })(kube, namespace);
};
const inTemplate = { annotations: {}, pod: pod(fromConfigMap()), rolls: true };

/** Each for both kinds, unless it concerns one alone. */
export const CUSTOM_ROWS: readonly CustomRow[] = [
  ...onConfigMap('agent 1, 113, 117: named ConfigMap', namesConfigMap('cm'), pod(fromConfigMap())),
  ...onSecret('agent 2: named Secret', namesSecret('s'), pod(fromSecret())),
  ...onConfigMap('agent 3: auto', AUTO, pod(fromConfigMap())),
  ...both({
    title: 'agent 7: auto false',
    annotations: { 'reloader.stakater.com/auto': 'false' },
    pod: pod(fromConfigMap()),
    trigger: changeConfigMap,
    rolls: false,
  }),
  ...onConfigMap('agent 17: one variable of a ConfigMap', namesConfigMap('cm'), pod(oneVariable)),
  ...onSecret('agent 18: one variable of a Secret', namesSecret('s'), pod(secretVariable)),
  ...onSecret('agent 20, 22: projected, Secret', AUTO, pod(mounts, [mixedVolume])),
  ...onConfigMap('agent 23: init container', AUTO, initiated(fromConfigMap())),
  ...onConfigMap('agent 28: mounted ConfigMap', AUTO, pod(mounts, [configMapVolume])),
  ...onSecret('agent 29: mounted Secret', AUTO, pod(mounts, [secretVolume])),
  ...both({
    ...inTemplate,
    title: 'agent 75: on the pod template, ConfigMap',
    template: namesConfigMap('cm'),
    trigger: changeConfigMap,
  }),
  ...both({
    ...inTemplate,
    title: 'agent 76: on the pod template, Secret',
    template: namesSecret('s'),
    trigger: changeSecret,
  }),
  ...onConfigMap('agent 115: an unknown strategy', { ...AUTO, [STRATEGY]: 'sideways' }, pod(fromConfigMap())).filter(
    ({ kind }) => kind === ROLLOUT,
  ),
  ...onConfigMap('agent 8: the second of two', namesConfigMap('cm,cm2'), pod(fromConfigMap()), changeSecond),
  ...onSecret('agent 9: the second of two Secrets', namesSecret('s,s2'), pod(fromSecret()), changeSecondSecret),
  ...onSecret('agent 11: both kinds', { ...namesConfigMap('cm'), ...namesSecret('s') }, pod()),
  ...onConfigMap('agent 19, 21: projected, ConfigMap', AUTO, pod(mounts, [mixedVolume])),
  ...onSecret('agent 24: init container, Secret', AUTO, initiated(fromSecret())),
  ...onConfigMap('agent 25: init container that mounts', AUTO, initiated(mounts, [configMapVolume])),
  ...onSecret('agent 26: init container that mounts a Secret', AUTO, initiated(mounts, [secretVolume])),
  ...onConfigMap('agent 27: auto, one variable', AUTO, pod(oneVariable)),
  ...both({
    title: 'agent 4: labels of a ConfigMap',
    annotations: namesConfigMap('cm'),
    pod: pod(fromConfigMap()),
    trigger: rewriteConfigMap(LABELLED),
    rolls: false,
  }),
  ...both({
    title: 'agent 5: labels of a Secret',
    annotations: namesSecret('s'),
    pod: pod(fromSecret()),
    trigger: rewriteSecret(LABELLED),
    rolls: false,
  }),
  ...both({ ...inTemplate, title: 'agent 77: auto on the pod template', template: AUTO, trigger: changeConfigMap }),
  ...both({
    ...inTemplate,
    title: 'agent 78: on both levels',
    annotations: namesConfigMap('cm'),
    template: namesConfigMap('cm'),
    trigger: changeConfigMap,
  }),
  ...both({
    ...inTemplate,
    title: 'agent 68: excluded on the pod template',
    template: { ...AUTO, 'configmaps.exclude.reloader.stakater.com/reload': 'cm' },
    trigger: changeConfigMap,
    rolls: false,
  }),
  ...both({
    ...inTemplate,
    title: 'agent 80: search on the pod template',
    template: { 'reloader.stakater.com/search': 'true' },
    trigger: matchThenChange,
  }),
  ...both({
    ...inTemplate,
    title: 'agent 79: the pod template names a ConfigMap',
    template: namesConfigMap('cm'),
    pod: pod(fromSecret()),
    trigger: changeSecret,
    rolls: false,
  }),
];
