import { randomUUID } from 'node:crypto';
import type { KubeClient, Name } from '@test/kube';
import { waitFor } from '@test/wait';

const REVISION = 'fleet-reloader.io/revision';
/** Restart on a change of nothing but `db`, of one kind each. */
const SENTINELS = {
  Secret: { namespace: 'sentinel-secret', name: 'app' },
  ConfigMap: { namespace: 'sentinel-config', name: 'app' },
};
const AUTO = { annotations: { 'reloader.stakater.com/auto': 'true' } };

/** Workloads whose restart tells that an agent has acted on everything that happened before. */
export class Sentinels {
  constructor(private readonly kube: KubeClient) {}

  /** Before the agent starts. */
  async prepare(): Promise<void> {
    const { Secret: secret, ConfigMap: config } = SENTINELS;
    for (const { namespace } of [secret, config]) await this.kube.ensureNamespace(namespace);
    await this.kube.putSecret({ ...secret, name: 'db' }, { at: 'first' });
    await this.kube.putConfigMap({ ...config, name: 'db' }, { at: 'first' });
    await this.kube.createDeployment(secret, { ...AUTO, envSecrets: ['db'] });
    await this.kube.createDeployment(config, { ...AUTO, envConfigMaps: ['db'] });
  }

  /**
   * Everything that happened before this call has been acted on when it resolves: each kind of source tells its
   * changes in order, and every change waits for one window of the same length.
   */
  async everythingBeforeIsDone(): Promise<void> {
    const all = Object.values(SENTINELS);
    const before = await Promise.all(all.map((where) => this.#revisionOf(where)));
    await this.kube.putConfigMap({ ...SENTINELS.ConfigMap, name: 'db' }, { at: randomUUID() });
    await this.kube.putSecret({ ...SENTINELS.Secret, name: 'db' }, { at: randomUUID() });
    const other = async (where: Name, than: string | undefined): Promise<boolean> =>
      (await this.#revisionOf(where)) !== than;
    await Promise.all(all.map((where, at) => waitFor(`${where.namespace} to restart`, () => other(where, before[at]))));
  }

  async #revisionOf(where: Name): Promise<string | undefined> {
    return (await this.kube.podAnnotations('Deployment', where))[REVISION];
  }
}
