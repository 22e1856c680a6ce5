import type { V1CronJob, V1Job, V1PodSpec } from '@kubernetes/client-node';
import {
  changeConfigMap,
  changeSecret,
  configMapVolume,
  fromConfigMap,
  fromSecret,
  initiated,
  mixedVolume,
  mounts,
  oneVariable,
  pod,
  type Trigger,
} from './agent-case-parts';
import { AUTO, namesConfigMap, namesSecret } from './agent-case-rows';

/** A schedule that comes due on the 31st of February. */
const NEVER = '0 0 31 2 *';

export type JobShape = Readonly<{ annotations: Record<string, string>; spec: V1PodSpec; suspend?: boolean }>;

/** `title` names the acceptance cases. */
export type JobRow = Omit<JobShape, 'suspend'> & Readonly<{ title: string; trigger: Trigger }>;

const secretVariable = { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'key' } } }] };

/** In each of their namespaces there is a ConfigMap `cm` and a Secret `s`. */
export const CRON_JOBS: readonly JobRow[] = [
  {
    title: 'agent 100, 103, 104: a named ConfigMap',
    annotations: namesConfigMap('cm'),
    spec: pod(fromConfigMap()),
    trigger: changeConfigMap,
  },
  {
    title: 'agent 101: a named Secret',
    annotations: namesSecret('s'),
    spec: pod(fromSecret()),
    trigger: changeSecret,
  },
  { title: 'agent 102: auto', annotations: AUTO, spec: pod(fromConfigMap()), trigger: changeConfigMap },
  {
    title: 'auto, an init container that mounts both',
    annotations: AUTO,
    spec: initiated(mounts, [mixedVolume]),
    trigger: changeSecret,
  },
];

export const JOBS: readonly JobRow[] = [
  {
    title: 'agent 106, 112: a named ConfigMap',
    annotations: namesConfigMap('cm'),
    spec: pod(fromConfigMap()),
    trigger: changeConfigMap,
  },
  { title: 'agent 107: a named Secret', annotations: namesSecret('s'), spec: pod(fromSecret()), trigger: changeSecret },
  { title: 'agent 108: auto', annotations: AUTO, spec: pod(mounts, [configMapVolume]), trigger: changeConfigMap },
  {
    title: 'agent 109: one variable of a ConfigMap',
    annotations: namesConfigMap('cm'),
    spec: pod(oneVariable),
    trigger: changeConfigMap,
  },
  {
    title: 'agent 110: one variable of a Secret',
    annotations: namesSecret('s'),
    spec: pod(secretVariable),
    trigger: changeSecret,
  },
];

export function cronJobOf(name: string, { annotations, spec, suspend }: JobShape): V1CronJob {
  const jobTemplate = {
    metadata: { labels: { of: 'template' }, annotations: { note: 'kept' } },
    spec: { template: { metadata: { labels: { app: name } }, spec: { ...spec, restartPolicy: 'Never' } } },
  };
  return {
    metadata: { name, annotations },
    spec: { schedule: NEVER, jobTemplate, ...(suspend === undefined ? {} : { suspend }) },
  };
}

export function jobOf(name: string, { annotations, spec }: JobShape): V1Job {
  const template = { metadata: { labels: { app: name } }, spec: { ...spec, restartPolicy: 'Never' } };
  return { metadata: { name, annotations, labels: { own: 'label' } }, spec: { backoffLimit: 2, template } };
}
