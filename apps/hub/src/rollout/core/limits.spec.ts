import { policyOf } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import { concurrencyOf, deferredOf, failuresOf } from './limits';

it('clusters at a time in percent are rounded down, and are at least one; more than there are is all of them', () => {
  expect([0, 3, 10, 19, 20].map((planned) => concurrencyOf({ percent: 10 }, planned))).toEqual([1, 1, 1, 1, 2]);
  expect([concurrencyOf({ count: 5 }, 3), concurrencyOf({ count: 5 }, 8)]).toEqual([3, 5]);
});

it('failures and deferred clusters that are tolerated are rounded down, to none where that is less than one', () => {
  const limit = { count: 0, percent: 10 };
  expect([9, 19, 20].map((planned) => failuresOf(limit, planned))).toEqual([0, 1, 2]);
  expect([9, 2].map((planned) => failuresOf({ count: 3, percent: 10 }, planned))).toEqual([3, 2]);
  const policy = policyOf(rulesOf('new maxDeferred=10%\nwave only c01'));
  expect([9, 19, 20].map((planned) => deferredOf(policy, planned))).toEqual([0, 1, 2]);
});
