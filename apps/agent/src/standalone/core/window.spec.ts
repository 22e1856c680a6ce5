import { refusedRetryMs, waitMs } from './window';

it('the window is one after the last change, and ends at last when changes never do', () => {
  expect(waitMs(0, 0, { coalesceMs: 1000 })).toBe(1000);
  expect(waitMs(0, 29_500, { coalesceMs: 1000 })).toBe(500);
  expect(waitMs(0, 99_000, { coalesceMs: 1000 })).toBe(0);
});

it('a write that is refused is tried less and less often, and every ten minutes in the end', () => {
  expect([1, 2, 3, 5, 6, 50].map(refusedRetryMs)).toEqual([30_000, 60_000, 120_000, 480_000, 600_000, 600_000]);
});
