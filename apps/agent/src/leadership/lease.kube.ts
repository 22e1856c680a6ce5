import type { KubeAnswer, KubeCall, KubeClient } from '../kube/client';
import { KubeRequestError } from '../kube/request-error';
import { type Lease, readLease } from './core/lease';
import type { LeaseStore } from './lease.port';
import { refusedWith } from '../kube/core/answers';

/** Reloader's own name: as long as one of its replicas leads beside us, we wait. */
const NAME = 'stakater-reloader-lock';

export class ApiLeaseStore implements LeaseStore {
  private readonly collection: string;

  /** `deadlineMs`: longest time for one call; a slow answer must not outlast the Lease. */
  constructor(
    private readonly client: Pick<KubeClient, 'request'>,
    private readonly namespace: string,
    private readonly deadlineMs: number,
  ) {
    this.collection = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
  }

  async read(): Promise<Lease | null> {
    const path = `${this.collection}/${NAME}`;
    const answer = await this.call({ verb: 'GET', path });
    if (refusedWith(answer) === 404) return null;
    return leaseOf(path, answer);
  }

  async write(before: Lease | null, spec: Readonly<Record<string, unknown>>): Promise<Lease | null> {
    const metadata = { name: NAME, namespace: this.namespace, resourceVersion: before?.resourceVersion };
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
    const call: KubeCall = before
      ? { verb: 'PUT', path: `${this.collection}/${NAME}`, body }
      : { verb: 'POST', path: this.collection, body };
    const answer = await this.call(call);
    if ([404, 409].includes(refusedWith(answer) ?? 0)) return null;
    return leaseOf(call.path, answer);
  }

  private call(call: KubeCall): Promise<KubeAnswer<unknown>> {
    return this.client.request({ ...call, deadlineMs: this.deadlineMs });
  }
}

function leaseOf(path: string, answer: KubeAnswer<unknown>): Lease {
  if (!answer.ok) throw new KubeRequestError(path, answer.failure);
  const lease = readLease(answer.value);
  if (lease === null) throw new Error(`${path}: the answer is no Lease`);
  return lease;
}
