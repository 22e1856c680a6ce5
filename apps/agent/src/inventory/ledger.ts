import { parseObjectKey, sourceRef, type SourceRef } from '@app/contracts/objects';
import type { Revision } from '@app/contracts/revision';
import type { BaselineStore } from './baseline-store';
import type { Budgets } from './budgets';
import { type Detour, nextDetour, type Return } from './core/detour';
import { type Activity, ignoredFact, sourceFact, UNREAD, workloadFact } from './core/fact';
import { type Arrival, isLive } from './core/arrival';
import { type FirstSight, firstSightOf, RECORDED, reckoned } from './core/first-sight';
import { freshStart, isComplete } from './core/fresh-start';
import type { KeyRules } from './core/key-rules';
import type { LocalKey } from './core/local-key';
import { markedAfter } from './core/mark';
import { patternsOf } from './core/membership';
import { hasSameMarks, isSameToUsers, type SourceRecord, type WorkloadRecord } from './core/records';
import {
  type Baseline,
  type Fingerprint,
  type FreshStart,
  type MemberSource,
  reckon,
  type Reckoning,
  type Situation,
} from './core/reckon';
import type { Triggers } from './core/absence';
import type { FactBook } from './fact-book';
import { Members } from './members';
import { Reactions, sourceKey } from './reactions';
import { SourceTable } from './source-table';
import type { Applied, WorkloadLook } from './workbench.port';

type Entry = {
  record: WorkloadRecord;
  fresh: FreshStart | null;
  /** Keys of the sources it reacts to; null: to be worked out again. */
  membership: readonly LocalKey[] | null;
  look: WorkloadLook;
  activity: Activity | null;
  detour: Detour | null;
  firstSight: FirstSight;
  readonly markedAfter: string;
};

const NOTHING_KNOWN = { record: undefined, fresh: null, membership: null, activity: null, detour: null };

/**
 * Sources, workloads, and what follows for each: one change touches only the workloads that look at it.
 * Until `open` it only takes in; from then on every change is reckoned at once.
 */
export class Ledger {
  readonly sources = new SourceTable();
  readonly #workloads = new Map<string, Entry>();
  readonly #reactions: Reactions;
  readonly #members: Members;
  #budgets: Pick<Budgets, 'over'> | null = null;
  #whenBack: ((key: string, back: Return) => void) | null = null;
  #open = false;
  #whenNeeded: (ref: SourceRef) => void = () => undefined;

  constructor(
    private readonly baselines: BaselineStore,
    private readonly facts: FactBook,
    private readonly fingerprint: Fingerprint,
    private readonly triggers: Triggers,
  ) {
    this.#members = new Members(this.sources, baselines, fingerprint);
    this.#reactions = new Reactions(this.sources, triggers, (source) => this.#useMoved(source));
  }

  /**
   * Every object and every record is in: reckons all, and forgets what was recorded of workloads that are gone. Of
   * `awaited` kinds nobody knows yet which are.
   */
  open(awaited: readonly string[] = []): void {
    this.#open = true;
    this.#forget((key) => !awaited.some((kind) => key.startsWith(`${kind}/`)));
    for (const key of this.#workloads.keys()) this.#reckon(key);
  }

  /** Forgets what was recorded of workloads of a kind that are gone, now that all of that kind are known. */
  forgetGone(kind: string): void {
    this.#forget((key) => key.startsWith(`${kind}/`));
  }

  /** From now on what is told of a workload also says which budget holds its pods back. */
  follow(budgets: Budgets): void {
    this.#budgets = budgets;
    budgets.onChange((namespace) => {
      for (const [key, entry] of this.#workloads) {
        if (entry.record.ref.namespace === namespace) this.#tellWorkload(key, entry);
      }
    });
  }

  /** Which keys of sources count; null: nobody knows yet, and what was recorded goes on to count. */
  countBy(rules: KeyRules): void {
    this.#members.countBy(rules);
    for (const key of this.#workloads.keys()) this.#reckon(key);
  }

  /** Called for each source that has to be read before a workload can be reckoned. */
  onNeeded(listener: (ref: SourceRef) => void): void {
    this.#whenNeeded = listener;
  }

  /** Called for each workload whose sources went back to what it was started with; it counts as behind from then on. */
  onReturn(listener: (key: string, back: Return) => void): void {
    this.#whenBack = listener;
  }

  /** Whether some workload reacts to this source. */
  isUsed(key: string): boolean {
    return this.#reactions.isUsed(key);
  }

  putSource(key: string, record: SourceRecord): void {
    const before = this.sources.get(key);
    this.sources.set(record);
    const otherMarks = !hasSameMarks(before, record);
    if (otherMarks || !isSameToUsers(before, record) || this.#members.isRuledAnew(before, record))
      this.#sourceMoved(key, record.ref, otherMarks);
    this.#tellSource(key, record.ref);
  }

  /** `version`: of the deletion; empty where that was not seen. */
  removeSource(key: string, version = ''): void {
    const before = this.sources.get(key);
    if (!before) return;
    this.sources.delete(key, version);
    this.#sourceMoved(key, before.ref, true);
    this.#tellSource(key, before.ref);
  }

  record(key: string): WorkloadRecord | undefined {
    return this.#workloads.get(key)?.record;
  }

  look(key: string): WorkloadLook | undefined {
    return this.#workloads.get(key)?.look;
  }

  keysOf(kind: string): readonly string[] {
    return [...this.#workloads].filter(([, { record }]) => record.ref.kind === kind).map(([key]) => key);
  }

  /** What is live is the very next version after the one that is known. */
  putWorkload(key: string, record: WorkloadRecord, arrival: Arrival): void {
    const known = this.#workloads.get(key);
    const same = known?.record.uid === record.uid ? known : null;
    const before = same ?? NOTHING_KNOWN;
    const sameRules = before.record?.optIn === record.optIn && before.record.references === record.references;
    this.#workloads.set(key, {
      record,
      fresh: freshStart(before.record, record, isLive(arrival), before.fresh),
      membership: sameRules ? before.membership : null,
      look: { record, reckoning: null, members: [] },
      activity: before.activity,
      detour: before.detour,
      firstSight: same?.firstSight ?? firstSightOf(record.resourceVersion, arrival),
      markedAfter: markedAfter(same, record, isLive(arrival)),
    });
    this.#reckon(key);
  }

  removeWorkload(key: string): void {
    const entry = this.#workloads.get(key);
    if (!entry) return;
    this.#workloads.delete(key);
    this.#reactions.forget(key, entry.record.ref.namespace);
    if (this.#open) this.baselines.delete(key);
    this.facts.putWorkload(key, undefined);
  }

  setActivity(key: string, activity: Activity | null): void {
    const entry = this.#workloads.get(key);
    if (!entry) return;
    entry.activity = activity;
    this.#tellWorkload(key, entry);
  }

  endActivity(key: string, revision: Revision): void {
    if (this.#workloads.get(key)?.activity?.revision === revision) this.setActivity(key, null);
  }

  /** Records what a restart of ours brought; the new template itself arrives by `putWorkload`. */
  applied(key: string, { uid, mark, sources, previous }: Applied): void {
    if (this.#workloads.get(key)?.record.uid === uid)
      this.#record(key, { uid, mark, sources, previous }, mark !== null);
  }

  settle(key: string, uid: string, sources: Readonly<Record<LocalKey, Revision>>): void {
    const entry = this.#workloads.get(key);
    if (entry?.record.uid !== uid) return;
    this.#record(key, { uid, mark: entry.record.mark, sources, previous: null }, false);
    entry.fresh = null;
    this.#reckon(key);
  }

  /** The patterns stand as they were: it is reckoned next that they are looked at. */
  #record(key: string, baseline: Omit<Baseline, 'patterns'>, proven: boolean): void {
    const patterns = this.baselines.get(key)?.patterns;
    this.baselines.set(key, patterns === undefined ? baseline : { ...baseline, patterns }, proven);
  }

  /** The template itself tells what is recorded; of patterns it tells nothing. */
  #isProven(key: string, { stamp }: WorkloadRecord, { want, record }: Reckoning): boolean {
    return stamp === want && record?.patterns === this.baselines.get(key)?.patterns;
  }

  #forget(concerned: (key: string) => boolean): void {
    for (const key of [...this.baselines.keys()]) {
      if (!this.#workloads.has(key) && concerned(key)) this.baselines.delete(key);
    }
  }

  #sourceMoved(key: string, ref: SourceRef, membership: boolean): void {
    if (!this.#open) return;
    for (const workload of this.#reactions.lookingAt(key, ref.namespace)) {
      const entry = this.#workloads.get(workload);
      if (entry && membership) entry.membership = null;
      this.#reckon(workload);
    }
  }

  #reckon(key: string): void {
    const entry = this.#workloads.get(key);
    if (!entry || !this.#open) return;
    const { record } = entry;
    const members = this.#membersOf(key, entry);
    if (members === null) return;
    const patterns = this.triggers.onCreate ? patternsOf(record) : null;
    const back = members.length === 0 ? null : this.#compare(key, entry, { members, patterns });
    entry.firstSight = reckoned(entry.firstSight);
    if (back) return this.#doubt(key, record.uid, back);
    if (this.#members.areOthers({ key, record, locals: entry.membership ?? [] }, members)) return this.#reckon(key);
    if (members.length === 0) this.#leave(key, entry, patterns);
    this.#tellWorkload(key, entry);
  }

  /** It reacts to nothing. */
  #leave(key: string, entry: Entry, patterns: string | null): void {
    const { uid, mark } = entry.record;
    if (patterns === null) this.baselines.delete(key);
    else this.baselines.set(key, { uid, mark, sources: {}, previous: null, patterns });
    entry.look = { record: entry.record, reckoning: null, members: [] };
  }

  /** null: some have to be read first. */
  #membersOf(key: string, entry: Entry): readonly MemberSource[] | null {
    const { record, firstSight } = entry;
    const recorded = this.baselines.get(key);
    if (firstSight.isNow && recorded?.uid === record.uid) entry.firstSight = RECORDED;
    const { isNow: isNew } = entry.firstSight;
    entry.membership ??= this.#reactions.workOut(key, record, { recorded, isNew });
    if (this.#waits(key, entry, entry.membership)) return null;
    return this.#members.of({ key, record, locals: entry.membership }, isNew);
  }

  /** @returns that its sources went back, if somebody looks after such workloads. */
  #compare(key: string, entry: Entry, { members, patterns }: Pick<Situation, 'members' | 'patterns'>): Return | null {
    const { triggers, fingerprint } = this;
    const { record, fresh, firstSight, markedAfter: after } = entry;
    const complete = isComplete(record);
    const situation = { ...record, members, fresh, complete, triggers, patterns, firstSight, markedAfter: after };
    const reckoning = reckon(situation, this.baselines.get(key), fingerprint);
    if (entry.fresh) entry.fresh = { ...entry.fresh, sources: reckoning.started };
    if (reckoning.record) this.baselines.set(key, reckoning.record, this.#isProven(key, record, reckoning));
    entry.look = { record, reckoning, members };
    const { detour, back } = nextDetour(entry.detour, reckoning, members);
    entry.detour = detour;
    return this.#whenBack && hasLastingPods(record) ? back : null;
  }

  #doubt(key: string, uid: string, back: Return): void {
    this.settle(key, uid, back.wanted);
    this.#whenBack?.(key, back);
  }

  /** Asks for what has to be read first. Until it was, the workload stands as it stood. */
  #waits(key: string, { record, look }: Entry, membership: readonly LocalKey[]): boolean {
    const sources = membership.flatMap((local) => this.sources.get(sourceKey(local, record.ref.namespace)) ?? []);
    const unread = sources.filter(({ unread: isUnread, revision }) => isUnread && revision === null);
    for (const source of unread) this.#whenNeeded(source.ref);
    if (unread.length > 0 && !look.reckoning) this.facts.putWorkload(key, ignoredFact(record, UNREAD));
    return unread.length > 0;
  }

  /** What annotations name may be no name of any object. */
  #useMoved(key: string): void {
    const ref = sourceRef.safeParse(parseObjectKey(key));
    if (ref.success) this.#tellSource(key, ref.data);
  }

  #tellSource(key: string, ref: SourceRef): void {
    if (!this.#open) return;
    this.facts.putSource(key, this.isUsed(key) ? sourceFact(ref, this.sources.get(key)) : undefined);
  }

  #tellWorkload(key: string, { record, look, activity }: Entry): void {
    if (!this.#open) return;
    const { reckoning, members } = look;
    const fact = reckoning ? workloadFact(record, { reckoning, members }, activity) : ignoredFact(record);
    const { ref, podLabels, status } = record;
    const budget = this.#budgets?.over(ref.namespace, { kind: ref.kind, podLabels, desired: status.desired });
    this.facts.putWorkload(key, budget === undefined ? fact : { ...fact, budget });
  }
}

/** Of a Job the next pods are those of another one. */
const hasLastingPods = ({ ref, podSelector }: WorkloadRecord): boolean =>
  ref.kind !== 'Job' && ref.kind !== 'CronJob' && podSelector !== '';
