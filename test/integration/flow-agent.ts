import { randomUUID } from 'node:crypto';
import { objectKey, type WorkloadKind } from '@app/contracts/objects';
import type { Outcome } from '@app/contracts/wire/agent-messages';
import type { SourceAnnotations, SourceFact, WorkloadAnnotations, WorkloadFact } from '@app/contracts/wire/facts';
import type { Permit } from '@app/contracts/wire/hub-messages';
import type { AgentInbound, AgentSession } from '../../apps/hub/src/gateway/agent.port';

/** A revision that reads as its letter: `rev('B')`. */
export const rev = (letter: string): string => `k0a1b2c:${letter.repeat(22).slice(0, 22)}`;

type Behaviour = Readonly<{
  outcome?: Outcome;
  reason?: string;
  /** Permits are noted and nothing else is done. */ silent?: boolean;
}>;

/**
 * An agent's side of the conversation, as far as the hub can tell: one source, workloads that use it, restarts that
 * happen at once. It keeps the agent's own rules: a permit counts for the revision it names, once.
 */
export class FlowAgent {
  session: AgentSession;
  readonly permits: Permit[] = [];
  readonly cancelled: Readonly<{ rollout: string; fence: number }>[] = [];
  /** `workload@revision`, in the order in which pods were restarted. */
  readonly restarts: string[] = [];
  behaviour: Behaviour = {};
  /** Pods of each workload that are ready, and how many it wants. */
  ready = 1;
  wants = 1;
  /** Pods that a workload wants, by name; of the others each wants one. All of these are ready. */
  readonly pods = new Map<string, number>();
  /** What the annotations of its source ask for, and those of its workloads by name. */
  asks: SourceAnnotations | undefined;
  readonly workloadsAsk = new Map<string, WorkloadAnnotations>();
  /** Why a new pod template would restart nothing of its workloads, where it would not. */
  still: string | undefined;
  /** What its workloads are. */
  kind: WorkloadKind = 'Deployment';
  private readonly have = new Map<string, string>();
  private highestFence = 0;
  /** Rollout of the last forced restart, by workload. */
  private readonly forced = new Map<string, string>();

  constructor(
    readonly cluster: string,
    private hub: () => AgentInbound,
    public revision: string,
    private readonly names: readonly string[] = ['web'],
  ) {
    this.session = { cluster, session: randomUUID(), sessionEpoch: 1 };
    for (const name of names) this.have.set(name, revision);
  }

  /** The source holds something else now; nobody is told yet. */
  rotate(letter: string): void {
    this.revision = rev(letter);
  }

  /** From now on it talks to another replica. */
  moveTo(hub: () => AgentInbound): void {
    this.hub = hub;
  }

  /** Tells the hub all facts as a report; of the workloads only these, as in one frame of several. */
  async report(names: readonly string[] = this.names): Promise<void> {
    await this.hub().report(this.session, {
      sources: [this.source()],
      workloads: names.map((name) => this.workload(name)),
      goneSources: [],
      goneWorkloads: [],
      inventoryDigest: `digest-${this.revision}`,
    });
  }

  async snapshot(): Promise<void> {
    const facts = { sources: [this.source()], workloads: this.names.map((name) => this.workload(name)) };
    await this.hub().snapshot(this.session, { ...facts, inventoryDigest: `digest-${this.revision}` });
  }

  /** What the hub sends, as it arrives; work goes on by itself. */
  receive(permit: Permit): void {
    this.permits.push(permit);
    if (this.behaviour.silent !== true) void this.obey(permit).catch(() => undefined);
  }

  async obey(permit: Permit): Promise<void> {
    const { rollout, attempt, restarts } = permit;
    await this.hub().permitAck(this.session, { rollout, attempt, permits: restarts.map((restart) => restart.permit) });
    for (const restart of restarts) {
      const outcome = this.restart(restart.workload.name, restart.toRevision, permit);
      await this.report();
      await this.hub().result(this.session, {
        ...{ rollout, attempt, permit: restart.permit, workload: restart.workload, outcome },
        ...{ reason: this.behaviour.reason ?? '', message: '', fromRevision: null, toRevision: restart.toRevision },
        ...{ startedAt: new Date().toISOString(), finishedAt: new Date().toISOString() },
        pods: { desired: 1, updated: 1, ready: 1 },
      });
    }
  }

  private restart(name: string, to: string, { fence, force, rollout }: Permit): Outcome {
    if (fence < this.highestFence) return 'FENCED';
    this.highestFence = fence;
    const done = force === true ? this.forced.get(name) === rollout : this.have.get(name) === to;
    if (done) return 'ALREADY_APPLIED';
    if (to !== this.revision) return 'STALE_REVISION';
    if (this.behaviour.outcome !== undefined && this.behaviour.outcome !== 'APPLIED') return this.behaviour.outcome;
    this.have.set(name, to);
    if (force === true) this.forced.set(name, rollout);
    this.restarts.push(`${name}@${to}`);
    return 'APPLIED';
  }

  private source(): SourceFact {
    const fact = {
      kind: 'Secret',
      namespace: 'shop',
      name: 'db',
      revision: this.revision,
      labels: {},
      changedAt: null,
    } as const;
    return this.asks ? { ...fact, annotations: this.asks } : fact;
  }

  workload(name: string): WorkloadFact {
    const have = this.have.get(name) ?? null;
    const annotations = this.workloadsAsk.get(name);
    const pods = this.pods.get(name);
    return {
      ...(annotations && { annotations }),
      ...(this.still !== undefined && { still: this.still }),
      ...{ kind: this.kind, namespace: 'shop', name, uid: `uid-${this.cluster}-${name}`, labels: {} },
      ...{ state: have === this.revision ? 'Current' : 'Pending', reason: '', message: '' },
      ...{ want: this.revision, have, proof: 'exact' },
      sources: [{ kind: 'Secret', name: 'db', revision: this.revision, haveRevision: have }],
      pods: { desired: pods ?? this.wants, updated: pods ?? this.wants, ready: pods ?? this.ready },
    };
  }
}

/** The source of each of these holds something else now, and each tells so. */
export async function change(letter: string, ...agents: readonly FlowAgent[]): Promise<void> {
  for (const agent of agents) agent.rotate(letter);
  await Promise.all(agents.map((agent) => agent.report()));
}

export const SOURCE = { kind: 'Secret', namespace: 'shop', name: 'db' } as const;
export const SOURCE_KEY = objectKey(SOURCE);
