import { FIELD_MANAGER } from '@app/contracts/annotations';
import type { WorkloadRef } from '@app/contracts/objects';
import type { KubeClient } from './client';
import { patchFailure } from './core/answers';
import { isKubeObject, type JsonRecord, readList } from './core/json';
import { jobOf } from './core/jobs';
import { collectionPath, objectPath, podsPath } from './core/paths';
import type { KubeObject, KubeWorkloads, PatchAnswer, RestartWrite } from './kube.port';
import { KubeRequestError } from './request-error';

const POD_PAGE = 500;

type Recreation = Readonly<{ recreate(write: RestartWrite): Promise<PatchAnswer> }>;

/** Reads and restarts workloads. Everything a restart writes goes through `restart`. */
export class ApiKubeWorkloads implements KubeWorkloads {
  constructor(
    private readonly client: KubeClient,
    private readonly jobs: Recreation,
  ) {}

  restart(write: RestartWrite): Promise<PatchAnswer> {
    const { annotations, at } = write;
    switch (write.how) {
      case 'template':
        return this.patch(write, { spec: { template: { metadata: { annotations } } } });
      case 'restartAt':
        return this.patch(write, { metadata: { annotations }, spec: { restartAt: at } });
      case 'run':
        return this.run(write);
      case 'recreate':
        return this.jobs.recreate(write);
    }
  }

  private async patch(write: RestartWrite, body: JsonRecord): Promise<PatchAnswer> {
    const answer = await this.client.request({
      verb: 'PATCH',
      path: objectPath(write.workload),
      query: { fieldManager: FIELD_MANAGER },
      contentType: 'application/merge-patch+json',
      body: { ...body, metadata: { ...(body['metadata'] as JsonRecord), resourceVersion: write.resourceVersion } },
    });
    return answer.ok ? patched(answer.value) : patchFailure(answer.failure);
  }

  private async run(write: RestartWrite): Promise<PatchAnswer> {
    const found = await this.client.request({ verb: 'GET', path: objectPath(write.workload) });
    if (!found.ok) return patchFailure(found.failure);
    const cronJob = patched(found.value);
    if (cronJob.kind !== 'patched') return cronJob;
    if (cronJob.object.metadata.resourceVersion !== write.resourceVersion) return { kind: 'conflict' };
    const made = await this.client.request({
      verb: 'POST',
      path: collectionPath('Job', write.workload.namespace),
      query: { fieldManager: FIELD_MANAGER },
      body: jobOf(cronJob.object, write),
    });
    const isMade = made.ok || (made.failure.kind === 'refused' && made.failure.code === 409);
    return isMade ? cronJob : patchFailure(made.failure);
  }

  async get(workload: WorkloadRef): Promise<KubeObject | null> {
    const answer = await this.client.request({ verb: 'GET', path: objectPath(workload) });
    if (answer.ok && isKubeObject(answer.value)) return answer.value;
    if (!answer.ok && answer.failure.kind === 'refused' && answer.failure.code === 404) return null;
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

const patched = (value: unknown): PatchAnswer =>
  isKubeObject(value)
    ? { kind: 'patched', object: value }
    : { kind: 'unavailable', message: 'the API server answered with something that is no object', retryAfterMs: null };
