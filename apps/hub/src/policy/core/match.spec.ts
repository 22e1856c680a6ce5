import { parsePolicy } from '@app/contracts/policy/parse';
import { matchingPolicies } from './match';

const policy = (name: string, spec: object) => {
  const parsed = parsePolicy({
    apiVersion: 'fleet-reloader.io/v1',
    kind: 'RolloutPolicy',
    metadata: { name },
    spec: { rollout: 'all', ...spec },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { policy: parsed.policy };
};
const source = { ref: { kind: 'Secret', namespace: 'shop', name: 'db' } as const, labels: { tier: '0' } };
const cluster = { name: 'c1', labels: { env: 'prod' } };
const chosen = (...policies: ReturnType<typeof policy>[]) =>
  matchingPolicies(policies, source, cluster)[0]?.policy.name;

it('takes the highest priority, then the most constrained, then the first name', () => {
  expect(chosen(policy('a', {}), policy('b', { priority: 1 }))).toBe('b');
  expect(chosen(policy('a', {}), policy('b', { match: { clusters: 'env=prod' } }))).toBe('b');
  expect(chosen(policy('b', {}), policy('a', {}))).toBe('a');
});

it('takes only what matches source and cluster, and is enabled', () => {
  expect(chosen(policy('a', { match: { clusters: 'env=dev' } }))).toBeUndefined();
  expect(
    chosen(
      policy('a', {
        match: { sources: [{ kinds: ['ConfigMap'] }, { namespaces: ['shop'], labels: 'tier in (0,1)' }] },
      }),
    ),
  ).toBe('a');
  expect(chosen(policy('a', { match: { sources: [{ names: ['other'] }] } }))).toBeUndefined();
  expect(chosen(policy('a', { enabled: false }))).toBeUndefined();
});
