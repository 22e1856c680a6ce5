import type { Cluster } from '../control-plane/cluster';
import { chartOf, helm, type HelmOptions, type Values } from './helm';

const CHART = chartOf('agent');
const RELEASE = 'reload';

/** What the chart calls the agent's Deployment and its ServiceAccount. */
export const AGENT_NAME = `${RELEASE}-fleet-reloader-agent`;

/** Our chart of the agent in a cluster, as its user has it there: any number of times, each in a namespace of its own. */
export class AgentRelease {
  constructor(private readonly cluster: Pick<Cluster, 'kubeconfigPath'>) {}

  /** Makes the namespace, too. */
  async install(namespace: string, values: Values = {}): Promise<void> {
    await helm(['install', RELEASE, CHART, '--create-namespace'], { ...this.to(namespace), values });
  }

  async upgrade(namespace: string, values: Values): Promise<void> {
    await helm(['upgrade', RELEASE, CHART], { ...this.to(namespace), values });
  }

  async uninstall(namespace: string): Promise<void> {
    await helm(['uninstall', RELEASE], this.to(namespace));
  }

  /** The manifests of its hooks. */
  hooks(namespace: string): Promise<string> {
    return helm(['get', 'hooks', RELEASE], this.to(namespace));
  }

  private to(namespace: string): HelmOptions {
    return { namespace, kubeconfigPath: this.cluster.kubeconfigPath };
  }
}
