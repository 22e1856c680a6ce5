import fc from 'fast-check';
import { NO_TRIGGERS, type Triggers, withAbsence } from './absence';
import { RECORDED } from './first-sight';
import { type Baseline, type Fingerprint, reckon, type Reckoning } from './reckon';

const fingerprint: Fingerprint = {
  keyId: 'kaaaaaa',
  absent: 'kaaaaaa:absent',
  of: (sources) => `kaaaaaa:${JSON.stringify(Object.entries(sources).sort())}`,
};
const BOTH: Triggers = { onCreate: true, onDelete: true };
const NEITHER = NO_TRIGGERS;

/** What the source is: some content, or nothing. */
type State = 'A' | 'B' | null;
type Step = State | 'restart' | 'look';

/** One workload that names one source; what it runs is what the source was at first sight or at its last restart. */
class World {
  #recorded: Baseline | undefined;
  #now: State;
  #base: State;
  /** The last content that it ran; as it counts where absence is no state. */
  #content: State;

  constructor(
    first: State,
    private readonly triggers: Triggers,
    private readonly byPattern: boolean,
  ) {
    [this.#now, this.#base, this.#content] = [first, first, first];
    this.look();
  }

  look(): Reckoning {
    const isMember = this.#now !== null || !this.byPattern || this.#recorded?.sources['Secret/s'] !== undefined;
    const revision = this.#now === null ? null : `kaaaaaa:${this.#now}`;
    const member = { key: 'Secret/s', revision, byPattern: this.byPattern, contentVersion: '1', changedAt: null };
    const carried = { uid: 'u', resourceVersion: '1', stamp: null, mark: null, createdAt: null };
    const now = { ...carried, members: isMember ? [member] : [], fresh: null, complete: true, triggers: this.triggers };
    const patterns = this.byPattern ? 's.*' : null;
    const reckoning = reckon({ ...now, patterns, firstSight: RECORDED, markedAfter: '' }, this.#recorded, fingerprint);
    this.#recorded = reckoning.record;
    return reckoning;
  }

  play(step: Step): void {
    if (step === 'restart') {
      const { wanted } = this.look();
      this.#recorded = { uid: 'u', mark: null, sources: wanted, previous: null, patterns: this.#recorded?.patterns };
      [this.#base, this.#content] = [this.#now, this.#now ?? this.#content];
    } else if (step !== 'look') {
      this.#now = step;
      this.#content ??= step;
    }
    this.look();
  }

  /** Whether its pods run something else than there is. */
  isBehind(): boolean {
    if (this.triggers === BOTH) return this.#now !== this.#base;
    return this.#now !== null && this.#now !== this.#content;
  }
}

const steps = fc.array(fc.constantFrom<Step>('A', 'B', null, 'restart', 'look'), { maxLength: 12 });
const first = fc.constantFrom<State>('A', 'B', null);

describe('over any history of a source', () => {
  it.each([
    ['agent 148, 152: with both triggers its absence is a state like a content', BOTH, false],
    ['agent 148, 152: that only a pattern names, too', BOTH, true],
    ['agent 150, 154: with neither only its contents are compared', NEITHER, false],
  ])('%s', (_title, triggers, byPattern) => {
    fc.assert(
      fc.property(first, steps, (start, history) => {
        const world = new World(start, triggers, byPattern);
        for (const step of history) {
          world.play(step);
          const { want, have } = world.look();
          expect(want !== have).toBe(world.isBehind());
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what is recorded of a source that is not there', () => {
  const { absent } = fingerprint;
  const S = 'Secret/s';
  const CREATE: Triggers = { onCreate: true, onDelete: false };
  const DELETE: Triggers = { onCreate: false, onDelete: true };

  it.each<[string, Triggers, boolean, string | undefined, string | undefined]>([
    ['its absence, where coming counts', CREATE, false, undefined, absent],
    ['nothing, where only going counts', DELETE, false, undefined, undefined],
    ['nothing, where neither does', NEITHER, false, undefined, undefined],
    ['its absence still, where going counts', DELETE, false, absent, absent],
    ['nothing more, where neither does', NEITHER, false, absent, undefined],
    ['its last content, where neither does', NEITHER, false, 'kaaaaaa:A', 'kaaaaaa:A'],
    ['its absence instead, where only coming counts', CREATE, false, 'kaaaaaa:A', absent],
    ['nothing, where only a pattern names it', CREATE, true, undefined, undefined],
    ['nothing more, where only a pattern names it', BOTH, true, absent, undefined],
  ])('is %s', (...[, triggers, byPattern, before, after]) => {
    const now = { members: [{ key: S, revision: null, byPattern }], triggers, patterns: null };
    const known = before === undefined ? {} : { [S]: before };
    expect(withAbsence(now, { known, patterns: undefined }, absent)[S]).toBe(after);
  });
});
