import { createHash } from 'node:crypto';
import type { Labels } from '@app/contracts/objects';
import type { SourceFact, WorkloadFact } from '@app/contracts/wire/facts';
import type { Permit } from '@app/contracts/wire/hub-messages';
import { type FlowAgent, rev } from './flow-agent';
import type { FlowHub } from './flow-hub';

/** A cluster of several Secrets in namespace `shop`, whose workloads use some of them each. All begin with content A. */
export class Site {
  /** `workload@secrets that it was started with anew`, in the order of the restarts. */
  readonly restarts: string[] = [];
  readonly permits: Permit[] = [];
  /** Permits are noted and nothing else is done. */
  silent = false;
  private readonly holds = new Map<string, string>();
  /** What each workload was started with. */
  private readonly started = new Map<string, ReadonlyMap<string, string>>();

  /** @param uses by workload @param labels of the Secrets */
  constructor(
    private readonly hub: () => FlowHub,
    readonly agent: FlowAgent,
    private readonly uses: Readonly<Record<string, readonly string[]>>,
    readonly labels: Record<string, Labels>,
  ) {
    for (const name of Object.values(uses).flat()) this.holds.set(name, rev('A'));
    for (const workload of Object.keys(uses)) this.started.set(workload, new Map(this.holds));
    agent.receive = (permit) => void this.receive(permit).catch(() => undefined);
    agent.report = () => this.report();
    agent.snapshot = () => hub().inbound.snapshot(agent.session, { ...this.facts(), inventoryDigest: 'all' });
  }

  /** These Secrets hold something else now; nobody is told yet. */
  rotate(letter: string, ...secrets: readonly string[]): void {
    for (const name of secrets) this.holds.set(name, rev(letter));
  }

  /** The same, and the hub is told in one frame each, one after the other. */
  async change(letter: string, ...secrets: readonly string[]): Promise<void> {
    for (const name of secrets) {
      this.rotate(letter, name);
      await this.report();
    }
  }

  report(): Promise<void> {
    const told = { ...this.facts(), goneSources: [], goneWorkloads: [] };
    const inventoryDigest = JSON.stringify([...this.holds]).length.toString();
    return this.hub().inbound.report(this.agent.session, { ...told, inventoryDigest });
  }

  private async receive(permit: Permit): Promise<void> {
    this.permits.push(permit);
    if (!this.silent) await this.obey(permit);
  }

  private async obey({ rollout, attempt, restarts }: Permit): Promise<void> {
    const { session } = this.agent;
    await this.hub().inbound.permitAck(session, { rollout, attempt, permits: restarts.map(({ permit }) => permit) });
    for (const { permit, workload, toRevision } of restarts) {
      const outcome = this.restart(workload.name, toRevision);
      await this.report();
      await this.hub().inbound.result(session, {
        ...{ rollout, attempt, permit, workload, outcome, reason: '', message: '', fromRevision: null, toRevision },
        ...{ startedAt: new Date().toISOString(), finishedAt: new Date().toISOString() },
        pods: { desired: 1, updated: 1, ready: 1 },
      });
    }
  }

  private restart(workload: string, to: string): 'APPLIED' | 'ALREADY_APPLIED' | 'STALE_REVISION' {
    if (to !== this.wants(workload)) return 'STALE_REVISION';
    const news = this.usedBy(workload).filter((name) => this.had(workload, name) !== this.holds.get(name));
    if (news.length === 0) return 'ALREADY_APPLIED';
    this.started.set(workload, new Map(this.holds));
    this.restarts.push(`${workload}@${news.join('+')}`);
    return 'APPLIED';
  }

  private usedBy = (workload: string): readonly string[] => this.uses[workload] ?? [];
  private had = (workload: string, secret: string): string | undefined => this.started.get(workload)?.get(secret);
  /** One revision for all that it uses. */
  private wants = (workload: string): string => sum(this.usedBy(workload).map((name) => this.holds.get(name)));
  private has = (workload: string): string => sum(this.usedBy(workload).map((name) => this.had(workload, name)));

  private facts(): { sources: SourceFact[]; workloads: WorkloadFact[] } {
    const sources = [...this.holds].map(([name, revision]) => ({
      ...{ kind: 'Secret' as const, namespace: 'shop', name, revision, changedAt: null },
      labels: this.labels[name] ?? {},
    }));
    return { sources, workloads: Object.keys(this.uses).map((name) => this.workload(name)) };
  }

  private workload(name: string): WorkloadFact {
    const [want, have] = [this.wants(name), this.has(name)];
    return {
      ...{ kind: 'Deployment', namespace: 'shop', name, uid: `uid-${this.agent.cluster}-${name}`, labels: {} },
      ...{ state: have === want ? 'Current' : 'Pending', reason: '', message: '', want, have, proof: 'exact' },
      sources: this.usedBy(name).map((secret) => ({
        ...{ kind: 'Secret', name: secret },
        revision: this.holds.get(secret) ?? null,
        haveRevision: this.had(name, secret) ?? null,
      })),
      pods: { desired: 1, updated: 1, ready: 1 },
    };
  }
}

const sum = (parts: readonly unknown[]): string =>
  `k0a1b2c:${createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)}`;
