import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { KubeClient } from '@test/kube';
import { type Agent, type AgentOptions, startAgent } from '@test/processes/start-agent';
import { FaultyProxy } from './faulty-proxy';

const MINUTES = 60_000;

/** One API server for the tests of a file. Each of them has a proxy before it, through which alone its agents see it. */
export class ProxiedAgents {
  private cluster: Cluster | undefined;
  private client: KubeClient | undefined;
  private before: FaultyProxy | undefined;
  private readonly agents: Agent[] = [];

  /** Registers what has to happen before and after; to be called once in a file. */
  static forEachTest(clusterName: string): ProxiedAgents {
    const proxied = new ProxiedAgents();
    beforeAll(async () => {
      proxied.cluster = await startCluster(clusterName, { bare: true });
      proxied.client = new KubeClient(proxied.cluster);
    }, 2 * MINUTES);
    beforeEach(async () => {
      proxied.before = await FaultyProxy.start(there(proxied.cluster).url);
    });
    afterEach(async () => {
      for (const agent of proxied.agents.splice(0)) await agent.program.stop();
      await proxied.proxy.close();
    });
    afterAll(() => proxied.cluster?.stop(), MINUTES);
    return proxied;
  }

  /** The API server itself. */
  get kube(): KubeClient {
    return there(this.client);
  }

  get proxy(): FaultyProxy {
    return there(this.before);
  }

  /** An agent that ends with its test. */
  async start(options: Omit<AgentOptions, 'kubeconfigPath'>): Promise<Agent> {
    const kubeconfigPath = await this.proxy.kubeconfigFor(there(this.cluster));
    const agent = await startAgent({ ...options, kubeconfigPath });
    this.agents.push(agent);
    return agent;
  }
}

function there<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('there is no API server before the first test');
  return part;
}
