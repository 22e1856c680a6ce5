import {
  changeElsewhere,
  makeSecretAgain,
  changeSecretAndBack,
  pod,
  fromConfigMap,
  fromSecret,
  configMapVolume,
  changeConfigMap,
  rewriteConfigMap,
  rewriteSecret,
  makeSecretAgainOfType,
} from './agent-case-parts';
import { AUTO, KINDS, namesConfigMap, type Row } from './agent-case-rows';

/** What is no change, or is nobody's: nothing restarts. */
export const STAYS: readonly Omit<Row, 'rolls'>[] = [
  {
    title: 'agent 4: labels of a ConfigMap',
    annotations: AUTO,
    pod: pod(fromConfigMap()),
    trigger: rewriteConfigMap({ metadata: { labels: { a: 'b' } } }),
    kinds: KINDS,
  },
  {
    title: 'agent 5: labels of a Secret',
    annotations: AUTO,
    pod: pod(fromSecret()),
    trigger: rewriteSecret({ metadata: { labels: { a: 'b' } } }),
    kinds: KINDS,
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
    title: 'agent 13: another type',
    annotations: AUTO,
    pod: pod(fromSecret()),
    trigger: makeSecretAgainOfType('example.com/other'),
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
