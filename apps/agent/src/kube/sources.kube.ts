import type { SourceRef } from '@app/contracts/objects';
import type { KubeClient } from './client';
import { isKubeObject } from './core/json';
import { sourcePath } from './core/paths';
import type { KubeObject } from './kube.port';
import { KubeRequestError } from './request-error';
import { refusedWith } from './core/answers';

/** One ConfigMap or Secret; null: it does not exist. Throws when the API server cannot be asked. */
export async function readSource(client: Pick<KubeClient, 'request'>, ref: SourceRef): Promise<KubeObject | null> {
  const path = sourcePath(ref);
  const answer = await client.request({ verb: 'GET', path });
  if (answer.ok && isKubeObject(answer.value)) return answer.value;
  if (refusedWith(answer) === 404) return null;
  throw answer.ok ? new Error(`${path}: the answer is no object`) : new KubeRequestError(`GET ${path}`, answer.failure);
}
