import type { KubeObject, RestartWrite } from '../kube.port';
import { isRecord, type JsonRecord } from './json';

/** Kubernetes' own word for a Job that was made from a CronJob out of its turn. */
const INSTANTIATE = { 'cronjob.kubernetes.io/instantiate': 'manual' } as const;

/** Labels that the Job controller gives to a Job's pods: they name the old Job. */
const CONTROLLER_LABELS = [
  'controller-uid',
  'batch.kubernetes.io/controller-uid',
  'job-name',
  'batch.kubernetes.io/job-name',
] as const;

const part = (value: unknown, field: string): JsonRecord => {
  const found = isRecord(value) ? value[field] : undefined;
  return isRecord(found) ? found : {};
};

/** The Job that a CronJob would make now, owned by it, with the restart's annotations in its pod template. */
export function jobOf(cronJob: KubeObject, { workload, run, annotations }: RestartWrite): JsonRecord {
  const jobTemplate = part(cronJob['spec'], 'jobTemplate');
  const metadata = part(jobTemplate, 'metadata');
  const { name, namespace } = workload;
  const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name, uid: cronJob.metadata.uid, controller: true };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: run,
      generateName: `${name}-`,
      namespace,
      labels: part(metadata, 'labels'),
      annotations: { ...INSTANTIATE, ...part(metadata, 'annotations') },
      ownerReferences: [owner],
    },
    spec: withTemplateAnnotations(part(jobTemplate, 'spec'), annotations),
  };
}

/** A Job as it was asked for, without what the API server and its controller added, to be made once more. */
export function jobAnew(job: KubeObject, annotations: RestartWrite['annotations']): JsonRecord {
  const { name, namespace, labels, annotations: own } = job.metadata;
  const { ownerReferences } = job.metadata as JsonRecord;
  const { selector: _selector, ...spec } = part(job, 'spec');
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace, labels: without(labels ?? {}), annotations: own ?? {}, ownerReferences },
    spec: withTemplateAnnotations(spec, annotations),
  };
}

function withTemplateAnnotations(spec: JsonRecord, annotations: RestartWrite['annotations']): JsonRecord {
  const template = part(spec, 'template');
  const metadata = part(template, 'metadata');
  const merged = Object.entries({ ...part(metadata, 'annotations'), ...annotations });
  const kept = Object.fromEntries(merged.filter(([, value]) => value !== null));
  const labels = without(part(metadata, 'labels'));
  return { ...spec, template: { ...template, metadata: { ...metadata, labels, annotations: kept } } };
}

const without = (labels: JsonRecord): JsonRecord =>
  Object.fromEntries(Object.entries(labels).filter(([key]) => !CONTROLLER_LABELS.some((one) => one === key)));
