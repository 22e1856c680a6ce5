import { setTimeout as sleep } from 'node:timers/promises';
import type { RawKube, Seen } from '../frame/raw-kube';
import { configMapsOf, deploymentPath } from '../frame/field';
import { TokenBucket } from './token-bucket';

/** What Reloader asks for at each event: all workloads of the namespace, anew and consistently. */
const LISTS = [
  { group: 'apps', path: '/apis/apps/v1', resource: 'deployments' },
  { group: 'batch', path: '/apis/batch/v1', resource: 'cronjobs' },
  { group: 'batch', path: '/apis/batch/v1', resource: 'jobs' },
  { group: 'apps', path: '/apis/apps/v1', resource: 'daemonsets' },
  { group: 'apps', path: '/apis/apps/v1', resource: 'statefulsets' },
] as const;

type Workload = Seen & {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
};
type Container = Readonly<{ envFrom?: readonly Readonly<{ configMapRef?: Readonly<{ name: string }> }>[] }>;

/**
 * The call pattern of Stakater Reloader 1.4, written anew from its documentation: one worker, no index, so five LISTs
 * per event, then a PATCH and an Event per match, and a new client with a limit of 5 calls a second and bursts of 10
 * per API group for each event. It is lighter than the original in what it does besides these calls.
 */
export class ReloaderModel {
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly kube: RawKube,
    private readonly namespace: string,
  ) {}

  async run(): Promise<void> {
    await this.kube.watch(configMapsOf(this.namespace), ({ type, object }) => {
      if (type === 'MODIFIED') this.queue = this.queue.then(() => this.reload(object));
    });
  }

  private async reload(source: Seen): Promise<void> {
    const limits = new Map<string, TokenBucket>();
    const call = async (group: string, method: string, path: string, body?: object): Promise<string> => {
      const limit = limits.get(group) ?? new TokenBucket(5, 10, performance.now());
      limits.set(group, limit);
      const waitMs = limit.take(performance.now());
      if (waitMs > 0) await sleep(waitMs);
      return this.kube.must(method, path, body);
    };
    for (const { group, path, resource } of LISTS) {
      const { items } = JSON.parse(await call(group, 'GET', `${path}/namespaces/${this.namespace}/${resource}`)) as {
        items: readonly Workload[];
      };
      for (const workload of items.filter((each) => uses(each, source.metadata.name))) {
        const annotations = { 'model.example/seen': source.metadata.resourceVersion };
        const patch = { spec: { template: { metadata: { annotations } } } };
        await call(group, 'PATCH', deploymentPath(this.namespace, workload.metadata.name), patch);
        await call('core', 'POST', `/api/v1/namespaces/${this.namespace}/events`, this.event(workload));
      }
    }
  }

  private event({ metadata: { name } }: Workload): object {
    return {
      metadata: { generateName: `${name}.`, namespace: this.namespace },
      involvedObject: { kind: 'Deployment', namespace: this.namespace, name },
      ...{ reason: 'Reloaded', type: 'Normal', message: 'reloaded' },
      ...{ source: { component: 'reloader-model' }, firstTimestamp: new Date().toISOString() },
    };
  }
}

const uses = ({ spec }: Workload, configMap: string): boolean =>
  spec.template.spec.containers.some(({ envFrom = [] }) =>
    envFrom.some(({ configMapRef }) => configMapRef?.name === configMap),
  );
