import { podTemplate } from '@test/pod-template';
import type { RawKube, Seen } from './raw-kube';

export const configMapsOf = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`;
const deploymentsOf = (namespace: string): string => `/apis/apps/v1/namespaces/${namespace}/deployments`;
export const deploymentPath = (namespace: string, name: string): string => `${deploymentsOf(namespace)}/${name}`;

/** A change that brings no restart for so long never will. */
const PATIENCE_MS = 15_000;

type Awaited = Readonly<{ seen: (at: number) => void }>;

/**
 * A namespace in which ConfigMap `app-1` is used by Deployment `app-1`, and so on; a writer of changes, and an observer
 * of restarts. It also plays the Deployment controller, with the least there is to do: a new template is ready at
 * once. So restarts end, with one call each that is known, and nothing else runs on the machine.
 */
export class Site {
  /** Templates that changed, expected or not. */
  restarts = 0;
  /** Changes that were made. */
  changes = 0;
  private readonly templates = new Map<string, string>();
  private readonly awaited = new Map<string, Awaited>();
  private readonly statuses = new Set<Promise<unknown>>();
  private unwatch: () => void = () => undefined;

  private constructor(
    private readonly kube: RawKube,
    readonly namespace: string,
    readonly names: readonly string[],
  ) {}

  static async create(kube: RawKube, namespace: string, size: number): Promise<Site> {
    const names = Array.from({ length: size }, (_, index) => `app-${index + 1}`);
    const site = new Site(kube, namespace, names);
    await kube.must('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    site.unwatch = await kube.watch(deploymentsOf(namespace), ({ object }, at) => site.see(object, at));
    for (const name of names) {
      await kube.must('POST', configMapsOf(namespace), { metadata: { name }, data: { value: 'first' } });
      await kube.must('POST', deploymentsOf(namespace), deployment(name));
    }
    return site;
  }

  /**
   * Changes the ConfigMap of this index (they go round). Resolves with the ms from sending that to seeing the new
   * template, undefined when it never came.
   */
  async change(index: number): Promise<number | undefined> {
    const name = this.names[index % this.names.length] ?? '';
    const seen = this.untilSeen(name);
    this.changes += 1;
    const sent = performance.now();
    await this.kube.must('PATCH', `${configMapsOf(this.namespace)}/${name}`, { data: { value: `v${this.changes}` } });
    const at = await seen;
    return at === undefined ? undefined : at - sent;
  }

  /** Resolves when every status of our controller is written. */
  async settled(): Promise<void> {
    while (this.statuses.size > 0) await Promise.all(this.statuses);
  }

  close(): void {
    this.unwatch();
  }

  private untilSeen(name: string): Promise<number | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => finish(undefined), PATIENCE_MS);
      const finish = (at: number | undefined): void => {
        clearTimeout(timer);
        this.awaited.delete(name);
        resolve(at);
      };
      this.awaited.set(name, { seen: finish });
    });
  }

  private see({ metadata, spec }: Seen, at: number): void {
    const { name, generation = 0 } = metadata;
    const template = JSON.stringify(spec?.template?.metadata?.annotations ?? {});
    const before = this.templates.get(name);
    this.templates.set(name, template);
    if (before === template) return;
    const written = this.writeStatus(name, generation).finally(() => this.statuses.delete(written));
    this.statuses.add(written);
    if (before === undefined) return;
    this.restarts += 1;
    this.awaited.get(name)?.seen(at);
  }

  private writeStatus(name: string, observedGeneration: number): Promise<unknown> {
    const pods = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
    return this.kube.must('PATCH', `${deploymentPath(this.namespace, name)}/status`, {
      status: { observedGeneration, ...pods },
    });
  }
}

const deployment = (name: string): object => ({
  metadata: { name, annotations: { 'reloader.stakater.com/auto': 'true' } },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: podTemplate({ app: name }, { envConfigMaps: [name] }),
  },
});
