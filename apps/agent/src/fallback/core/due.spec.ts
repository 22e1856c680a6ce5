import { isDue } from './due';

const WAITED = { outOfTouchMs: 60_000, pendingMs: 60_000, coalesceMs: 1000 };
const due = (choice: Parameters<typeof isDue>[0], waited: Partial<typeof WAITED> = {}) =>
  isDue(choice, { ...WAITED, ...waited });

it('a change that is to be held waits for the hub, however long', () => {
  expect(due({ kind: 'hold' }, { outOfTouchMs: 1e12, pendingMs: 1e12 })).toBe(false);
});

it('a change that is not to wait does so for a moment, in which a hub may start anew and more may follow', () => {
  const at = (outOfTouchMs: number, pendingMs: number) => due({ kind: 'immediate' }, { outOfTouchMs, pendingMs });
  expect([at(5000, 1000), at(4999, 1000), at(5000, 999)]).toEqual([true, false, false]);
});

it('a change that may wait for the hub does so until both the silence and the change are old enough', () => {
  const at = (outOfTouchMs: number, pendingMs: number, coalesceMs = 1000) =>
    due({ kind: 'fallback', afterMs: 30_000 }, { outOfTouchMs, pendingMs, coalesceMs });
  expect([at(30_000, 30_000), at(29_999, 30_000), at(30_000, 29_999)]).toEqual([true, false, false]);
  expect([at(30_000, 40_000, 40_000), at(30_000, 39_999, 40_000)]).toEqual([true, false]);
});
