import { randomUUID } from 'node:crypto';
import type { Hello } from '@app/contracts/wire/agent-messages';
import { PROTOCOL } from '@app/contracts/wire/envelope';
import { Inject, Injectable } from '@nestjs/common';
import type { ClusterRecord } from '../fleet/core/cluster-record';
import { ClusterRegistry } from '../fleet/registry';
import { VERSION } from '../ops/build-info';
import { HubMeta } from '../platform/hub-meta';
import { AGENT_INBOUND, type AgentInbound, type AgentSession } from './agent.port';
import type { Body } from './hub-frames';
import { SessionDirectory } from './session-directory';

/** An epoch rises by one when a store is lost or put back. Who speaks of one so far ahead has seen no hub of this store. */
const MOST_EPOCHS_AHEAD = 1_000_000;

export type Greeting =
  | Readonly<{ kind: 'rejected'; reject: Body<'reject'> }>
  | Readonly<{
      kind: 'welcomed';
      session: AgentSession;
      welcome: Omit<Body<'welcome'>, 'heartbeatSeconds' | 'credits'>;
    }>;

/** Answers a hello: opens the session in the store and says what the hub still needs to know. */
@Injectable()
export class Greeter {
  constructor(
    private readonly registry: ClusterRegistry,
    private readonly directory: SessionDirectory,
    private readonly meta: HubMeta,
    @Inject(AGENT_INBOUND) private readonly inbound: AgentInbound,
  ) {}

  /** @throws StoreUnavailable; then nothing but a session number was spent. */
  async greet(record: ClusterRecord, hello: Hello): Promise<Greeting> {
    const proto = Math.min(hello.proto.max, PROTOCOL.max);
    if (proto < Math.max(hello.proto.min, PROTOCOL.min)) return rejected('ProtocolUnsupported', spoken(hello));
    if (hello.clusterUid !== record.uid) {
      await this.registry.claimed(record.name);
      return rejected('IdentityConflict', OTHER_CLUSTER);
    }
    if (!(await this.isCredible(hello))) return rejected('EpochNotCredible', NO_SUCH_EPOCH);
    const session = randomUUID();
    const cluster = record.name;
    const { hubEpoch } = await this.meta.raiseEpoch(hello.maxHubEpochSeen);
    const sessionEpoch = await this.directory.open({ cluster, session });
    const [digest, revoked] = await Promise.all([this.inbound.inventoryDigest(cluster), this.inbound.revoked(cluster)]);
    await this.note(record, hello, proto);
    const known = digest !== '' && digest === hello.inventoryDigest;
    const snapshot = known ? ('none' as const) : ('full' as const);
    const welcome = { session, sessionEpoch, hubEpoch, hubVersion: VERSION, proto, snapshot, revoked: [...revoked] };
    return { kind: 'welcomed', session: { cluster, session, sessionEpoch }, welcome };
  }

  /** Every cluster obeys the hub's epoch: one agent alone must not push it to where numbers end. */
  private async isCredible({ maxHubEpochSeen }: Hello): Promise<boolean> {
    const { hubEpoch } = await this.meta.current();
    return maxHubEpochSeen <= hubEpoch + MOST_EPOCHS_AHEAD;
  }

  private async note(record: ClusterRecord, hello: Hello, proto: number): Promise<void> {
    const { agentVersion, kubernetesVersion } = hello;
    const isSame = record.agentVersion === agentVersion && record.kubernetesVersion === kubernetesVersion;
    if (isSame && record.proto === proto) return;
    await this.registry.observed(record.name, { agentVersion, kubernetesVersion, proto });
  }
}

const OTHER_CLUSTER =
  'this identity belongs to another cluster: delete the Secret fleet-reloader-identity here and enrol this one under a name of its own';

const NO_SUCH_EPOCH =
  'the agent says that it obeyed a hub epoch far above that of this hub: if it never knew another hub, delete its ConfigMap fleet-reloader-permits and restart it';

const spoken = ({ proto }: Hello): string =>
  `this hub speaks protocol ${PROTOCOL.min} to ${PROTOCOL.max}, the agent ${proto.min} to ${proto.max}: upgrade the older one`;

const rejected = (code: string, message: string): Greeting => ({
  kind: 'rejected',
  reject: { code, message, terminal: true, retryAfterSeconds: 0 },
});
