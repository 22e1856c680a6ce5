import { objectKey, type SourceRef } from '@app/contracts/objects';
import type { KubeObject } from '../kube/kube.port';
import type { Clock } from '../platform/clock';
import { behindMessage, type Claim, claimsOf } from './core/adoption';
import type { Inventory } from './inventory.port';
import { reloaderDigest } from './reloader-digest';
import type { Workbench } from './workbench.port';

export type AdoptionParts = Readonly<{
  inventory: Pick<Inventory, 'workloads' | 'whenReady'>;
  workbench: Workbench;
  /** null: it does not exist. Throws when the API server cannot be asked. */
  source: (ref: SourceRef) => Promise<KubeObject | null>;
  clock: Clock;
}>;

export type AdoptionHooks = Readonly<{
  /** Every mark was compared: so many workloads carried one, and so many of these run older content. */
  compared(marked: number, behind: number): void;
  /** Reloader restarted it last for other content than there is now. */
  behind(workload: string, message: string): void;
  trouble(what: string, error: unknown): void;
}>;

const RETRY_MS = 30_000;

/**
 * Reads what Reloader left in pod templates as evidence of what their pods run. It restarts nothing: what was there
 * when the agent came is a baseline. But a change that Reloader missed is told, and shown with the workload.
 */
export class Adoption {
  #stopped = false;
  #cancel: () => void = () => undefined;

  constructor(
    private readonly parts: AdoptionParts,
    private readonly hooks: AdoptionHooks,
  ) {}

  async start(): Promise<void> {
    await this.parts.inventory.whenReady();
    await this.#compare();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  async #compare(): Promise<void> {
    const { inventory, workbench } = this.parts;
    const claims = [...inventory.workloads()].flatMap((fact) => claimsOf(workbench.look(objectKey(fact))));
    if (claims.length === 0) return;
    try {
      const behind = await this.#behind(claims);
      const marked = new Set(claims.map(({ workload }) => workload));
      if (!this.#stopped) this.hooks.compared(marked.size, behind.size);
    } catch (error) {
      this.hooks.trouble('what Reloader left behind could not be compared', error);
      if (!this.#stopped) this.#cancel = this.parts.clock.after(RETRY_MS, () => void this.#compare());
    }
  }

  /** One source at a time: there is no hurry, and nothing may wait behind it. */
  async #behind(claims: readonly Claim[]): Promise<ReadonlySet<string>> {
    const behind = new Set<string>();
    for (const [key, ofSource] of bySource(claims)) {
      const first = ofSource[0];
      const object = first && !this.#stopped ? await this.parts.source(first.source) : null;
      if (!first || !object) continue;
      const digest = reloaderDigest(first.source.kind, object);
      for (const { workload, sha1 } of ofSource) {
        if (sha1 === digest) continue;
        behind.add(workload);
        this.#tell(workload, behindMessage(key));
      }
    }
    return behind;
  }

  #tell(workload: string, message: string): void {
    const { workbench } = this.parts;
    const look = workbench.look(workload);
    if (!look?.reckoning || look.record.stamp !== null) return;
    const { want } = look.reckoning;
    workbench.setActivity(workload, { state: 'Current', revision: want, reason: 'MissedByReloader', message });
    this.hooks.behind(workload, message);
  }
}

function bySource(claims: readonly Claim[]): ReadonlyMap<string, readonly Claim[]> {
  const groups = new Map<string, Claim[]>();
  for (const claim of claims) {
    const key = objectKey(claim.source);
    const group = groups.get(key);
    if (group) group.push(claim);
    else groups.set(key, [claim]);
  }
  return groups;
}
