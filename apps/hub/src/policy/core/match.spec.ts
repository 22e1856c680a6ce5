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

it.each<[string, object, object]>([
  ['two ways of narrowing beat one', { sources: [{ kinds: ['Secret'], names: ['db'] }] }, { clusters: 'env=prod' }],
  ['rules count as the widest of them', { clusters: 'env=prod,env' }, { sources: [{ kinds: ['Secret'] }, whole()] }],
  ['labels of workloads count', { workloads: { labels: 'a=b', kinds: ['Job'] } }, { clusters: 'env=prod' }],
  [
    'each way of narrowing counts',
    { sources: [{ ...whole(), labels: undefined }] },
    { sources: [{ kinds: ['Secret'] }] },
  ],
  ['sources count', { sources: [{ kinds: ['Secret'] }] }, {}],
])('%s', (_rule, more, less) => {
  expect(chosen(policy('a', { match: less }), policy('b', { match: more }))).toBe('b');
  expect(chosen(policy('b', { match: less }), policy('a', { match: more }))).toBe('a');
});

it('takes the first name whatever the order in which equal policies come', () => {
  expect(chosen(policy('a', {}), policy('b', {}))).toBe('a');
  expect(chosen(policy('c', {}), policy('a', {}), policy('b', {}))).toBe('a');
});

function whole(): object {
  return { kinds: ['Secret'], namespaces: ['shop'], names: ['db'], labels: 'tier=0' };
}

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
