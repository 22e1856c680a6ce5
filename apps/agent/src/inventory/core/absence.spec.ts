import fc from 'fast-check';
import type { Triggers } from './absence';
import { type Baseline, type Fingerprint, reckon, type Reckoning } from './reckon';

const fingerprint: Fingerprint = {
  keyId: 'kaaaaaa',
  absent: 'kaaaaaa:absent',
  of: (sources) => `kaaaaaa:${JSON.stringify(Object.entries(sources).sort())}`,
};
const BOTH: Triggers = { onCreate: true, onDelete: true };
const NEITHER: Triggers = { onCreate: false, onDelete: false };

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
    const reckoning = reckon({ ...now, patterns: this.byPattern ? 's.*' : null }, this.#recorded, fingerprint);
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
