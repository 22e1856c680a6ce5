import { RELOADER_MARKER_ANNOTATION } from '@app/contracts/annotations';
import type { SourceRef } from '@app/contracts/objects';
import type { KubeObject } from '../kube/kube.port';
import { deployment, FakeCluster } from '../testing/fake-cluster';
import { type TestAgent, testAgent } from '../testing/test-agent';
import { TestClock, turn } from '../testing/test-clock';
import { Adoption } from './adoption';

const INITIAL = 'c89820d4c89a3faac2e18b569de03dfe4d818f5e';
const UPDATED = 'b19ab25e0c5109cf15bcdb6158e5a6fe0f8c5260';
const AUTO = { 'reloader.stakater.com/auto': 'true' };
const APP = 'Deployment/shop/app';

type Scene = TestAgent &
  Readonly<{ cluster: FakeCluster; clock: TestClock; told: { behind: string[]; compared: number[] } }>;

/** A Deployment as Reloader has left it; its Secret holds `initial`. */
function left(how: 'annotation' | 'variable', sha1: string): FakeCluster {
  const cluster = new FakeCluster();
  cluster.put('Secret', 'db', { data: { password: Buffer.from('initial').toString('base64') } });
  const body = deployment('db', AUTO) as { spec: { template: { spec: { containers: object[] } } } };
  const container = {
    name: 'main',
    envFrom: [{ secretRef: { name: 'db' } }],
    env: [{ name: 'STAKATER_DB_SECRET', value: sha1 }],
  };
  if (how === 'variable') body.spec.template.spec.containers = [container];
  cluster.put('Deployment', 'app', body);
  const marker = { type: 'SECRET', name: 'db', namespace: 'shop', hash: sha1, containerRefs: ['main'], observedAt: 1 };
  if (how === 'annotation') cluster.annotateTemplate('app', { [RELOADER_MARKER_ANNOTATION]: JSON.stringify(marker) });
  cluster.settle('app');
  return cluster;
}

async function adopt(cluster: FakeCluster, source?: (ref: SourceRef) => Promise<KubeObject | null>): Promise<Scene> {
  const clock = new TestClock();
  const agent = testAgent(cluster, clock);
  const told = { ...agent.told, behind: [] as string[], compared: [] as number[] };
  const read = ({ kind, name }: SourceRef): Promise<KubeObject | null> =>
    Promise.resolve(cluster.object(kind, name) ?? null);
  const adoption = new Adoption(
    { inventory: agent.inventory, workbench: agent.inventory, source: source ?? read, clock },
    {
      compared: (marked, behind) => told.compared.push(marked, behind),
      behind: (workload) => told.behind.push(workload),
      trouble: (what) => told.trouble.push(what),
    },
  );
  agent.inventory.start();
  await adoption.start();
  await turn();
  return { ...agent, cluster, clock, told };
}

describe("Reloader's marks", () => {
  it.each(['annotation', 'variable'] as const)('agent 93: the %s of the present content is current', async (how) => {
    const { inventory, told } = await adopt(left(how, INITIAL));
    expect(inventory.workload(APP)).toMatchObject({ state: 'Current', reason: '' });
    expect(told).toMatchObject({ compared: [1, 0], behind: [] });
  });

  it.each(['annotation', 'variable'] as const)(
    'the %s of other content tells of a missed change, and restarts nothing',
    async (how) => {
      const { inventory, told, cluster } = await adopt(left(how, UPDATED));
      expect(inventory.workload(APP)).toMatchObject({ state: 'Current', reason: 'MissedByReloader' });
      expect(inventory.workload(APP)?.message).toMatch(/^Secret\/shop\/db has changed .* the next change restarts it$/);
      expect(inventory.pendingCount()).toBe(0);
      expect(told).toMatchObject({ compared: [1, 1], behind: [APP] });
      cluster.secret('db', 'two');
      await turn();
      expect(inventory.workload(APP)).toMatchObject({ state: 'Pending', reason: '' });
    },
  );

  it('never show a digest', async () => {
    const { inventory, told } = await adopt(left('annotation', UPDATED));
    expect(JSON.stringify([inventory.workload(APP), told])).not.toMatch(/[0-9a-f]{40}/);
  });

  it('of others, or none, ask for nothing', async () => {
    const asked: string[] = [];
    const source = (ref: SourceRef): Promise<null> => Promise.resolve(void asked.push(ref.name)).then(() => null);
    const { told } = await adopt(left('annotation', 'kaaaaaa:bbbbbbbbbbbbbbbbbbbbbb'), source);
    await adopt(left('variable', 'something'), source);
    expect(asked).toEqual([]);
    expect(told.compared).toEqual([]);
  });

  it('say nothing once a restart of ours stands above them', async () => {
    const cluster = left('variable', UPDATED);
    cluster.annotateTemplate('app', { 'fleet-reloader.io/revision': 'kaaaaaa:bbbbbbbbbbbbbbbbbbbbbb' });
    const { told } = await adopt(cluster);
    expect(told.compared).toEqual([]);
  });

  it('are compared later when the API server can not be asked', async () => {
    const cluster = left('annotation', UPDATED);
    let failures = 1;
    const { told, clock } = await adopt(cluster, (ref) => {
      failures -= 1;
      return failures < 0
        ? Promise.resolve(cluster.object(ref.kind, ref.name) ?? null)
        : Promise.reject(new Error('no'));
    });
    expect(told.trouble).toHaveLength(1);
    await clock.advance(30_000);
    expect(told.behind).toEqual([APP]);
  });
});
