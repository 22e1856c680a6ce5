import { parsePolicy } from '@app/contracts/policy/parse';
import type { SourceAnnotations, WorkloadAnnotations } from '@app/contracts/wire/facts';
import type { SourceInCluster } from '../../../fleet/core/candidates';
import type { ClusterRecord } from '../../../fleet/core/cluster-record';
import {
  choiceNotFollowed,
  isOwned,
  ownedBy,
  ownerOf,
  ownersAmong,
  passesBy,
  possibleOwners,
  type SourceThere,
  takenNowhere,
} from './ownership';

function policy(name: string, spec: object) {
  const document = { apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata: { name } };
  const parsed = parsePolicy({ ...document, spec: { rollout: 'all', ...spec } });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { policy: parsed.policy };
}
const POLICIES = [
  policy('usual', { priority: 9 }),
  policy('careful', {}),
  policy('jobs', { match: { workloads: { kinds: ['CronJob'] } } }),
  policy('prod', { match: { clusters: 'env=prod' } }),
  policy('asleep', { enabled: false }),
];
const REF = { kind: 'Secret', namespace: 'shop', name: 'db' } as const;
const RECORD: ClusterRecord = {
  ...{ name: 'c1', labels: { env: 'dev' }, uid: 'u', publicKey: 'k'.repeat(43), state: 'Approved', credVersion: 1 },
  ...{ drained: false, agentVersion: '', kubernetesVersion: '', createdAt: 0, candidate: null },
};
const there = (annotations?: SourceAnnotations, record = RECORD): SourceThere => ({
  ref: REF,
  fact: { ...REF, revision: null, labels: {}, changedAt: null, ...(annotations && { annotations }) },
  registration: record,
});
const workload = (annotations?: WorkloadAnnotations) => ({ kind: 'Deployment' as const, labels: {}, annotations });
const owner = (source?: string, own?: string): string | undefined =>
  ownerOf(POLICIES, there(source === undefined ? undefined : { policy: source }), workload(own ? { policy: own } : {}))
    ?.policy.name;

describe('the owner of a source for a workload', () => {
  it.each([
    ['nobody chooses', undefined, undefined, 'usual'],
    ['the source chooses', 'careful', undefined, 'careful'],
    ['the workload chooses', undefined, 'careful', 'careful'],
    ['both choose', 'careful', 'usual', 'usual'],
    ['the workload chooses in vain and the source does not', 'careful', 'nobody', 'careful'],
    ['the choice does not match', undefined, 'prod', 'usual'],
    ['the choice is disabled', 'asleep', undefined, 'usual'],
    ['the choice would leave it alone', 'jobs', 'jobs', 'usual'],
  ])('when %s', (_, source, own, expected) => {
    expect(owner(source, own)).toBe(expected);
  });

  it('is nobody in a cluster that is not of the fleet, whatever is chosen', () => {
    const pending = there({ policy: 'careful' }, { ...RECORD, state: 'Pending' });
    expect(ownerOf(POLICIES, pending, workload({ policy: 'careful' }))).toBeUndefined();
    expect(possibleOwners(POLICIES, pending, ['careful'])).toEqual([]);
    expect(ownerOf(POLICIES, { ...there(), registration: null })).toBeUndefined();
  });

  it('may be any that somebody chooses, and the usual one', () => {
    const names = possibleOwners(POLICIES, there({ policy: 'careful' }), ['jobs', 'prod', 'careful']);
    expect(names.map((each) => each.policy.name)).toEqual(['usual', 'careful', 'jobs']);
  });

  it('are those of its workloads, each once', () => {
    const users = [workload(), workload({ policy: 'careful' }), workload({ policy: 'usual' })];
    const names = (where: SourceThere) => ownersAmong(POLICIES, where, users).map((each) => each.policy.name);
    expect(names(there())).toEqual(['usual', 'careful']);
    expect(names(there(undefined, { ...RECORD, state: 'Pending' }))).toEqual([]);
  });

  it('may go by the labels of the source', () => {
    const labelled = [policy('tier', { match: { sources: [{ labels: 'tier=0' }] } })];
    const at = there();
    expect(ownerOf(labelled, { ...at, fact: { ...at.fact!, labels: { tier: '0' } } })?.policy.name).toBe('tier');
    expect(ownerOf(labelled, at)).toBeUndefined();
    expect(ownerOf(labelled, { ...at, fact: null })).toBeUndefined();
  });

  it('tells of a choice that is not followed', () => {
    expect(choiceNotFollowed(POLICIES, there({ policy: 'careful' }), workload({ policy: 'prod' }))).toBe('prod');
    expect(choiceNotFollowed(POLICIES, there({ policy: 'jobs' }), workload())).toBe('jobs');
    expect(choiceNotFollowed(POLICIES, there({ policy: 'prod' }), workload({ policy: 'careful' }))).toBeUndefined();
    expect(choiceNotFollowed(POLICIES, there(), workload())).toBeUndefined();
  });
});

describe('what a policy owns of a cluster', () => {
  const user = (name: string, annotations?: WorkloadAnnotations): SourceInCluster['workloads'][number] => ({
    fact: {
      ...{ kind: 'Deployment', namespace: 'shop', name, uid: name, labels: {}, state: 'Pending', reason: '' },
      ...{ message: '', want: null, have: null, proof: 'exact', sources: [] },
      pods: { desired: 1, updated: 1, ready: 1 },
      ...(annotations && { annotations }),
    },
    settled: null,
  });
  const cluster: SourceInCluster = {
    ...{ cluster: 'c1', registration: RECORD, source: there().fact },
    workloads: [user('api'), user('web', { policy: 'careful' })],
  };
  const owned = (name: string) =>
    ownedBy(POLICIES, name, REF, [cluster]).map((each) => each.workloads.map(({ fact }) => fact.name));
  const part = { ...cluster, workloads: cluster.workloads.map(({ fact }) => fact) };

  it('is the workloads for which it owns the source', () => {
    expect([owned('usual'), owned('careful'), owned('jobs')]).toEqual([[['api']], [['web']], []]);
    const owners = POLICIES.filter((each) => isOwned(POLICIES, each.policy.name, REF, part));
    expect(owners.map((each) => each.policy.name)).toEqual(['usual', 'careful']);
  });

  it('is the very same cluster when nobody chooses', () => {
    const plain = { ...cluster, workloads: [user('api')] };
    expect(ownedBy(POLICIES, 'usual', REF, [plain])[0]).toBe(plain);
  });
});

describe('a change that nobody carries', () => {
  const inProd = [
    policy('prod', { match: { clusters: 'env=prod' } }),
    policy('also', { priority: 3, match: { clusters: 'env=prod' } }),
  ];
  const where = (cluster: string, env: string): SourceInCluster => ({
    ...{ cluster, registration: { ...RECORD, name: cluster, labels: { env } }, source: there().fact, workloads: [] },
  });

  it('is told of by the policy that would come first', () => {
    expect(passesBy(inProd, there())?.policy.name).toBe('also');
  });

  it('is told of by a policy that is for sources with its labels', () => {
    const tier = policy('tier', { match: { clusters: 'env=prod', sources: [{ labels: 'tier=gold' }] } });
    const told = (labels: Record<string, string>) => {
      const place = there();
      return passesBy([tier], { ...place, fact: place.fact && { ...place.fact, labels } })?.policy.name;
    };
    expect([told({ tier: 'gold' }), told({})]).toEqual(['tier', undefined]);
  });

  it.each([
    ['somebody carries it', POLICIES, there()],
    ['no policy is for the source', [policy('maps', { match: { sources: [{ kinds: ['ConfigMap'] }] } })], there()],
    ['it is to be left alone', [policy('none', { rollout: 'off', match: { clusters: 'env=prod' } })], there()],
    ['the cluster is not of the fleet', inProd, there(undefined, { ...RECORD, state: 'Pending' })],
  ])('is not told of when %s', (_, policies, place) => {
    expect(passesBy(policies, place)).toBeUndefined();
  });

  it('is so only when it is in all clusters', () => {
    const [c1, c2, c3] = [where('c1', 'dev'), where('c2', 'dev'), where('c3', 'prod')];
    expect(takenNowhere(inProd, REF, [c1, c2])).toEqual([c1, c2]);
    expect(takenNowhere(inProd, REF, [c1, c2, c3])).toEqual([]);
    expect(takenNowhere(inProd, REF, [])).toEqual([]);
  });
});
