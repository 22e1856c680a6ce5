import fc from 'fast-check';
import type { Target } from './model';
import { Targets } from './targets';

const target = (cluster: string, message: string): Target => ({
  ...{ cluster, wave: 'w', phase: 'Pending', reason: '', message, until: null, attempt: 0, expected: null },
  ...{ dispatchedAt: null, lostAt: null, finishedAt: null, restarts: [] },
});
const drawn = fc.tuple(fc.nat(150), fc.string({ maxLength: 2 })).map(([n, text]) => target(`c${n}`, text));

describe('targets of a rollout', () => {
  it('are what a map of them is, whatever changes, and what they were before stays as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.array(drawn, { maxLength: 80 }), { maxLength: 8 }), (changes) => {
        const map = new Map<string, Target>();
        let targets = Targets.of<Target>([]);
        const seen: (readonly [Targets<Target>, readonly Target[]])[] = [];
        for (const changed of changes) {
          targets = targets.with(changed);
          for (const each of changed) map.set(each.cluster, each);
          expect(targets.all()).toEqual([...map.values()]);
          seen.push([targets, targets.all()]);
        }
        expect(targets.size).toBe(map.size);
        expect(targets.clusters()).toEqual([...map.keys()]);
        for (const [cluster, each] of map) expect(targets.get(cluster)).toBe(each);
        for (const [then, all] of seen) expect(then.all()).toEqual(all);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('are found by names that every object has', () => {
    const targets = Targets.of([target('__proto__', 'a')]);
    expect(targets.get('__proto__')?.message).toBe('a');
    expect([targets.has('constructor'), targets.get('constructor')]).toEqual([false, undefined]);
  });
});
