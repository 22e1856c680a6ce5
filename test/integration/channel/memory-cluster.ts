import { createHash } from 'node:crypto';
import { objectKey } from '@app/contracts/objects';
import type { ClusterWarning } from '@app/contracts/wire/agent-messages';
import { PROTOCOL } from '@app/contracts/wire/envelope';
import { factIn, type SourceFact, type WorkloadFact } from '@app/contracts/wire/facts';
import type { Inventory, InventoryChange } from '../../../apps/agent/src/inventory/inventory.port';
import type { KubeStore } from '../../../apps/agent/src/kube/store.port';

/** An inventory that a spec writes to; changes are announced once per turn of the event loop. */
export class MemoryInventory implements Inventory {
  readonly #sources = new Map<string, SourceFact>();
  readonly #workloads = new Map<string, WorkloadFact>();
  readonly #listeners: ((change: InventoryChange) => void)[] = [];
  #warnings: readonly ClusterWarning[] = [];
  #changed: { sources: Set<string>; workloads: Set<string> } | null = null;

  /** Told with the next news. */
  warn(...warnings: readonly ClusterWarning[]): void {
    this.#warnings = warnings;
    this.#announce('workloads', '');
  }

  setWorkload(fact: WorkloadFact): void {
    this.#workloads.set(objectKey(fact), fact);
    this.#announce('workloads', objectKey(fact));
  }

  removeWorkload(key: string): void {
    this.#workloads.delete(key);
    this.#announce('workloads', key);
  }

  setSource(fact: SourceFact): void {
    this.#sources.set(objectKey(fact), fact);
    this.#announce('sources', objectKey(fact));
  }

  ready = (): boolean => true;
  whenReady = (): Promise<void> => Promise.resolve();
  sources = (): Iterable<SourceFact> => this.#sources.values();
  workloads = (): Iterable<WorkloadFact> => this.#workloads.values();
  source = (key: string): SourceFact | undefined => this.#sources.get(key);
  workload = (key: string): WorkloadFact | undefined => this.#workloads.get(key);
  pendingCount = (): number => 0;
  warnings = (): readonly ClusterWarning[] => this.#warnings;

  digest(proto: number = PROTOCOL.max): string {
    const all = [...this.#sources.values(), ...this.#workloads.values()];
    const facts = all.map((fact) => JSON.stringify(factIn(fact, proto))).sort();
    return createHash('sha256').update(facts.join('\n')).digest('base64url');
  }

  onChange(listener: (change: InventoryChange) => void): void {
    this.#listeners.push(listener);
  }

  #announce(sort: keyof InventoryChange, key: string): void {
    if (!this.#changed) {
      this.#changed = { sources: new Set(), workloads: new Set() };
      setImmediate(() => {
        const { sources, workloads } = this.#changed ?? { sources: [], workloads: [] };
        this.#changed = null;
        for (const listener of this.#listeners) listener({ sources: [...sources], workloads: [...workloads] });
      });
    }
    if (key !== '') this.#changed[sort].add(key);
  }
}

/** The agent's own objects, kept in memory: Secrets by name. */
export class MemoryKubeStore implements KubeStore {
  readonly secrets = new Map<string, Record<string, Buffer>>();

  constructor(readonly uid: string) {}

  readConfigMaps = (): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> => Promise.resolve(new Map());
  writeConfigMap = (): Promise<void> => Promise.resolve();
  cluster = (): Promise<Readonly<{ uid: string; version: string }>> =>
    Promise.resolve({ uid: this.uid, version: 'v1.36.0' });

  readSecret(name: string): Promise<Readonly<Record<string, Buffer>> | null> {
    return Promise.resolve(this.secrets.get(name) ?? null);
  }

  createSecret(name: string, data: Readonly<Record<string, Buffer>>): Promise<Readonly<Record<string, Buffer>>> {
    const present = this.secrets.get(name) ?? { ...data };
    this.secrets.set(name, present);
    return Promise.resolve(present);
  }

  updateSecret(name: string, data: Readonly<Record<string, Buffer>>): Promise<void> {
    this.secrets.set(name, { ...this.secrets.get(name), ...data });
    return Promise.resolve();
  }
}

const revision = (seed: string): string =>
  `k0a1b2c:${createHash('sha256').update(seed).digest('base64url').slice(0, 22)}`;

export const workloadFact = (name: string, change: Partial<WorkloadFact> = {}): WorkloadFact => ({
  kind: 'Deployment',
  namespace: 'shop',
  name,
  uid: `uid-${name}`,
  labels: { app: name },
  state: 'Current',
  reason: '',
  message: '',
  want: revision(name),
  have: revision(name),
  proof: 'exact',
  sources: [{ kind: 'Secret', name: 'db', revision: revision('db'), haveRevision: revision('db') }],
  pods: { desired: 1, updated: 1, ready: 1 },
  ...change,
});

export const sourceFact = (name: string, seed = name): SourceFact => ({
  kind: 'Secret',
  namespace: 'shop',
  name,
  revision: revision(seed),
  labels: {},
  changedAt: null,
});
