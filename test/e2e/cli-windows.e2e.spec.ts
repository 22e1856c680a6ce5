import type { ProcessFleet } from '@test/fleet/process-fleet';
import { startSimulatedFleet } from '@test/fleet/simulated-fleet';
import { type CliResult, runCli } from '@test/processes/run-cli';
import { waitFor } from '@test/wait';

jest.setTimeout(60_000);

const SOURCE = 'Secret/shop/db';
const HOUR = 3_600_000;
/** Later today or tomorrow, to the second, by a clock that is so far ahead of UTC. */
const shown = (inMs: number, aheadMs = 0): string => new Date(Date.now() + inMs + aheadMs).toISOString().slice(0, 19);

/** The built command line tool against a hub, agents and simulated clusters, each a process. */
describe('reloadctl and windows', () => {
  let fleet: ProcessFleet;

  beforeAll(async () => {
    fleet = await startSimulatedFleet({
      clusters: { 'in-1': { env: 'prod', timezone: 'Asia/Kolkata' }, 'utc-1': { env: 'prod' } },
      secret: { password: 'first' },
      rollout: 'all',
    });
  }, 60_000);
  afterAll(() => fleet.stopAll());

  const cli = (...args: string[]): Promise<CliResult> => runCli(args, { hub: fleet.hub, timeoutMs: 30_000 });
  const guard = (window: object): Promise<unknown> =>
    fleet.call('PUT', '/policies/guard', {
      ...{ apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata: { name: 'guard' } },
      spec: { rollout: 'all', priority: -5, windows: [{ name: 'inventory', ...window }] },
    });

  it('rollouts 67: plan when each cluster starts by its own clock, tell what a rollout waits for, and why', async () => {
    const [from, to] = [shown(-HOUR, 5.5 * HOUR), shown(HOUR, 5.5 * HOUR)];
    await guard({ kind: 'deny', from, to, timezone: 'cluster' });
    const ends = `${shown(HOUR).slice(0, 16)}`;
    const plan = await cli('plan', SOURCE, '-o', 'wide');
    expect(plan).toMatchObject({ code: 0, stderr: '' });
    expect(plan.stdout).toMatch(/^WAVE .*CLUSTER TIMES/);
    expect(plan.stdout).toMatch(new RegExp(` in-1:${ends}:..Z,utc-1:now `));
    expect(plan.stdout).toContain("! NO_TIMEZONE utc-1: window inventory of policy guard goes by the cluster's clock");

    await fleet.putSecret({ password: 'second' });
    const id = await waitFor('utc-1 to be through', async () => {
      const [rollout] = (await fleet.rollouts()) ?? [];
      return rollout?.counts.succeeded === 1 && rollout.id;
    });
    const status = await cli('rollout', 'status', id, '--timeout', '1s');
    expect(status.code).toBe(4);
    expect(status.stdout + status.stderr).toContain('window inventory of policy guard denies until');
    const got = await cli('rollout', 'get', id);
    expect(got.stdout).toMatch(
      /waits for Window until \S+ \(59m \S+ left\): 1 in wave \S+: in-1; window inventory of policy guard/,
    );
    const why = await cli('why', 'in-1', 'Deployment/shop/web');
    expect(why.stdout).toContain('Window: window inventory of policy guard denies until');
    expect(why.stdout).toMatch(/\nnext: Wait: .*It waits until/);

    const watching = cli('rollout', 'watch', id);
    expect(await cli('policy', 'delete', 'guard')).toMatchObject({ code: 0 });
    const { code, stdout } = await watching;
    expect({ code, last: stdout.split('\n').at(-2) }).toEqual({ code: 0, last: `✔ ${id} Succeeded  2/2 clusters` });
  });
});
