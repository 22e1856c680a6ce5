import type { RolloutSummary, RolloutView } from '@app/contracts/api/rollout-view';
import type { ConvergenceView } from '@app/contracts/api/views';
import { isTerminalRollout } from '@app/contracts/phases';
import { randomBytes } from 'node:crypto';
import { setting } from '@test/environment';
import { SECRET } from '@test/fleet/fleet-options';
import { ProcessFleet } from '@test/fleet/process-fleet';
import { POD_BEHAVIOUR } from '@test/pod-template';
import { type Hub, startHub } from '@test/processes/start-hub';
import { freePort } from '@test/processes/ports';
import { everythingIn } from '@test/redis/everything-in';
import { tellingForms } from '@test/secret-forms';
import { systemClock } from '@test/simulator/clock';
import { Simulator } from '@test/simulator/simulator';
import { waitFor } from '@test/wait';
import { Dice } from './dice';
import { type Evidence, isBehindFirst, NEVERS } from './nevers';
import { Trouble } from './trouble';
import { Wire } from './wire';
import { Witness } from './witness';

/** `npm run chaos` strikes five hundred times, the tests only a few. */
const FAULTS = Number(setting('CHAOS_FAULTS') ?? 12);
const SEED = Number(setting('CHAOS_SEED') ?? 7);
const CHANGE_EVERY = 3;
const SOAK_MS = 1_000;
const [DEV, ...PROD] = ['dev-1', 'prod-1', 'prod-2'] as const;
/** How long a restart is waited for before the next fault. */
const PATIENCE_MS = 2_500;
const QUIET_MS = 90_000;

jest.setTimeout(120_000 + FAULTS * 10_000);

const canary = (change: number): string => `canary-${change}-c4a05e`;

/** Two hubs on one Redis, an agent for each cluster, steady changes; everything but the clusters may break. */
describe(`a fleet that is struck ${FAULTS} times`, () => {
  const simulator = new Simulator(systemClock);
  const witnesses = new Map<string, Witness>();
  const wires = new Map<string, Wire>();
  const dice = new Dice(SEED);
  let fleet: ProcessFleet;
  let second: Hub | undefined;
  let trouble: Trouble;
  let changes = 0;
  let changedAt = 0;
  let resumed = 0;

  beforeAll(async () => {
    const secondPort = await freePort();
    const fingerprintKey = randomBytes(32).toString('hex'); // one for all: what is equal can be seen to be
    fleet = await ProcessFleet.start(
      {
        start: async (name) => {
          const cluster = await simulator.addCluster(name);
          witnesses.set(name, new Witness(cluster));
          return cluster;
        },
        stop: () => simulator.stop(),
      },
      {
        clusters: { [DEV]: { env: 'dev' }, [PROD[0]]: { env: 'prod' }, [PROD[1]]: { env: 'prod' } },
        secret: { password: canary(0) },
        rollout: '',
        // So many changes in a row are meant here, and not a reason to leave the source alone.
        spec: { rollout: undefined, waves: WAVES, supersede: { maxChain: 1000 } },
        podAnnotations: { [POD_BEHAVIOUR.readyAfter]: '300ms' },
        agent: async ({ name }, hub) => {
          const wire = await Wire.start([Number(new URL(hub.url).port), secondPort]);
          wires.set(name, wire);
          return { hubUrl: wire.url, fingerprintKey };
        },
      },
    );
    second = await startHub({ redisUrl: fleet.redis.url, adminToken: fleet.hub.token, port: secondPort });
    trouble = new Trouble({ fleet, hubs: [fleet.hub, second], wires }, dice);
  }, 90_000);
  afterAll(async () => {
    await second?.program.stop();
    await fleet?.stopAll();
    await Promise.all([...wires.values()].map((wire) => wire.close()));
  });

  async function change(): Promise<void> {
    changes += 1;
    changedAt = Date.now();
    await fleet.putSecret({ password: canary(changes) });
  }

  const restartsSeen = (): number => [...witnesses.values()].reduce((sum, { restarts }) => sum + restarts.length, 0);

  /** When to strike next: after some time, and mostly not before something has happened, so that it meets that. */
  async function moment(): Promise<void> {
    const before = restartsSeen();
    const least = Date.now() + dice.between(0, 1_000);
    const most = dice.roll() < 0.75 ? least + PATIENCE_MS : least;
    const come = (): boolean => Date.now() >= most || (Date.now() >= least && restartsSeen() > before);
    await waitFor('the moment to strike', come, { intervalMs: 10 });
  }

  /** New agents: one that lost its hub again and again takes its time to return. */
  async function quiet(): Promise<void> {
    await trouble.over();
    await Promise.all(fleet.names.map((name) => fleet.restartAgent(name)));
    await waitFor('every cluster to be current and every rollout to be over', settled, {
      timeoutMs: QUIET_MS,
      intervalMs: 250,
      describe: () => `${JSON.stringify(seen)}\n${lastWords()}`,
    });
  }

  /** The end of what each program says. */
  const lastWords = (): string =>
    [fleet.hub, second, ...fleet.names.map((name) => fleet.agent(name))]
      .map((each) => each?.program.logs().slice(-1_500) ?? '')
      .join('\n');

  let seen: unknown;
  async function settled(): Promise<boolean> {
    const [open, states] = await Promise.all([openRollouts(), convergence()]);
    seen = { open: open.map(({ id, phase, waitingFor }) => ({ id, phase, waitingFor })), states };
    for (const { id } of open.filter(({ phase }) => phase === 'Halted')) {
      resumed += 1;
      await fleet.call('POST', `/rollouts/${id}/resume`, { acceptFailures: true, reason: 'after the chaos' });
    }
    const current = fleet.names.every((name) => states[name] === 'Converged');
    const newest = [...witnesses.values()].every(({ restarts }) => (restarts.at(-1)?.at ?? 0) >= changedAt);
    return open.length === 0 && current && newest;
  }

  const openRollouts = async (): Promise<RolloutSummary[]> =>
    ((await fleet.rollouts()) ?? []).filter(({ phase }) => !isTerminalRollout(phase));

  async function convergence(): Promise<Record<string, string>> {
    const query = `kind=Secret&namespace=${SECRET.namespace}&name=${SECRET.name}`;
    const { items } = await fleet.call<ConvergenceView>('GET', `/convergence?${query}`);
    return Object.fromEntries(items.map(({ cluster, state }) => [cluster, state]));
  }

  async function allRollouts(): Promise<RolloutView[]> {
    const found: RolloutView[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: { items: RolloutSummary[]; nextCursor: string | null } = await fleet.call(
        'GET',
        `/rollouts?limit=100${from}`,
      );
      for (const { id } of page.items) found.push(await fleet.rollout(id));
      cursor = page.nextCursor;
    }
    return found;
  }

  /** Everything outside of the clusters that a value could have got into. */
  async function outside(): Promise<string> {
    const programs = [fleet.hub, second, ...fleet.names.map((name) => fleet.agent(name))].flatMap((each) => each ?? []);
    const paths = ['/sources', '/workloads', '/rollouts', '/audit', '/events'];
    const answers = await Promise.all(paths.map(async (path) => JSON.stringify(await fleet.call('GET', path))));
    const metrics = await Promise.all(programs.map(async ({ opsUrl }) => (await fetch(`${opsUrl}/metrics`)).text()));
    return [
      await everythingIn(fleet.redis),
      ...programs.map(({ program }) => program.logs()),
      ...metrics,
      ...answers,
    ].join('\n');
  }

  const witness = (name: string): Witness => {
    const found = witnesses.get(name);
    if (!found) throw new Error(`nobody looks at ${name}`);
    return found;
  };

  it(`breaks none of the seven rules (seed ${SEED})`, async () => {
    const started = Date.now();
    await change();
    for (let fault = 1; fault <= FAULTS; fault += 1) {
      await trouble.strike();
      await moment();
      if (fault % CHANGE_EVERY === 0) await change();
    }
    await quiet();
    const evidence: Evidence = {
      first: witness(DEV),
      second: PROD.map(witness),
      soakMs: SOAK_MS,
      changedAt,
      rollouts: await allRollouts(),
      states: await convergence(),
      outside: await outside(),
      secrets: Array.from({ length: changes + 1 }, (_, at) => tellingForms(canary(at))).flat(),
    };
    expect(evidence.outside).toContain('Secret/shop/db'); // it does look where things are
    const broken = Object.fromEntries(Object.entries(NEVERS).map(([name, check]) => [name, check(evidence)]));
    process.stderr.write(ledger(evidence, broken, started));
    expect(broken).toEqual(Object.fromEntries(Object.keys(NEVERS).map((name) => [name, []])));
  });

  function ledger(evidence: Evidence, broken: Readonly<Record<string, readonly string[]>>, since: number): string {
    const { rollouts } = evidence;
    const ahead = evidence.second.flatMap(({ cluster, restarts: seen }) =>
      seen.filter(({ revision }) => !isBehindFirst(evidence, cluster.name, revision)),
    );
    const phases = new Map<string, number>();
    for (const { phase } of rollouts) phases.set(phase, (phases.get(phase) ?? 0) + 1);
    const told = (counts: ReadonlyMap<string, number>): string =>
      [...counts].map(([what, count]) => `${what} ${count}`).join(', ');
    const restarts = new Map([...witnesses].map(([name, each]) => [name, each.restarts.length]));
    const lines = [
      `chaos, seed ${SEED}: ${FAULTS} faults in ${Math.round((Date.now() - since) / 1000)} s: ${told(trouble.ledger)}`,
      `  ${changes} changes, rollouts: ${told(phases)}; resumed by hand: ${resumed}`,
      `  restarts: ${told(restarts)}; in rollouts for which ${DEV} told too late: ${ahead.length}`,
      ...Object.entries(broken).map(([name, found]) => `  ${name}: ${found.length === 0 ? 'never' : found.join('; ')}`),
    ];
    return lines.map((line) => `${line}\n`).join('');
  }
});

const WAVES = [
  { name: 'dev', clusters: { selector: 'env=dev' }, soak: { for: '1s' } },
  { name: 'prod', clusters: { rest: true }, dependsOn: ['dev'], maxConcurrency: 1 },
];
