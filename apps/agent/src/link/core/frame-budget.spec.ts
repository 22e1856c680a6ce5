import { FrameBudget, MAX_BATCH_BYTES } from './frame-budget';

const taken = (budget: FrameBudget, ...sizes: number[]) => sizes.map((bytes) => budget.take(bytes));

describe('a frame', () => {
  it('takes as many items as it may', () => {
    expect(taken(new FrameBudget(2, 100), 1, 1, 1)).toEqual([true, true, false]);
  });

  it('takes as many bytes as it may, and goes on with what is small enough', () => {
    expect(taken(new FrameBudget(9, 100), 60, 41, 40, 1)).toEqual([true, false, true, false]);
  });

  it('takes its first item however large that is', () => {
    expect(taken(new FrameBudget(0, 10), 11, 1)).toEqual([true, false]);
  });

  it('has half of what the hub accepts in one message', () => {
    expect(MAX_BATCH_BYTES).toBe(131_072);
  });
});
