import type { Permit } from '@app/contracts/wire/hub-messages';
import { waitFor } from '@test/wait';
import type { PermitHandler } from '../../../apps/agent/src/link/hub-link.port';
import { WebSocketHubLink } from '../../../apps/agent/src/link/hub-link.ws';
import type { LinkOptions } from '../../../apps/agent/src/link/link-options';
import { MemoryInventory, MemoryKubeStore } from './memory-cluster';
import type { SharedGateway } from './shared-gateway';

/** What the hub told an agent to do, in the place of what would do it. */
class Recorder implements PermitHandler {
  readonly permits: { permit: Permit; hubNow: number }[] = [];
  readonly cancels: unknown[] = [];
  readonly rules: unknown[] = [];
  epoch = 0;
  permit = (permit: Permit, hubNow: () => number): void => void this.permits.push({ permit, hubNow: hubNow() });
  cancel = (message: unknown): void => void this.cancels.push(message);
  keyRules = (rules: unknown): void => void this.rules.push(rules);
  maxHubEpochSeen = (): number => this.epoch;
  obey = (hubEpoch: number): void => void (this.epoch = hubEpoch);
}

/** Everything of an agent but its link. */
export type LinkedCluster = Readonly<{
  name: string;
  inventory: MemoryInventory;
  store: MemoryKubeStore;
  handler: Recorder;
}>;

export const linkOptions = (hubUrl: string, clusterName: string, enrolmentToken: string | null): LinkOptions => ({
  ...{ hubUrl, clusterName, clusterLabels: {}, enrolmentToken, hubCa: null },
  ...{ keyId: 'k0a1b2c', agentVersion: '0.1.0', agentEpoch: 0 },
});

export const online = (link: WebSocketHubLink): Promise<unknown> =>
  waitFor('the link', () => link.status().connected, { describe: () => link.status().detail, intervalMs: 5 });

/** Clusters in memory and the real links of their agents, which end with each test. */
export class LinkedAgents {
  private readonly links: WebSocketHubLink[] = [];

  private constructor(private readonly gateway: SharedGateway) {}

  /** Registers what has to happen afterwards; to be called in the `describe`. */
  static forEachTest(gateway: SharedGateway): LinkedAgents {
    const agents = new LinkedAgents(gateway);
    afterEach(async () => {
      await Promise.all(agents.links.splice(0).map((link) => link.stop()));
    });
    return agents;
  }

  cluster(): LinkedCluster {
    const name = this.gateway.newName();
    const store = new MemoryKubeStore(`uid-of-${name}`);
    return { name, inventory: new MemoryInventory(), store, handler: new Recorder() };
  }

  async tokenFor({ name }: LinkedCluster): Promise<string> {
    return (await this.gateway.hub.tokens.create({ cluster: name, labels: {}, ttlMs: 60_000 })).token;
  }

  /** Starts the link of a cluster's agent. */
  link(
    of: LinkedCluster,
    enrolmentToken: string | null,
    hubUrl = this.gateway.hub.url,
    warn: (fields: object) => void = () => undefined,
  ): WebSocketHubLink {
    const log = { info: () => undefined, warn };
    const options = linkOptions(hubUrl, of.name, enrolmentToken);
    const link = new WebSocketHubLink(options, of.inventory, of.store, log);
    this.links.push(link);
    link.start(of.handler);
    return link;
  }
}
