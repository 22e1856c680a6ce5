import type { AgentInbound, AgentSession, KeyRuleSource, Snapshot } from '../../../apps/hub/src/gateway/agent.port';
import type { KeyRule } from '@app/contracts/wire/hub-messages';
import type { Report, Result } from '@app/contracts/wire/agent-messages';
import { objectKey } from '@app/contracts/objects';

type Said = Readonly<{ what: keyof AgentInbound; session: AgentSession; body?: unknown }>;
type Facts = { sources: Map<string, unknown>; workloads: Map<string, unknown>; digest: string };

/** Keeps inventories in memory as the port demands: reports merge, a snapshot replaces, the last digest is remembered. */
export class RecordingInbound implements AgentInbound, KeyRuleSource {
  readonly said: Said[] = [];
  readonly results: Result[] = [];
  readonly inventories = new Map<string, Facts>();
  readonly cancelled = new Map<string, { rollout: string; fence: number }[]>();
  /** Of every cluster. */
  rules: readonly KeyRule[] = [];
  /** While set, nothing can be stored. */
  failure: Error | null = null;
  /** What could not be stored. */
  readonly refused: (keyof AgentInbound)[] = [];
  /** Does more with a session that is up. */
  onOpen: (session: AgentSession) => Promise<void> = () => Promise.resolve();

  facts(cluster: string): Facts {
    const known = this.inventories.get(cluster) ?? { sources: new Map(), workloads: new Map(), digest: '' };
    this.inventories.set(cluster, known);
    return known;
  }

  count(what: keyof AgentInbound, cluster: string): number {
    return this.said.filter((said) => said.what === what && said.session.cluster === cluster).length;
  }

  async connected(session: AgentSession): Promise<void> {
    this.#note('connected', session);
    await this.onOpen(session);
  }

  async resend(session: AgentSession): Promise<void> {
    this.#note('resend', session);
    await this.onOpen(session);
  }

  disconnected(session: AgentSession): Promise<void> {
    return this.#stored('disconnected', session);
  }

  inventoryDigest(cluster: string): Promise<string> {
    return Promise.resolve(this.inventories.get(cluster)?.digest ?? '');
  }

  revoked(cluster: string): Promise<readonly { rollout: string; fence: number }[]> {
    return Promise.resolve(this.cancelled.get(cluster) ?? []);
  }

  rulesOf(clusters: readonly string[]): Promise<ReadonlyMap<string, readonly KeyRule[]>> {
    return Promise.resolve(new Map(clusters.map((cluster) => [cluster, this.rules])));
  }

  async report(session: AgentSession, report: Report): Promise<void> {
    await this.#stored('report', session, report);
    const facts = this.facts(session.cluster);
    for (const fact of report.sources) facts.sources.set(objectKey(fact), fact);
    for (const fact of report.workloads) facts.workloads.set(objectKey(fact), fact);
    for (const gone of report.goneSources) facts.sources.delete(objectKey(gone));
    for (const gone of report.goneWorkloads) facts.workloads.delete(objectKey(gone));
    facts.digest = report.inventoryDigest;
  }

  async snapshot(session: AgentSession, snapshot: Snapshot): Promise<void> {
    await this.#stored('snapshot', session, snapshot);
    this.inventories.set(session.cluster, {
      sources: new Map(snapshot.sources.map((fact) => [objectKey(fact), fact])),
      workloads: new Map(snapshot.workloads.map((fact) => [objectKey(fact), fact])),
      digest: snapshot.inventoryDigest,
    });
  }

  permitAck(session: AgentSession, body: unknown): Promise<void> {
    return this.#stored('permitAck', session, body);
  }

  progress(session: AgentSession, body: unknown): Promise<void> {
    return this.#stored('progress', session, body);
  }

  async result(session: AgentSession, result: Result): Promise<void> {
    await this.#stored('result', session, result);
    this.results.push(result);
  }

  async #stored(what: keyof AgentInbound, session: AgentSession, body?: unknown): Promise<void> {
    if (this.failure) {
      this.refused.push(what);
      throw this.failure;
    }
    await Promise.resolve();
    this.#note(what, session, body);
  }

  #note(what: keyof AgentInbound, session: AgentSession, body?: unknown): void {
    this.said.push({ what, session, body });
  }
}
