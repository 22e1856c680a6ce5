import { policyOf, rolloutOf, START } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import { newRollout, type NewRollout, waveOrder } from './create';

const rules = rulesOf('new\nwave only c01');
const { cause } = rolloutOf(rules);
const input = (start: 'auto' | 'manual', trigger: 'change' | 'manual', draft: boolean | null): NewRollout => ({
  ...{ id: 'r9', policy: { name: 'test', version: 1 }, spec: { ...policyOf(rules), start } },
  ...{ cause: { ...cause, trigger }, plan: { waves: [] }, planHash: 'h', draft, lineage: 3, at: START },
});

describe('a new rollout', () => {
  const BY_POLICY = 'the policy has rollouts started by a person: use start';
  it.each([
    ['auto', 'change', null, 'Queued', ''],
    ['manual', 'change', null, 'Draft', BY_POLICY],
    ['manual', 'manual', null, 'Queued', ''],
    ['auto', 'change', true, 'Draft', 'it was planned anew: use start'],
    ['manual', 'change', false, 'Queued', ''],
  ] as const)('of a policy with start: %s, by a %s, draft: %s, is %s', (...row) => {
    const [start, trigger, draft, phase, message] = row;
    const reason = phase === 'Draft' ? 'NotStarted' : '';
    expect(newRollout(input(start, trigger, draft))).toMatchObject({ phase, reason, message });
  });

  it('has waves without parts for what the policy does not ask for', () => {
    const [plain, gated] = rolloutOf(rulesOf('new\nwave one c01\nwave two c02 ramp=1x2\nbefore approval')).waves;
    expect(Object.keys(gated ?? {}).filter((part) => !Object.keys(plain ?? {}).includes(part))).toEqual([
      'gates',
      'ramp',
    ]);
  });

  it('knows how many before it were superseded, if any were', () => {
    expect(newRollout({ ...input('auto', 'change', null), chain: 2 }).chain).toBe(2);
    expect(newRollout(input('auto', 'change', null))).not.toHaveProperty('chain');
  });
});

it.each([
  [[], '', ''],
  [['one'], 'Wave', 'waits for wave one'],
  [['one', 'two'], 'Wave', 'waits for wave one, two'],
])('a wave after %j waits: "%s"', (dependsOn, reason, message) => {
  expect(waveOrder(dependsOn)).toEqual({ reason, message });
});
