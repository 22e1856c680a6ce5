import type {
  ActiveHold,
  ClusterNow,
  FleetNow,
  Ran,
  UnderWay,
  WorkloadNow,
} from '../../../apps/hub/src/rollout/core/fleet-now';
import type { Instant } from '../../../apps/hub/src/rollout/core/model';
import type { WindowHere } from '../../../apps/hub/src/windows/core/windows-here';
import { keyNamed, NEW, OLD, orderOf } from './fixtures';

/** What the hub would know of a fleet: plain facts that a test sets and the engine reads. */
export class FleetFacts {
  private readonly clusters = new Map<string, ClusterNow>();
  private edits = 0;
  private latest: FleetNow | null = null;
  private ahead: readonly UnderWay[] = [];

  constructor(names: readonly string[], workloads: readonly string[]) {
    for (const name of names) this.add(name, workloads);
  }

  /** A cluster on line whose workloads all still run the old content while the source holds the new one. */
  add(name: string, workloads: readonly string[]): void {
    const facts = workloads.map((text): [string, WorkloadNow] => {
      const key = keyNamed(orderOf(text).name);
      return [key, { uid: `uid-${orderOf(text).name}`, ignored: false, want: NEW, have: OLD, source: NEW, had: OLD }];
    });
    this.edited();
    this.clusters.set(name, {
      connection: 'online',
      offlineSince: null,
      toldAt: Infinity,
      drained: false,
      holds: [],
      windows: [],
      workloads: Object.fromEntries(facts),
    });
  }

  /** A rollout of a policy that may come first; or what has become of it. */
  begun(rollout: UnderWay): void {
    this.through(rollout.id);
    this.ahead = [...this.ahead, rollout];
  }

  /** It is over. */
  through(id: string): void {
    this.edited();
    this.ahead = this.ahead.filter((each) => each.id !== id);
  }

  /** Nothing is known of it any more. */
  forget(name: string): void {
    this.edited();
    this.clusters.delete(name);
  }

  update(name: string, patch: Partial<ClusterNow>): void {
    this.edited();
    this.clusters.set(name, { ...this.of(name), ...patch });
  }

  setWorkload(name: string, workload: string, patch: Partial<WorkloadNow>): void {
    this.putWorkload(name, workload, { ...this.workload(name, workload), ...patch });
  }

  /** Another rollout restarts it; null: none does. */
  lock(name: string, workload: string, rollout: string | null): void {
    const { lockedBy: _before, ...now } = this.workload(name, workload);
    this.putWorkload(name, workload, rollout === null ? now : { ...now, lockedBy: rollout });
  }

  /** Rollout r9 is through with it and has brought it what it should run. @returns that. */
  unlock(name: string, workload: string, { outcome, at }: Pick<Ran, 'outcome' | 'at'>): string {
    this.lock(name, workload, null);
    const now = this.workload(name, workload);
    const revision = now.want ?? NEW;
    this.putWorkload(name, workload, { ...now, have: revision, ran: { rollout: 'r9', revision, outcome, at } });
    return revision;
  }

  private workload(name: string, workload: string): WorkloadNow {
    const now = this.of(name).workloads[keyNamed(workload)];
    if (now === undefined) throw new Error(`no workload ${workload} in ${name}`);
    return now;
  }

  private putWorkload(name: string, workload: string, now: WorkloadNow): void {
    this.update(name, { workloads: { ...this.of(name).workloads, [keyNamed(workload)]: now } });
  }

  removeWorkload(name: string, workload: string): void {
    const kept = Object.entries(this.of(name).workloads).filter(([key]) => key !== keyNamed(workload));
    this.update(name, { workloads: Object.fromEntries(kept) });
  }

  offline(name: string, since: Instant): void {
    this.update(name, { connection: 'offline', offlineSince: since });
  }

  /** Back, and its agent has told where it stands. */
  online(name: string): void {
    this.update(name, { connection: 'online', offlineSince: null, toldAt: Infinity });
  }

  /** Out of reach, and what is known of it is from before. */
  absent(name: string, workloads: readonly string[], since: Instant): void {
    this.offline(name, since);
    for (const text of workloads) this.setWorkload(name, orderOf(text).name, { want: OLD, source: OLD });
    this.update(name, { toldAt: since });
  }

  hold(name: string, hold: ActiveHold): void {
    this.update(name, { holds: [...this.of(name).holds, hold] });
  }

  unhold(name: string, id: string): void {
    this.update(name, { holds: this.of(name).holds.filter((hold) => hold.id !== id) });
  }

  window(name: string, window: WindowHere): void {
    const others = this.of(name).windows.filter((each) => each.name !== window.name);
    this.update(name, { windows: [...others, window] });
  }

  of(name: string): ClusterNow {
    const cluster = this.clusters.get(name);
    if (cluster === undefined) throw new Error(`no cluster ${name}`);
    return cluster;
  }

  has(name: string): boolean {
    return this.clusters.has(name);
  }

  names(): readonly string[] {
    return [...this.clusters.keys()];
  }

  /** Rises with everything that is set. */
  get version(): number {
    return this.edits;
  }

  now(): FleetNow {
    this.latest ??= { clusters: Object.fromEntries(this.clusters), ahead: this.ahead };
    return this.latest;
  }

  private edited(): void {
    this.edits += 1;
    this.latest = null;
  }
}
