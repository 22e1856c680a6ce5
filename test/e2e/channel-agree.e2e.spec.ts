import type { ProcessFleet } from '@test/fleet/process-fleet';
import { SECRET, WEB } from '@test/fleet/fleet-options';
import { startSimulatedFleet } from '@test/fleet/simulated-fleet';
import { waitFor } from '@test/wait';
import { FrameProxy } from './frame-proxy';

jest.setTimeout(90_000);

const NAME = 'dev-1';
const AGREED_WITHIN_MS = 30_000;
/** More than a frame may be under way before it counts as late. */
const LATE_MS = 400;
const { namespace } = SECRET;
const AUTO = { 'fleet-reloader.io/auto': 'true' };

type Item = Readonly<{ kind: string; name: string; revision?: string | null; state?: string }>;

describe('what changes while hub and agent do not hear each other', () => {
  let fleet: ProcessFleet;
  let wire: FrameProxy;
  let round = 0;

  beforeAll(async () => {
    fleet = await startSimulatedFleet({
      clusters: { [NAME]: { env: 'dev' } },
      secret: { password: 'round-0' },
      rollout: 'rest / 0s',
      agent: async (_cluster, hub) => {
        wire = await FrameProxy.start(hub.url);
        return { hubUrl: wire.url };
      },
    });
  });
  afterAll(async () => {
    await fleet?.stopAll();
    await wire?.close();
  });

  const known = async (list: 'sources' | 'workloads'): Promise<ReadonlyMap<string, Item>> =>
    new Map((await fleet.items<Item>(`/${list}?cluster=${NAME}`)).map((item) => [item.name, item]));

  async function create(name: string): Promise<void> {
    const kube = fleet.kube(NAME);
    await kube.putSecret({ namespace, name }, { password: 'first' });
    await kube.createDeployment({ namespace, name }, { envSecrets: [name], annotations: AUTO });
    await kube.untilRolledOut('Deployment', { namespace, name });
  }

  /** One of each: a source and a workload that are new, new content, a source that goes, a workload that goes. */
  async function changeEverything(): Promise<void> {
    const { core, apps } = fleet.kube(NAME);
    await create(`new-${round}`);
    await fleet.putSecret({ password: `round-${round}` });
    await core.deleteNamespacedSecret({ namespace, name: `source-${round}` });
    await apps.deleteNamespacedDeployment({ namespace, name: `workload-${round}` });
  }

  /** How the hub's picture differs from the cluster; empty: it does not. */
  async function differences(before: string | null | undefined): Promise<readonly string[]> {
    // Workloads after sources: new content is told together with what is pending by it.
    const sources = await known('sources');
    const workloads = await known('workloads');
    const checks: readonly (readonly [string, boolean])[] = [
      ['the new source', typeof sources.get(`new-${round}`)?.revision === 'string'],
      ['the new workload', workloads.get(`new-${round}`)?.state === 'Current'],
      ['the new content', ![null, undefined, before].includes(sources.get(SECRET.name)?.revision)],
      ['the source that is gone', sources.get(`source-${round}`)?.revision === null],
      ['the workload that is gone', !workloads.has(`workload-${round}`)],
      ['the workload that restarts', workloads.get(WEB.name)?.state === 'Current'],
    ];
    return checks.filter(([, holds]) => !holds).map(([what]) => what);
  }

  async function untilAgreed(before: string | null | undefined): Promise<void> {
    let seen: readonly string[] = ['everything'];
    const look = async (): Promise<boolean> => (seen = await differences(before)).length === 0;
    const describe = (): string => `different: ${seen.join(', ')}`;
    await waitFor('both sides to agree', look, { timeoutMs: AGREED_WITHIN_MS, intervalMs: 100, describe });
  }

  type Fault = Readonly<{ begin: () => unknown; heal: () => Promise<unknown> }>;
  const FAULTS: readonly (readonly [string, Fault])[] = [
    [
      'the agent is down',
      {
        begin: () => fleet.agent(NAME).program.kill('SIGKILL'),
        heal: () => fleet.agent(NAME).program.restart(),
      },
    ],
    ['the hub is down', { begin: () => fleet.hub.program.kill('SIGKILL'), heal: () => fleet.hub.program.restart() }],
    [
      'the link is cut',
      {
        begin: () => {
          wire.keepBack(() => true);
          wire.cutAll();
        },
        heal: () => {
          wire.keepBack(() => false);
          wire.cutAll();
          return Promise.resolve();
        },
      },
    ],
  ];

  it.each(FAULTS)('protocol 17: is known to both soon after, and done once: %s', async (_title, { begin, heal }) => {
    round += 1;
    for (const name of [`source-${round}`, `workload-${round}`]) await create(name);
    await waitFor('the hub to know them', async () => {
      const [sources, workloads] = await Promise.all([known('sources'), known('workloads')]);
      return sources.has(`source-${round}`) && workloads.has(`workload-${round}`);
    });
    const before = (await known('sources')).get(SECRET.name)?.revision;
    await begin();
    await changeEverything();
    await heal();
    await untilAgreed(before);
    expect(await fleet.restarts()).toEqual([round]);
  });

  it('rollouts 33: an agent that comes to itself obeys no permit that was cancelled meanwhile', async () => {
    const before = await fleet.restarts();
    const { program } = fleet.agent(NAME);
    const hold = await fleet.call<{ id: string }>('POST', '/holds', { scope: { all: true }, reason: 'not yet' });
    await fleet.putSecret({ password: 'not to be loaded' });
    const { id } = await waitFor('the rollout', async () =>
      (await fleet.rollouts())?.find((each) => each.phase === 'Queued'),
    );
    const inPhase = async (phase: string): Promise<boolean> =>
      (await fleet.rollout(id)).waves[0]?.targets[0]?.phase === phase;
    process.kill(program.pid, 'SIGSTOP');
    await fleet.call('DELETE', `/holds/${hold.id}`);
    await waitFor('the permit to be sent', () => inPhase('Dispatched'));
    const sentAt = Date.now();
    await fleet.call('POST', `/rollouts/${id}:cancel`, { reason: 'the wrong password' });
    await waitFor('the permit to be old', () => Date.now() - sentAt > LATE_MS);
    process.kill(program.pid, 'SIGCONT');
    const ended = await waitFor('its end', () =>
      program.logLines().find((line) => line['msg'] === 'restart ended' && line['rollout'] === id),
    );
    expect(ended['reason']).toBe('Revoked');
    expect(await fleet.restarts()).toEqual(before);
  });
});
