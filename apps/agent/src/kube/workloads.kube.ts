import { FIELD_MANAGER } from '@app/contracts/annotations';
import type { WorkloadRef } from '@app/contracts/objects';
import type { KubeClient } from './client';
import { patchFailure } from './core/answers';
import { isKubeObject, readList } from './core/json';
import { objectPath, podsPath } from './core/paths';
import type { KubeObject, KubeWorkloads, PatchAnswer, TemplatePatch } from './kube.port';
import { KubeRequestError } from './request-error';

const POD_PAGE = 500;

/** Reads and restarts workloads. Everything a restart writes goes through `patchTemplate`. */
export class ApiKubeWorkloads implements KubeWorkloads {
  constructor(private readonly client: KubeClient) {}

  async patchTemplate(patch: TemplatePatch): Promise<PatchAnswer> {
    const answer = await this.client.request({
      verb: 'PATCH',
      path: objectPath(patch.workload),
      query: { fieldManager: FIELD_MANAGER },
      contentType: 'application/merge-patch+json',
      body: {
        metadata: { resourceVersion: patch.resourceVersion },
        spec: { template: { metadata: { annotations: patch.templateAnnotations } } },
      },
    });
    if (!answer.ok) return patchFailure(answer.failure);
    return isKubeObject(answer.value)
      ? { kind: 'patched', object: answer.value }
      : {
          kind: 'unavailable',
          message: 'the API server answered with something that is no object',
          retryAfterMs: null,
        };
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
