import { parsePolicy } from '@app/contracts/policy/parse';
import { keyRulesFor } from './key-rules';

const policy = (name: string, spec: object) => {
  const parsed = parsePolicy({
    ...{ apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata: { name } },
    spec: { rollout: 'all', ...spec },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { policy: parsed.policy };
};
const cluster = { name: 'c1', labels: { env: 'prod' } };
const META = { coalesce: { ignoreKeys: ['meta.*', 'a', 'a'] } };

it('are all policies that are for the cluster, the first one first', () => {
  const match = { sources: [{ kinds: ['Secret'], labels: 'tier in (0,1)' }], workloads: { kinds: ['Job'] } };
  const policies = [
    policy('usual', {}),
    policy('first', { priority: 1, match, ...META }),
    policy('off', { enabled: false, ...META }),
    policy('dev', { match: { clusters: 'env=dev' }, ...META }),
  ];
  const tier = { key: 'tier', op: 'in', values: ['0', '1'] };
  expect(keyRulesFor(policies, cluster)).toEqual([
    {
      policy: 'first',
      sources: [{ kinds: ['Secret'], namespaces: null, names: null, labels: [tier] }],
      workloads: { kinds: ['Job'], labels: null },
      ignoreKeys: ['a', 'meta.*'],
    },
    { policy: 'usual', sources: null, workloads: null, ignoreKeys: [] },
  ]);
});

it('are none where every key counts anyway', () => {
  expect(
    keyRulesFor([policy('usual', {}), policy('dev', { match: { clusters: 'env=dev' }, ...META })], cluster),
  ).toEqual([]);
});

it('leave out names that no object has', () => {
  const names = ['db', 'x'.repeat(254)];
  const [rule] = keyRulesFor([policy('p', { match: { sources: [{ names }] }, ...META })], cluster);
  expect(rule?.sources?.[0]?.names).toEqual(['db']);
});
