import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { PlanView } from '@app/contracts/api/views';
import { SECRET, WEB } from '@test/fleet/fleet-options';
import type { ProcessFleet } from '@test/fleet/process-fleet';
import { startSimulatedFleet } from '@test/fleet/simulated-fleet';
import { waitFor } from '@test/wait';

jest.setTimeout(120_000);

const CLUSTERS = ['one', 'two'];
const OURS = 'fleet-reloader.io';
/** Long enough for both clusters to tell, on however busy a machine. */
const GATHERED = { coalesce: { quietPeriod: '3s' } };
const IGNORING = { coalesce: { ...GATHERED.coalesce, ignoreKeys: ['meta.*'] } };

interface KnownWorkload {
  readonly cluster: string;
  readonly name: string;
  readonly state: string;
  readonly reason: string;
  readonly annotations?: { readonly policy?: string; readonly restartAfter?: readonly string[] };
}

describe('annotations in the clusters of a fleet', () => {
  let fleet: ProcessFleet;

  beforeAll(async () => {
    fleet = await startSimulatedFleet({
      clusters: { one: {}, two: {} },
      secret: { password: 'a' },
      rollout: 'all',
      spec: { allowAnnotationOverride: true, ...IGNORING },
    });
    const spec = { rollout: 'all', priority: -1, ...GATHERED };
    const head = { apiVersion: `${OURS}/v1`, kind: 'RolloutPolicy', metadata: { name: 'other' } };
    await fleet.call('PUT', '/policies/other', { ...head, spec });
    for (const name of CLUSTERS) {
      const kube = fleet.kube(name);
      const asking = { api: { 'restart-after': 'web,gone' }, odd: { policy: 'other' }, lost: { policy: 'nobody' } };
      for (const [app, words] of Object.entries(asking)) {
        const annotations = Object.fromEntries(Object.entries(words).map(([word, text]) => [`${OURS}/${word}`, text]));
        const where = { namespace: WEB.namespace, name: app };
        const options = { annotations: { [`${OURS}/auto`]: 'true', ...annotations }, envSecrets: [SECRET.name] };
        await kube.createDeployment(where, options);
        await kube.untilRolledOut('Deployment', where);
      }
      const body = [
        { op: 'add', path: '/metadata/annotations', value: { [`${OURS}/rollout-override`]: '1, rest / 1s' } },
      ];
      await kube.core.patchNamespacedSecret({ ...SECRET, body });
    }
  });
  afterAll(() => fleet?.stopAll());

  async function rolloutUnder(policy: string): Promise<RolloutView> {
    const all = (await fleet.rollouts()) ?? [];
    return fleet.rollout(all.find((one) => one.policy.name === policy)?.id ?? '');
  }
  /** By wave and cluster. */
  const namesIn = ({ waves }: RolloutView): readonly string[][][] =>
    waves.map(({ targets }) => targets.map(({ restarts }) => restarts.map(({ name }) => name).sort()));
  const known = (): Promise<KnownWorkload[]> => fleet.items<KnownWorkload>('/workloads');

  it('are known to the hub, and what can not be followed is said on the workload', async () => {
    const all = await waitFor('the hub to know them', async () => {
      const found = await known();
      const sources = await fleet.items<{ annotations?: object }>('/sources');
      const isCounted = found.some(({ name, reason }) => name === 'odd' && reason === '');
      return found.length === 8 && isCounted && sources.every(({ annotations }) => annotations) ? found : undefined;
    });
    const of = (name: string): unknown[] =>
      all.filter((one) => one.name === name).map(({ annotations, reason }) => [annotations, reason]);
    expect(of('api')).toEqual(CLUSTERS.map(() => [{ restartAfter: ['web', 'gone'] }, 'KeysIgnored']));
    expect(of('odd')).toEqual(CLUSTERS.map(() => [{ policy: 'other' }, '']));
    expect(of('lost')).toEqual(CLUSTERS.map(() => [{ policy: 'nobody' }, 'PolicyNotFollowed']));
  });

  it('steer what becomes of a change: policy, waves and order', async () => {
    const body = [{ op: 'replace', path: '/data/password', value: Buffer.from('b').toString('base64') }];
    await Promise.all(CLUSTERS.map((name) => fleet.kube(name).core.patchNamespacedSecret({ ...SECRET, body })));
    await fleet.untilRollouts(2, 'Succeeded');
    const [usual, other] = [await rolloutUnder('default'), await rolloutUnder('other')];
    expect(namesIn(other)).toEqual([[['odd'], ['odd']]]);
    expect(namesIn(usual)).toEqual([[['api', 'lost', 'web']], [['api', 'lost', 'web']]]);
    for (const { restarts } of usual.waves.flatMap(({ targets }) => targets)) {
      const [api, web] = ['api', 'web'].map((app) => restarts.find(({ name }) => name === app));
      expect(Date.parse(api?.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(web?.finishedAt ?? ''));
    }
  });

  it('choose the policy that says which keys count', async () => {
    const body = [{ op: 'add', path: '/data/meta.owner', value: Buffer.from('x').toString('base64') }];
    await Promise.all(CLUSTERS.map((name) => fleet.kube(name).core.patchNamespacedSecret({ ...SECRET, body })));
    await fleet.untilRollouts(3, 'Succeeded');
    const all = (await fleet.rollouts()) ?? [];
    expect(all.map(({ policy }) => policy.name).sort()).toEqual(['default', 'other', 'other']);
    const states = (await known()).map(({ name, state, reason }) => `${name} ${state} ${reason}`);
    expect([...new Set(states)].sort()).toEqual([
      ...['api Current KeysIgnored', 'lost Current PolicyNotFollowed', 'odd Current ', 'web Current KeysIgnored'],
    ]);
    const web = `kind=Deployment&namespace=${WEB.namespace}&name=${WEB.name}`;
    expect(JSON.stringify(await fleet.call('GET', `/explain?cluster=one&${web}`))).toContain(
      `Secret ${SECRET.name}: meta.*`,
    );
  });

  it('are planned for', async () => {
    const source = { kind: 'Secret', ...SECRET };
    const plan = await fleet.call<PlanView>('POST', '/plans', { source, policy: 'default' });
    expect([plan.waves.map(({ name }) => name), plan.warnings.map(({ code }) => code)]).toEqual([
      ['all-part-1', 'all'],
      expect.arrayContaining(['OVERRIDDEN', 'NOTHING_PENDING']),
    ]);
  });
});
