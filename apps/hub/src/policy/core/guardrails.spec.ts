import { parsePolicy } from '@app/contracts/policy/parse';
import { type GuardedPart, guardrailsOf } from './guardrails';

function policy(name: string, spec: object = {}) {
  const metadata = { name };
  const parsed = parsePolicy({
    ...{ apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata },
    spec: { rollout: 'all', ...spec },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
}
const PART: GuardedPart = {
  sources: [{ ref: { kind: 'Secret', namespace: 'shop', name: 'db' }, labels: { tier: '0' } }],
  cluster: { name: 'c1', labels: { env: 'prod' } },
  workloads: [
    { ref: { kind: 'Deployment', namespace: 'shop', name: 'web' }, labels: { app: 'web' } },
    { ref: { kind: 'StatefulSet', namespace: 'shop', name: 'db' }, labels: { app: 'db' } },
  ],
};
const own = policy('own', { priority: 5 });
const names = (part: GuardedPart, ...others: ReturnType<typeof policy>[]) =>
  guardrailsOf([own, ...others], own, part).map(({ name }) => name);

it('takes the own policy and every enabled one that matches, whatever its priority', () => {
  expect(names(PART, policy('low', { priority: -9 }), policy('off', { enabled: false }))).toEqual(['own', 'low']);
  const prod = policy('prod', {
    match: { clusters: 'env=prod', sources: [{ namespaces: ['shop'], labels: 'tier=0' }] },
  });
  const dev = policy('dev', { match: { clusters: 'env=dev' } });
  const pay = policy('pay', { match: { sources: [{ namespaces: ['payments'] }] } });
  expect(names(PART, prod, dev, pay)).toEqual(['own', 'prod']);
});

it('takes a policy that is for one of several sources', () => {
  const mail = { ref: { kind: 'Secret', namespace: 'shop', name: 'mail' }, labels: { tier: '1' } } as const;
  const first = policy('first', { match: { sources: [{ labels: 'tier=0' }] } });
  const none = policy('none', { match: { sources: [{ labels: 'tier=2' }] } });
  expect(names({ ...PART, sources: [...PART.sources, mail] }, first, none)).toEqual(['own', 'first']);
});

it('takes a policy for some workloads when one of those restarts', () => {
  const sets = policy('sets', { match: { workloads: { kinds: ['StatefulSet'], labels: 'app=db' } } });
  const jobs = policy('jobs', { match: { workloads: { kinds: ['CronJob'] } } });
  expect(names(PART, sets, jobs)).toEqual(['own', 'sets']);
});

it('without a source goes by the namespaces of the workloads', () => {
  const shop = policy('shop', { match: { sources: [{ namespaces: ['shop'], kinds: ['ConfigMap'] }] } });
  const pay = policy('pay', { match: { sources: [{ namespaces: ['payments'] }] } });
  const dev = policy('dev', { match: { clusters: 'env=dev' } });
  const all = policy('all');
  const off = policy('off', { enabled: false });
  expect(names({ ...PART, sources: [] }, shop, pay, dev, all, off)).toEqual(['own', 'shop', 'all']);
  const both = policy('both', { match: { sources: [{ namespaces: ['payments'] }, { namespaces: ['shop'] }] } });
  const near = PART.workloads.map((workload, n) =>
    n ? { ...workload, ref: { ...workload.ref, namespace: 'x' } } : workload,
  );
  expect(names({ ...PART, sources: [], workloads: near }, both, pay)).toEqual(['own', 'both']);
});

it('rollouts 83: goes by the own policy as it is now, and as the rollout froze it once it is deleted', () => {
  const newer = policy('own', { priority: 6, enabled: false });
  expect(guardrailsOf([newer], own, PART)).toEqual([newer]);
  const freeze = policy('freeze');
  expect(guardrailsOf([freeze], own, PART)).toEqual([own, freeze]);
});
