import { SECRET, WEB } from '@test/fleet/fleet-options';
import { everyAnswer } from '@test/fleet/every-answer';
import type { ProcessFleet } from '@test/fleet/process-fleet';
import { startRealFleet } from '@test/fleet/real-fleet';
import type { KubeClient } from '@test/kube';
import { POD_BEHAVIOUR } from '@test/pod-template';
import type { Program } from '@test/processes/program';
import { everythingIn } from '@test/redis/everything-in';
import { tellingForms } from '@test/secret-forms';
import { waitFor } from '@test/wait';
import { FrameProxy } from './frame-proxy';

jest.setTimeout(120_000);

const ROUNDS = 4;
const DEBUG = { LOG_LEVEL: 'debug' };

const canary = (round: number, key: string): string => `canary-${round}-${key}-9e3b71`;

/** Several keys; one value is no text. */
const content = (round: number): Record<string, string> => ({
  password: canary(round, 'password'),
  'tls.key': `-----BEGIN KEY-----\n${canary(round, 'tls')}\n-----END KEY-----\n`,
  url: `postgres://app:${canary(round, 'url')}@db/shop`,
});

/** Everything that must not be found: each value, and what a plain digest could have been made of. */
function telling(round: number): string[] {
  const data = content(round);
  const encoded = Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  const joined = [data, encoded].flatMap((form) => [
    JSON.stringify(form),
    ...['=', ':'].flatMap((sign) => {
      const pairs = Object.entries(form).map(([key, value]) => `${key}${sign}${value}`);
      return [...pairs, ...['', ';', ',', '\n'].map((between) => pairs.join(between))];
    }),
  ]);
  const inner = ['password', 'tls', 'url'].map((key) => canary(round, key));
  return [...inner, ...Object.values(data), ...Object.values(encoded), ...joined].flatMap(tellingForms);
}

const DEV = 'dev-1';
const PROD = 'prod-1';

describe('the values of a Secret', () => {
  let fleet: ProcessFleet;
  let wire: FrameProxy;
  const forms = Array.from({ length: ROUNDS + 1 }, (_, round) => telling(round)).flat();

  beforeAll(async () => {
    fleet = await startRealFleet({
      clusters: { [DEV]: { env: 'dev' }, [PROD]: { env: 'prod' } },
      secret: content(0),
      rollout: '@env=dev, rest / 1s',
      podAnnotationsIn: { [PROD]: { [POD_BEHAVIOUR.restarted]: 'crash' } },
      hubEnv: DEBUG,
      agent: async ({ name }, hub) => {
        if (name === DEV) wire = await FrameProxy.start(hub.url);
        return { ...(name === DEV && { hubUrl: wire.url }), env: DEBUG };
      },
    });
    await rotateThroughTroubles();
  });
  afterAll(async () => {
    await fleet?.stopAll();
    await wire?.close();
  });

  /** Restarts that succeed and that fail, and changes that meet each part of the program at its worst. */
  async function rotateThroughTroubles(): Promise<void> {
    await change(1);

    await fleet.cluster(DEV).killApiServer();
    await waitFor('the agent to lose its cluster', async () => (await probe(DEV)) === 503);
    await fleet.cluster(DEV).startApiServer();
    await change(2);

    await change(3, async () => {
      await fleet.killRedis();
      await fleet.restartRedis();
    });

    await Promise.all(fleet.names.map((name) => fleet.agent(name).program.kill()));
    await change(4, async () => {
      await keepLastApplied(fleet.kube(DEV), content(4));
      await Promise.all(fleet.names.map((name) => fleet.restartAgent(name)));
    });
  }

  const probe = async (name: string): Promise<number> => (await fetch(`${fleet.agent(name).opsUrl}/readyz`)).status;
  const metrics = async (url: string): Promise<string> => (await fetch(`${url}/metrics`)).text();

  /** Gives the Secret its next content and waits, after `then`, for what always comes of it: a crash in prod. */
  async function change(round: number, then?: () => Promise<void>): Promise<void> {
    const [before] = (await fleet.rollouts()) ?? [];
    await fleet.putSecret(content(round));
    await then?.();
    await waitFor(`the rollout of round ${round} to halt`, async () => {
      const [newest] = (await fleet.rollouts()) ?? [];
      return newest !== undefined && newest.id !== before?.id && newest.phase === 'Halted';
    });
  }

  const programs = (): Program[] =>
    [fleet.hub, ...fleet.names.map((name) => fleet.agent(name))].map((each) => each.program);
  const answers = async (): Promise<string> => {
    const where = `namespace=${SECRET.namespace}`;
    const all = await everyAnswer(fleet, {
      '/convergence': `kind=Secret&${where}&name=${SECRET.name}`,
      '/explain': `cluster=${PROD}&kind=Deployment&${where}&name=${WEB.name}`,
      '/access': 'verb=get&resource=rollouts',
    });
    return [...all].flat().join('\n');
  };
  /** What others in the cluster may read who may not read Secrets. */
  const traces = async (name: string): Promise<string> => {
    const { core, apps } = fleet.kube(name);
    const found = await Promise.all([
      core.listConfigMapForAllNamespaces(),
      core.listEventForAllNamespaces(),
      core.listPodForAllNamespaces(),
      apps.listDeploymentForAllNamespaces(),
    ]);
    return JSON.stringify(found);
  };

  it.each<[string, string, () => string | Promise<string>]>([
    ['Redis', 'Secret/shop/db', () => everythingIn(fleet.redis)],
    [
      'the logs',
      '"level":"debug"',
      () =>
        programs()
          .map((program) => program.logs())
          .join('\n'),
    ],
    ['the metrics of the hub', 'fleet_reloader_hub_', () => metrics(fleet.hub.opsUrl)],
    ['the metrics of an agent', 'fleet_reloader_agent_', () => metrics(fleet.agent(DEV).opsUrl)],
    ['the answers of the API', 'CrashLoop', answers],
    ['the frames of an agent', '"name":"db"', () => wire.frames.map(({ text }) => text).join('\n')],
    ['the rest of a good cluster', 'fleet-reloader.io/revision', () => traces(DEV)],
    ['the rest of a bad cluster', 'CrashLoopBackOff', () => traces(PROD)],
  ])('leave no trace in %s', async (_place, proofThatWeLook, read) => {
    const seen = await read();
    expect(seen).toContain(proofThatWeLook);
    expect(forms.filter((form) => seen.includes(form))).toEqual([]);
  });
});

/** As `kubectl apply` does it: the whole content once more, in an annotation. */
async function keepLastApplied({ core }: KubeClient, stringData: Readonly<Record<string, string>>): Promise<void> {
  const applied = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: SECRET, stringData });
  const value = { 'kubectl.kubernetes.io/last-applied-configuration': applied };
  await core.patchNamespacedSecret({ ...SECRET, body: [{ op: 'add', path: '/metadata/annotations', value }] });
}
