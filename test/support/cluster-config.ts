import { KubeConfig, type RequestContext } from '@kubernetes/client-node';
import { Agent } from 'undici';
import type { Cluster } from './control-plane/cluster';

/** An administrator's way into a cluster. Its calls share their connections: a TLS handshake for each is most of a call. */
export class ClusterConfig extends KubeConfig {
  private readonly connections: Agent;

  constructor(cluster: Pick<Cluster, 'kubeconfigPath'>) {
    super();
    this.loadFromFile(cluster.kubeconfigPath);
    const { caData, skipTLSVerify = false } = this.getCurrentCluster() ?? {};
    const connect = { rejectUnauthorized: !skipTLSVerify, ...(caData && { ca: Buffer.from(caData, 'base64') }) };
    this.connections = new Agent({ allowH2: false, connect });
  }

  /** The library would open a connection of its own for every call. */
  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    context.setDispatcher(this.connections);
  }
}
