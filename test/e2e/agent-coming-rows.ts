import { changeSecret, fromSecret, pod, type Trigger } from './agent-case-parts';
import { AUTO, namesConfigMap, namesSecret } from './agent-case-rows';
import { kinds, row, type SourceRow, stays } from './agent-source-rows';

const createConfigMap: Trigger = (kube, namespace) => kube.putConfigMap({ namespace, name: 'new' }, { key: 'first' });
const createSecret: Trigger = (kube, namespace) => kube.putSecret({ namespace, name: 'new' }, { key: 'first' });
const deleteConfigMap: Trigger = (kube, namespace) => kube.core.deleteNamespacedConfigMap({ namespace, name: 'cm' });
const deleteSecret: Trigger = (kube, namespace) => kube.core.deleteNamespacedSecret({ namespace, name: 's' });
const nothing: Trigger = () => Promise.resolve();

export const COMING_ROWS: readonly SourceRow[] = [
  ...kinds({
    agent: 'both',
    title: 'agent 148: a ConfigMap appears',
    annotations: namesConfigMap('new'),
    pod: pod(),
    trigger: createConfigMap,
  }),
  row({
    agent: 'both',
    title: 'agent 149: a Secret appears',
    annotations: namesSecret('new'),
    pod: pod(),
    trigger: createSecret,
  }),
  row({
    agent: 'both',
    title: 'agent 148: one that a pattern names appears',
    annotations: namesConfigMap('n.w'),
    pod: pod(),
    trigger: createConfigMap,
  }),
  stays({
    agent: 'both',
    title: 'agent 148: nobody named it',
    annotations: namesConfigMap('x'),
    pod: pod(),
    trigger: createConfigMap,
  }),
  stays({
    agent: 'plain',
    title: 'agent 150: a ConfigMap appears',
    annotations: namesConfigMap('new'),
    pod: pod(),
    trigger: createConfigMap,
  }),
  stays({
    agent: 'both',
    title: 'agent 151, 160: it was there',
    annotations: { ...AUTO, ...namesConfigMap('cm,app-.*') },
    trigger: nothing,
  }),
  ...kinds({
    agent: 'both',
    title: 'agent 152: a ConfigMap goes',
    annotations: namesConfigMap('cm'),
    trigger: deleteConfigMap,
  }),
  row({
    agent: 'both',
    title: 'agent 153: a Secret goes',
    annotations: AUTO,
    pod: pod(fromSecret()),
    trigger: deleteSecret,
  }),
  stays({
    agent: 'plain',
    title: 'agent 154: a ConfigMap goes',
    annotations: namesConfigMap('cm'),
    trigger: deleteConfigMap,
  }),
  stays({
    agent: 'variables',
    title: 'agent 156: no variable to take away',
    annotations: namesConfigMap('cm'),
    trigger: deleteConfigMap,
  }),
  row({
    agent: 'variables',
    title: 'agent 148: a ConfigMap appears, by variable',
    annotations: namesConfigMap('new'),
    pod: pod(),
    trigger: createConfigMap,
  }),
  row({
    agent: 'secretless',
    title: 'agent 157: a ConfigMap appears, Secrets are ignored',
    annotations: namesConfigMap('new'),
    pod: pod(),
    trigger: createConfigMap,
  }),
  stays({
    agent: 'secretless',
    title: 'agent 121: Secrets are ignored',
    annotations: AUTO,
    pod: pod(fromSecret()),
    trigger: changeSecret,
  }),
  row({ agent: 'secretless', title: 'agent 122: Secrets are ignored, ConfigMap', annotations: AUTO }),
];
