import type { Revision } from '@app/contracts/revision';
import type { BaselineStore } from './baseline-store';
import { isRuledAlike, type KeyRules } from './core/key-rules';
import { type LocalKey, plainKey } from './core/local-key';
import { memberSource } from './core/member-source';
import type { Fingerprint, MemberSource } from './core/reckon';
import type { SourceRecord, WorkloadRecord } from './core/records';
import { sourceKey } from './reactions';
import type { SourceTable } from './source-table';

/** Each is two revisions: a few hundred kilobytes. */
const MOST_WHOLES = 4096;

export type Membership = Readonly<{ key: string; record: WorkloadRecord; locals: readonly LocalKey[] }>;

/** The sources that a workload reacts to as they are now, each as far as its keys count. */
export class Members {
  #rules: KeyRules = [];
  /** Of sources of which only some keys count: the revision of all of them, by that of those. */
  readonly #wholes = new Map<Revision, Revision>();

  constructor(
    private readonly sources: SourceTable,
    private readonly baselines: Pick<BaselineStore, 'get'>,
    private readonly fingerprint: Fingerprint,
  ) {}

  countBy(rules: KeyRules): void {
    this.#rules = rules;
  }

  /** Of one that is new: also what was there before its sources changed, or went, lately. */
  of(membership: Membership, isNew: boolean): readonly MemberSource[] {
    const { namespace } = membership.record.ref;
    return this.#look(membership).map((member) => {
      const isWhole = member.key === plainKey(member.key);
      return isWhole ? { ...member, ...this.sources.lately(sourceKey(member.key, namespace), isNew) } : member;
    });
  }

  /** What has been recorded since lets other rules begin. */
  areOthers(membership: Membership, members: readonly MemberSource[]): boolean {
    if (!this.#isRuled) return false;
    return this.#look(membership).some((member, n) => member.key !== members[n]?.key);
  }

  /** Another rule may be for this version of a source than for the one before. */
  isRuledAnew(before: SourceRecord | undefined, now: SourceRecord): boolean {
    return this.#isRuled && !isRuledAlike(before, now);
  }

  get #isRuled(): boolean {
    return this.#rules !== null && this.#rules.length > 0;
  }

  #look({ key, record, locals }: Membership): readonly MemberSource[] {
    const baseline = this.baselines.get(key);
    const counting = {
      rules: this.#rules,
      recorded: baseline?.uid === record.uid ? baseline : undefined,
      wholes: this.#wholes,
      fingerprint: this.fingerprint,
    };
    const sourceOf = (local: LocalKey): SourceRecord | undefined =>
      this.sources.get(sourceKey(local, record.ref.namespace));
    const members = locals.map((local) => memberSource(local, record, sourceOf(local), counting));
    for (const { revision, whole } of members) if (revision !== null && whole?.now) this.#keep(revision, whole.now);
    return members;
  }

  #keep(part: Revision, whole: Revision): void {
    if (this.#wholes.size >= MOST_WHOLES && !this.#wholes.has(part)) this.#wholes.clear();
    this.#wholes.set(part, whole);
  }
}
