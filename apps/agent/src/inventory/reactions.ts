import { objectKey } from '@app/contracts/objects';
import type { Triggers } from './core/absence';
import { type LocalKey, localKey, plainKey } from './core/local-key';
import { hasPatterns, interestsOf, membersOf } from './core/membership';
import { optsIn } from './core/opt-in';
import type { Baseline } from './core/reckon';
import type { WorkloadRecord } from './core/records';
import { InterestIndex } from './interest-index';
import type { SourceTable } from './source-table';

/** From `Kind/name` to `Kind/namespace/name`. */
export function sourceKey(local: LocalKey, namespace: string): string {
  const [kind = '', name = ''] = local.split('/');
  return objectKey({ kind, namespace, name });
}

/** Which sources each workload reacts to, and which workloads have to be looked at when a source moves. */
export class Reactions {
  readonly #interest = new InterestIndex();
  readonly #used = new InterestIndex();

  /** `useMoved`: called for each source that a workload has begun or ceased to react to. */
  constructor(
    private readonly sources: SourceTable,
    private readonly triggers: Triggers,
    private readonly useMoved: (source: string) => void,
  ) {}

  /**
   * Works out anew what a workload reacts to. `recorded`: what is recorded under its key; of one that is `new`, not even
   * what went after it was written.
   */
  workOut(
    key: string,
    record: WorkloadRecord,
    { recorded, isNew }: Readonly<{ recorded: Baseline | undefined; isNew: boolean }>,
  ): readonly LocalKey[] {
    const { namespace } = record.ref;
    const remembered = new Set(recorded?.uid === record.uid ? Object.keys(recorded.sources).map(plainKey) : []);
    const since = isNew ? this.sources.goneSince(namespace, record.resourceVersion) : [];
    const gone = new Map(since.map(({ ref, marks }) => [localKey(ref.kind, ref.name), marks]));
    const members = optsIn(record.optIn)
      ? membersOf(record, this.sources.namespace(namespace), {
          keys: remembered,
          appearing: this.triggers.onCreate,
          gone,
        })
      : [];
    const watched = new Set([...interestsOf(record), ...members]);
    const interests = [...watched].map((local) => sourceKey(local, namespace));
    this.#interest.set(key, interests, hasPatterns(record) ? namespace : null);
    this.#use(key, namespace, members);
    return members;
  }

  /** The workload is gone. */
  forget(key: string, namespace: string): void {
    this.#interest.delete(key);
    this.#use(key, namespace, []);
  }

  /** The workloads to look at again when a source changes, comes or goes. */
  lookingAt(source: string, namespace: string): ReadonlySet<string> {
    return this.#interest.of(source, namespace);
  }

  /** Whether some workload reacts to this source. */
  isUsed(source: string): boolean {
    return this.#used.of(source, '').size > 0;
  }

  #use(workload: string, namespace: string, members: readonly LocalKey[]): void {
    const before = this.#used.interestsOf(workload);
    const now = members.map((local) => sourceKey(local, namespace));
    if (before.length === now.length && before.every((source, n) => source === now[n])) return;
    this.#used.set(workload, now, null);
    const [was, is] = [new Set(before), new Set(now)];
    for (const key of now) if (!was.has(key)) this.useMoved(key);
    for (const key of before) if (!is.has(key)) this.useMoved(key);
  }
}
