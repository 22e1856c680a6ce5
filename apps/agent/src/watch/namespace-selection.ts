import { setTimeout as sleep } from 'node:timers/promises';
import { KubeRequestError } from '../kube/request-error';
import { readList } from '../kube/core/json';
import { collectionPath } from '../kube/core/paths';
import type { KubeObject, WatchedKind, WatchHandler } from '../kube/kube.port';
import { listByWatch } from './list-by-watch';
import { KindGate } from './kind-gate';
import { selectorsFor, type WatchFilter } from './core/selectors';
import type { WatchParts } from './watch-stream';

const PAGE_SIZE = 100;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5000;

type Gate = Readonly<{ kind: WatchedKind; gate: KindGate }>;

/**
 * The namespaces that a label selector chooses, as they come and go, and the gates that let only their objects through.
 * Of a namespace that is chosen later, sources go in before the workloads that look at them.
 */
export class NamespaceSelection implements WatchHandler {
  readonly #chosen = new Set<string>();
  #gates: readonly Gate[] = [];
  readonly #stopping = new AbortController();
  readonly #troubles = new Map<string, string>();
  readonly whenKnown: Promise<void>;
  #seen = new Set<string>();
  #isKnown = false;
  #announce: () => void = () => undefined;

  constructor(
    private readonly filter: WatchFilter,
    private readonly parts: WatchParts,
  ) {
    this.whenKnown = new Promise((resolve) => (this.#announce = resolve));
  }

  /** The handler to watch with in the place of this one. Asked for before its watch begins, for sources first. */
  gate(kind: WatchedKind, handler: WatchHandler): WatchHandler {
    const gate = new KindGate(handler);
    this.#gates = [...this.#gates, { kind, gate }];
    for (const name of this.#chosen) gate.open(name);
    return gate;
  }

  /** The watch of this kind has ended. */
  forget(kind: WatchedKind): void {
    this.#gates = this.#gates.filter((one) => one.kind !== kind);
  }

  /** Why a chosen namespace is not complete; null when all are. */
  error(): string | null {
    return this.#troubles.values().next().value ?? null;
  }

  stop(): void {
    this.#stopping.abort();
  }

  listing(): void {
    this.#seen = new Set();
  }

  upsert({ metadata: { name } }: KubeObject): void {
    this.#seen.add(name);
    if (this.#chosen.has(name) || this.filter.ignoredNamespaces.includes(name)) return;
    this.#chosen.add(name);
    if (this.#isKnown) void this.#admit(name);
    else for (const { gate } of this.#gates) gate.open(name);
  }

  gone({ metadata: { name } }: KubeObject): void {
    if (!this.#chosen.delete(name)) return;
    this.#troubles.delete(name);
    for (const { gate } of [...this.#gates].reverse()) gate.close(name);
  }

  synced(): void {
    for (const name of [...this.#chosen]) if (!this.#seen.has(name)) this.gone({ metadata: anonymous(name) });
    this.#isKnown = true;
    this.#announce();
  }

  async #admit(namespace: string): Promise<void> {
    for (const { kind, gate } of this.#gates) {
      for (let tries = 0; this.#isWanted(namespace); tries++) {
        const why = await this.#tryAdmit(namespace, kind, gate);
        if (why === null) break;
        this.#troubles.set(namespace, why);
        if (tries === 0) this.parts.observer.trouble('Namespace', why);
        const waitMs = Math.min(FIRST_RETRY_MS * 2 ** tries, LONGEST_RETRY_MS);
        await sleep(waitMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      }
    }
    this.#troubles.delete(namespace);
  }

  #isWanted(namespace: string): boolean {
    return this.#chosen.has(namespace) && !this.#stopping.signal.aborted;
  }

  /** Why it did not work; null when it did. */
  async #tryAdmit(namespace: string, kind: WatchedKind, gate: KindGate): Promise<string | null> {
    try {
      await gate.admit(namespace, () => this.#list(kind, namespace));
      return null;
    } catch (error) {
      return `${kind} of namespace ${namespace}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  async #list(kind: WatchedKind, namespace: string): Promise<readonly KubeObject[]> {
    const path = collectionPath(kind, namespace);
    if (kind === 'Secret' && this.filter.secretsMetadataOnly)
      return listByWatch({ kind, path, metadataOnly: true, ...selectorsFor(kind, this.filter) }, this.parts);
    const found: KubeObject[] = [];
    let token: string | null = null;
    do {
      const query = { ...selectorsFor(kind, this.filter), limit: PAGE_SIZE, continue: token ?? undefined };
      const answer = await this.parts.client.request({ verb: 'GET', path, query });
      if (!answer.ok) throw new KubeRequestError(`GET ${path}`, answer.failure);
      const page = readList(answer.value);
      if (page === null) throw new Error('the answer is no list of objects');
      found.push(...page.items);
      token = page.next;
    } while (token !== null);
    return found;
  }
}

const anonymous = (name: string): KubeObject['metadata'] => ({ name, uid: '', resourceVersion: '' });
