import { MINUTE, policyOf, rolloutOf, SECOND, START } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import type { Target } from './model';
import { ackDue, backoffMs, lostDue, stallOf } from './timing';

const rules = rulesOf('new ack=30s progress=4m lost=7m minReady=2m\nwave only c01');
const spec = policyOf(rules);
const target = rolloutOf(rules).targets.get('c01')!;
const sent = (dispatchedAt: number | null, heardAt: number | null): Target => ({
  ...{ ...target, dispatchedAt },
  permit: { sends: 1, sentAt: START, heardAt },
});

it('waits after a refusal: longer each time, up to five minutes', () => {
  expect([0, 1, 2, 3, 9, 10, 99].map(backoffMs)).toEqual([1000, 1000, 2000, 4000, 256_000, 300_000, 300_000]);
});

it('asks again for an acknowledgement, and counts an agent out of reach as lost, after the time of the policy', () => {
  expect(ackDue(sent(START, null), spec)).toBe(START + 30 * SECOND);
  expect(lostDue(START, spec)).toBe(START + 7 * MINUTE);
});

it.each<[string, number | null, number | null, number]>([
  ['it was sent', START + 5, null, START + 5],
  ['the agent spoke last', START + 5, START + 9, START + 9],
  ['it was sent again', START + 9, START + 5, START + 9],
])(
  'has patience from when %s: for all that a restart and its proof may take',
  (_what, dispatchedAt, heardAt, since) => {
    const patience = 4 * MINUTE + 30 * SECOND + 2 * MINUTE + MINUTE;
    expect(stallOf(sent(dispatchedAt, heardAt), spec)).toEqual({
      ...{ resendAt: since + patience, failAt: since + 2 * patience },
    });
  },
);
