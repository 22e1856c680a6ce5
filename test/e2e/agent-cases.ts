import {
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
  both,
} from './agent-case-parts';
import { AUTO, KINDS, namesConfigMap, namesSecret, type Row, type ReloadCase } from './agent-case-rows';
import { STAYS } from './agent-negative-cases';

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
    kinds: KINDS,
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
    kinds: KINDS,
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
    kinds: KINDS,
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
    kinds: KINDS,
  },
  {
    title: 'agent 20, 22: projected, Secret',
    annotations: AUTO,
    pod: pod(mounts, [mixedVolume]),
    trigger: changeSecret,
    kinds: KINDS,
  },
  {
    title: 'agent 23: init container, ConfigMap',
    annotations: AUTO,
    pod: initiated(fromConfigMap()),
    trigger: changeConfigMap,
    kinds: KINDS,
  },
  {
    title: 'agent 24: init container, Secret',
    annotations: AUTO,
    pod: initiated(fromSecret()),
    trigger: changeSecret,
    kinds: KINDS,
  },
  {
    title: 'agent 25: init container, mounted ConfigMap',
    annotations: AUTO,
    pod: initiated(mounts, [configMapVolume]),
    trigger: changeConfigMap,
    kinds: KINDS,
  },
  {
    title: 'agent 26: init container, mounted Secret',
    annotations: AUTO,
    pod: initiated(mounts, [secretVolume]),
    trigger: changeSecret,
    kinds: KINDS,
  },
  {
    title: 'agent 27: auto, one variable',
    annotations: AUTO,
    pod: pod(oneVariable),
    trigger: changeConfigMap,
    kinds: KINDS,
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

const spread = ({ kinds = ['Deployment'], pod: podSpec, ...row }: Row): readonly ReloadCase[] =>
  kinds.map((kind) => ({ ...row, kind, podSpec, title: `${row.title} (${kind})` }));

/** Every case once per kind that it names. */
export const RELOAD_CASES: readonly ReloadCase[] = [
  ...ROLLS.flatMap((row) => spread({ ...row, rolls: true })),
  ...STAYS.flatMap((row) => spread({ ...row, rolls: false })),
];
