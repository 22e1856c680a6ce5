import type { cancel, KeyRule, Permit } from '@app/contracts/wire/hub-messages';
import type { z } from 'zod';
import type { Inventory, KeyCounting } from '../inventory/inventory.port';
import type { HubLink, PermitHandler } from '../link/hub-link.port';
import type { Clock } from '../platform/clock';
import type { Order } from './core/order';
import type { GuardStore } from './guard-store';
import type { RestartService } from './restart.service';

const RETRY_MS = 2000;

export type PermitParts = Readonly<{
  inventory: Pick<Inventory, 'whenReady'> & KeyCounting;
  restarts: Pick<RestartService, 'submit' | 'open'>;
  guards: GuardStore;
  link: HubLink;
}>;

/** Turns the hub's permits into orders, and keeps what voids them. */
export class PermitService implements PermitHandler {
  #stopped = false;

  constructor(
    private readonly parts: PermitParts,
    private readonly clock: Clock,
    private readonly trouble: (what: string, error: unknown) => void,
  ) {}

  /** Reads the guards, then opens the link: a permit must not be judged without them. */
  async start(): Promise<void> {
    this.parts.inventory.countBy(null);
    if (!(await this.#loadGuards())) return;
    this.parts.link.start(this);
    await this.parts.inventory.whenReady();
    this.parts.restarts.open();
  }

  stop(): void {
    this.#stopped = true;
  }

  permit(permit: Permit, hubNow: () => number): void {
    this.obey(permit.hubEpoch);
    for (const order of ordersOf(permit)) this.parts.restarts.submit(order, hubNow, this.parts.link);
  }

  cancel({ rollout, fence }: z.infer<typeof cancel>): void {
    this.parts.guards.raiseFloor(rollout, fence);
  }

  keyRules(rules: readonly KeyRule[]): void {
    this.parts.inventory.countBy(rules);
  }

  maxHubEpochSeen(): number {
    return this.parts.guards.maxHubEpoch();
  }

  obey(hubEpoch: number): void {
    this.parts.guards.obey(hubEpoch);
  }

  async #loadGuards(): Promise<boolean> {
    while (!this.#stopped) {
      try {
        await this.parts.guards.load();
        return true;
      } catch (error) {
        this.trouble('what voids permits could not be read; no permit is obeyed until it is', error);
        await new Promise<void>((resolve) => this.clock.after(RETRY_MS, resolve));
      }
    }
    return false;
  }
}

/** A permit is one order per workload, the same one at each delivery. */
export function ordersOf(permit: Permit): readonly Order[] {
  const { rollout, attempt, causes, fence, hubEpoch } = permit;
  const terms = { fence, hubEpoch, notAfter: Date.parse(permit.notAfter) };
  return permit.restarts.map(({ permit: id, workload, uid, toRevision }) => ({
    id: `${id}#${attempt}`,
    permit: id,
    rollout,
    attempt,
    workload,
    uid,
    toRevision,
    causes,
    progressDeadlineMs: permit.progressDeadlineSeconds * 1000,
    ...(permit.minReadySeconds === undefined ? {} : { minReadyMs: permit.minReadySeconds * 1000 }),
    ...(permit.force === true ? { forced: true as const } : {}),
    terms,
  }));
}
