import { askedFor, type KindChoice, lateKinds, OPTIONAL_KINDS, watchedKinds } from './watched-kinds';

const PLAIN: KindChoice = { ignoredKinds: [], ignoredWorkloadKinds: [], argoRollouts: false, csi: false };
const ALL: KindChoice = { ...PLAIN, argoRollouts: true, csi: true };
const ALWAYS = ['ConfigMap', 'Secret', 'Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'Job'];
const ofAll = (choice: Partial<KindChoice>) => [...watchedKinds({ ...ALL, ...choice }, OPTIONAL_KINDS)].sort();

describe('the kinds that an agent watches', () => {
  it('agent 116, 183: are those that every cluster has, unless it serves what was asked for', () => {
    expect([...watchedKinds(ALL, [])].sort()).toEqual([...ALWAYS].sort());
    expect([...watchedKinds(PLAIN, OPTIONAL_KINDS)].sort()).toEqual([...ALWAYS, 'DeploymentConfig'].sort());
  });

  it('hold what the cluster serves of the optional ones, and with a class what pods have mounted of it', () => {
    const statuses = ['SecretProviderClass', 'SecretProviderClassPodStatus'];
    expect(ofAll({})).toEqual([...ALWAYS, 'DeploymentConfig', 'Rollout', ...statuses].sort());
    expect([...watchedKinds(ALL, ['Rollout'])].sort()).toEqual([...ALWAYS, 'Rollout'].sort());
    expect([...watchedKinds(ALL, ['SecretProviderClass'])].sort()).toEqual([...ALWAYS, ...statuses].sort());
  });

  it('lack what was left out', () => {
    expect(ofAll({ ignoredKinds: ['Secret'] })).not.toContain('Secret');
    expect(ofAll({ ignoredWorkloadKinds: ['Job', 'CronJob'] })).toEqual(
      ofAll({}).filter((kind) => kind !== 'Job' && kind !== 'CronJob'),
    );
    expect(ofAll({ ignoredKinds: ['SecretProviderClass'] })).not.toContain('SecretProviderClassPodStatus');
  });
});

it('optional kinds matter when a flag asks for them, and OpenShift needs none', () => {
  expect(askedFor(PLAIN)).toEqual(['DeploymentConfig']);
  expect(askedFor(ALL)).toEqual(['DeploymentConfig', 'Rollout', 'SecretProviderClass']);
});

it('workloads of kinds that were asked for may come to be served later', () => {
  expect(lateKinds(PLAIN)).toEqual(['DeploymentConfig']);
  expect(lateKinds(ALL)).toEqual(['Rollout', 'DeploymentConfig']);
});
