import { parsePolicy } from '@app/contracts/policy/parse';
import { BUILTIN_POLICY } from './builtin';

it('the policy that holds where nobody wrote one is a canary, and gives way to every other', () => {
  const parsed = parsePolicy(BUILTIN_POLICY.document);
  expect(parsed).toMatchObject({ ok: true, policy: { name: BUILTIN_POLICY.name, priority: -1_000_000 } });
  expect(BUILTIN_POLICY.name).toBe('default');
  expect(parsed.ok && parsed.policy.waves).toHaveLength(3);
});
