import { podTemplate } from '@test/pod-template';
import { eachOf } from './each-of';
import type { RawKube, Seen } from './raw-kube';

export const configMapsOf = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`;
const deploymentsOf = (namespace: string): string => `/apis/apps/v1/namespaces/${namespace}/deployments`;
export const deploymentPath = (namespace: string, name: string): string => `${deploymentsOf(namespace)}/${name}`;

/** A Deployment. `configMap`: what it uses and restarts for; null: it uses nothing and asks for nothing. */
export type App = Readonly<{ name: string; configMap: string | null }>;

/** Told of every new template. `at`: when the observer had it, ms of `performance.now()`. */
export type RestartListener = (app: string, at: number) => void;

/** Objects that are made at once. */
const MAKERS = 8;

/**
 * A namespace with Deployments and the ConfigMaps that they use; a writer of changes, and an observer of restarts. It
 * also plays the Deployment controller, with the least there is to do: a new template is ready at once. So restarts
 * end, with one call each that is known, and nothing else runs on the machine.
 */
export class Field {
  /** Templates that changed, expected or not. */
  restarts = 0;
  /** Changes that were made. */
  changes = 0;
  /** When each Deployment was last seen with a new template. */
  readonly restartedAt = new Map<string, number>();
  private readonly templates = new Map<string, string>();
  private readonly listeners = new Set<RestartListener>();
  private readonly statuses = new Set<Promise<unknown>>();
  private unwatch: () => void = () => undefined;

  private constructor(
    private readonly kube: RawKube,
    readonly namespace: string,
  ) {}

  static async create(kube: RawKube, namespace: string, apps: readonly App[]): Promise<Field> {
    const field = new Field(kube, namespace);
    await kube.must('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    field.unwatch = await kube.watch(deploymentsOf(namespace), ({ object }, at) => field.see(object, at));
    await field.add(apps);
    return field;
  }

  /** Makes Deployments, and the ConfigMaps that they use. */
  async add(apps: readonly App[]): Promise<void> {
    const configMaps = new Set(apps.flatMap(({ configMap }) => configMap ?? []));
    const make = (path: string, object: object): Promise<unknown> => this.kube.must('POST', path, object);
    await eachOf([...configMaps], MAKERS, (name) =>
      make(configMapsOf(this.namespace), { metadata: { name }, data: { value: 'first' } }),
    );
    await eachOf(apps, MAKERS, (app) => make(deploymentsOf(this.namespace), deployment(app)));
    await this.settled();
  }

  /** Gives a ConfigMap another content. @returns when that was sent, ms of `performance.now()`. */
  async write(configMap: string): Promise<number> {
    this.changes += 1;
    const value = `v${this.changes}`;
    const sent = performance.now();
    await this.kube.must('PATCH', `${configMapsOf(this.namespace)}/${configMap}`, { data: { value } });
    return sent;
  }

  onRestart(listener: RestartListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** When each of these was next seen with a new template; those that were not within that time are left out. */
  nextRestarts(apps: readonly string[], patienceMs: number): Promise<ReadonlyMap<string, number>> {
    const waiting = new Set(apps);
    const seen = new Map<string, number>();
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        stop();
        resolve(seen);
      };
      const timer = setTimeout(finish, patienceMs);
      const stop = this.onRestart((app, at) => {
        if (!waiting.delete(app)) return;
        seen.set(app, at);
        if (waiting.size === 0) finish();
      });
    });
  }

  /** Resolves when every status of our controller is written. */
  async settled(): Promise<void> {
    while (this.statuses.size > 0) await Promise.all(this.statuses);
  }

  close(): void {
    this.unwatch();
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
    this.restartedAt.set(name, at);
    for (const listener of this.listeners) listener(name, at);
  }

  private writeStatus(name: string, observedGeneration: number): Promise<unknown> {
    const pods = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
    return this.kube.must('PATCH', `${deploymentPath(this.namespace, name)}/status`, {
      status: { observedGeneration, ...pods },
    });
  }
}

const deployment = ({ name, configMap }: App): object => ({
  metadata: { name, ...(configMap === null ? {} : { annotations: { 'reloader.stakater.com/auto': 'true' } }) },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: podTemplate({ app: name }, { envConfigMaps: configMap === null ? [] : [configMap] }),
  },
});
