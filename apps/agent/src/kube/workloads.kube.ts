import { FIELD_MANAGER } from '@app/contracts/annotations';
import type { WorkloadRef } from '@app/contracts/objects';
import type { KubeClient } from './client';
import { patchFailure, refusedWith } from './core/answers';
import { isKubeObject, type JsonRecord, readList } from './core/json';
import { jobOf } from './core/jobs';
import { apiVersionOf, collectionPath, objectPath, podsPath } from './core/paths';
import { containersPatch, containersWith } from './core/variables';
import type { KubeObject, KubeWorkloads, PatchAnswer, ResumeWrite, RestartWrite } from './kube.port';
import { KubeRequestError } from './request-error';

const POD_PAGE = 500;

type PatchType = 'merge-patch' | 'strategic-merge-patch';
type Target = Pick<RestartWrite, 'workload' | 'resourceVersion'>;
type Recreation = Readonly<{ recreate(write: RestartWrite): Promise<PatchAnswer> }>;

/** Reads and restarts workloads. Everything a restart writes goes through `restart`. */
export class ApiKubeWorkloads implements KubeWorkloads {
  constructor(
    private readonly client: KubeClient,
    private readonly jobs: Recreation,
  ) {}

  restart(write: RestartWrite): Promise<PatchAnswer> {
    switch (write.how) {
      case 'template':
        return write.env.length === 0 ? this.patch(write, templatePatch(write)) : this.patchVariables(write);
      case 'restartAt':
        return this.patch(write, { metadata: { annotations: write.annotations }, spec: { restartAt: write.at } });
      case 'run':
        return this.run(write);
      case 'recreate':
        return this.jobs.recreate(write);
    }
  }

  resume({ annotation, ...target }: ResumeWrite): Promise<PatchAnswer> {
    return this.patch(target, { metadata: { annotations: { [annotation]: null } }, spec: { paused: false } });
  }

  private async patch(target: Target, body: JsonRecord, how: PatchType = 'merge-patch'): Promise<PatchAnswer> {
    const answer = await this.client.request({
      verb: 'PATCH',
      path: objectPath(target.workload),
      query: { fieldManager: FIELD_MANAGER },
      contentType: `application/${how}+json`,
      body: { ...body, metadata: { ...(body['metadata'] as JsonRecord), resourceVersion: target.resourceVersion } },
    });
    return answer.ok ? patched(answer.value) : patchFailure(answer.failure);
  }

  /**
   * Variables stand in lists. Kubernetes' own kinds merge these by name; of others the API server knows no such rule,
   * so their list is read and written whole, for the version that was read.
   */
  private async patchVariables(write: RestartWrite): Promise<PatchAnswer> {
    if (apiVersionOf(write.workload.kind).startsWith('apps/')) {
      return this.patch(
        write,
        templatePatch(write, { containers: containersPatch(write.env) }),
        'strategic-merge-patch',
      );
    }
    const found = await this.read(write);
    if (found.kind !== 'patched') return found;
    const containers = containersWith(found.object, write.env);
    return this.patch(write, templatePatch(write, { containers }));
  }

  /** The workload as it is, if it still is at the version of the write. */
  private async read(target: Target): Promise<PatchAnswer> {
    const found = await this.client.request({ verb: 'GET', path: objectPath(target.workload) });
    if (!found.ok) return patchFailure(found.failure);
    const answer = patched(found.value);
    const isOther = answer.kind === 'patched' && answer.object.metadata.resourceVersion !== target.resourceVersion;
    return isOther ? { kind: 'conflict' } : answer;
  }

  private async run(write: RestartWrite): Promise<PatchAnswer> {
    const cronJob = await this.read(write);
    if (cronJob.kind !== 'patched') return cronJob;
    const made = await this.client.request({
      verb: 'POST',
      path: collectionPath('Job', write.workload.namespace),
      query: { fieldManager: FIELD_MANAGER },
      body: jobOf(cronJob.object, write),
    });
    return made.ok || refusedWith(made) === 409 ? cronJob : patchFailure(made.failure);
  }

  async get(workload: WorkloadRef): Promise<KubeObject | null> {
    const answer = await this.client.request({ verb: 'GET', path: objectPath(workload) });
    if (answer.ok && isKubeObject(answer.value)) return answer.value;
    if (refusedWith(answer) === 404) return null;
    throw answer.ok
      ? new Error(`${objectPath(workload)}: the answer is no object`)
      : new KubeRequestError(`GET ${objectPath(workload)}`, answer.failure);
  }

  async pods(namespace: string, labelSelector: string): Promise<readonly KubeObject[]> {
    const answer = await this.client.request({
      verb: 'GET',
      path: podsPath(namespace),
      // From the API server's cache: this only explains a restart that is late, and is asked often.
      query: { labelSelector, limit: POD_PAGE, resourceVersion: '0' },
    });
    if (!answer.ok) throw new KubeRequestError(`GET ${podsPath(namespace)}`, answer.failure);
    const list = readList(answer.value);
    if (list === null) throw new Error(`${podsPath(namespace)}: the answer is no list`);
    return list.items;
  }
}

/** The body that leaves a restart's traces in the pod template, and pauses the workload when that is asked for. */
function templatePatch({ annotations, pause, at }: RestartWrite, podSpec?: JsonRecord): JsonRecord {
  const template = { metadata: { annotations }, ...(podSpec ? { spec: podSpec } : {}) };
  if (pause === null) return { spec: { template } };
  return { metadata: { annotations: { [pause]: at } }, spec: { paused: true, template } };
}

const patched = (value: unknown): PatchAnswer =>
  isKubeObject(value)
    ? { kind: 'patched', object: value }
    : { kind: 'unavailable', message: 'the API server answered with something that is no object', retryAfterMs: null };
