import type { KubeObject, RestartWrite } from '../kube.port';
import { type JsonRecord, part } from './json';
import { withVariables } from './variables';

/** What a restart leaves in a pod template. */
type Traces = Pick<RestartWrite, 'annotations' | 'env'>;

/** Kubernetes' own word for a Job that was made from a CronJob out of its turn. */
const INSTANTIATE = { 'cronjob.kubernetes.io/instantiate': 'manual' } as const;

/** Labels that the Job controller gives to a Job's pods: they name the old Job. */
const CONTROLLER_LABELS = [
  'controller-uid',
  'batch.kubernetes.io/controller-uid',
  'job-name',
  'batch.kubernetes.io/job-name',
] as const;

/** The Job that a CronJob would make now, owned by it, with the restart's annotations in its pod template. */
export function jobOf(cronJob: KubeObject, write: RestartWrite): JsonRecord {
  const jobTemplate = part(cronJob['spec'], 'jobTemplate');
  const metadata = part(jobTemplate, 'metadata');
  const { name, namespace } = write.workload;
  const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name, uid: cronJob.metadata.uid, controller: true };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: write.run,
      generateName: `${name}-`,
      namespace,
      labels: part(metadata, 'labels'),
      annotations: { ...INSTANTIATE, ...part(metadata, 'annotations') },
      ownerReferences: [owner],
    },
    spec: withTraces(part(jobTemplate, 'spec'), write),
  };
}

/** Finalizers that the deletion of the old Job put there, and that must not hold the new one. */
const OF_DELETION = ['foregroundDeletion', 'orphan'];

/** A Job as it was asked for, without what the API server and its controller added, to be made once more. */
export function jobAnew(job: KubeObject, traces: Traces): JsonRecord {
  const { name, namespace, labels = {}, annotations: own = {} } = job.metadata;
  const { ownerReferences, finalizers } = job.metadata as JsonRecord;
  const kept = Array.isArray(finalizers) ? finalizers.filter((one) => !OF_DELETION.includes(String(one))) : [];
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace,
      labels,
      annotations: own,
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
      ...(kept.length === 0 ? {} : { finalizers: kept }),
    },
    spec: withTraces(unselected(part(job, 'spec')), traces),
  };
}

/** The same Job under a name that nobody holds: to ask whether it would be accepted. */
export function trialOf(job: JsonRecord): JsonRecord {
  const { name, ...metadata } = part(job, 'metadata');
  return { ...job, metadata: { ...metadata, generateName: `${String(name)}-` } };
}

/** Without the selector that the API server chose, and the labels that go with it. One chosen by hand stays. */
function unselected(spec: JsonRecord): JsonRecord {
  if (spec['manualSelector'] === true) return spec;
  const { selector: _chosen, ...rest } = spec;
  const template = part(rest, 'template');
  const metadata = part(template, 'metadata');
  return {
    ...rest,
    template: { ...template, metadata: { ...metadata, labels: withoutOld(part(metadata, 'labels')) } },
  };
}

function withTraces(spec: JsonRecord, { annotations, env }: Traces): JsonRecord {
  const template = part(spec, 'template');
  const metadata = part(template, 'metadata');
  const merged = Object.entries({ ...part(metadata, 'annotations'), ...annotations });
  const kept = Object.fromEntries(merged.filter(([, value]) => value !== null));
  const podSpec = withVariables(part(template, 'spec'), env);
  return { ...spec, template: { ...template, metadata: { ...metadata, annotations: kept }, spec: podSpec } };
}

const withoutOld = (labels: JsonRecord): JsonRecord =>
  Object.fromEntries(Object.entries(labels).filter(([key]) => !CONTROLLER_LABELS.some((one) => one === key)));
