import { UNLIMITED } from '@test/limits/unlimited';
import type { EventView } from '@app/contracts/api/views';
import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { ProcessFleet } from '@test/fleet/process-fleet';
import { startSimulatedFleet } from '@test/fleet/simulated-fleet';
import type { Name } from '@test/kube';
import { POD_BEHAVIOUR } from '@test/pod-template';
import { ManagedProcess } from '@test/processes/managed-process';
import { builtProgram, cleanEnvironment } from '@test/processes/program';
import { type CliResult, runCli } from '@test/processes/run-cli';
import { waitFor } from '@test/wait';

jest.setTimeout(60_000);

const SOURCE = 'Secret/shop/db';
/** A Secret whose change makes the Deployment of this name crash, in two of the clusters. */
const BROKEN: Name = { namespace: 'shop', name: 'broken' };
const BROKEN_IN = ['dev-1', 'prod-1'];
const WAVES = '@env=dev, @env=staging, rest';

/** The built command line tool against a hub, agents and simulated clusters, each a process. */
describe('reloadctl', () => {
  let fleet: ProcessFleet;
  let round = 0;

  beforeAll(async () => {
    fleet = await startSimulatedFleet({
      clusters: { 'dev-1': { env: 'dev' }, 'staging-1': { env: 'staging' }, 'prod-1': { env: 'prod' } },
      secret: { password: 'first' },
      rollout: `${WAVES} / 1s`,
    });
  }, 60_000);
  afterAll(() => fleet.stopAll());

  const cli = (...args: string[]): Promise<CliResult> => runCli(args, { hub: fleet.hub, timeoutMs: 30_000 });
  const cliAs = async (role: string, ...args: string[]): Promise<CliResult> => {
    const { token } = await fleet.call<{ token: string }>('POST', '/tokens', { name: `a-${role}`, role });
    return runCli(args, { hub: { url: fleet.hub.url, token }, timeoutMs: 30_000 });
  };
  const parsed = <T>({ stdout }: CliResult): T => JSON.parse(stdout) as T;
  const newest = async (): Promise<string> => (await fleet.rollouts())?.[0]?.id ?? '';

  /** Changes the Secret and gives the id of the rollout that carries the change. */
  async function rotate(): Promise<string> {
    const before = await newest();
    round += 1;
    await fleet.putSecret({ password: `round-${round}` });
    return after(before);
  }
  const after = (before: string): Promise<string> =>
    waitFor('a new rollout', async () => {
      const now = await newest();
      return now !== before && now;
    });
  const untilSoak = (id: string): Promise<boolean> =>
    waitFor('the soak', async () => (await fleet.rollout(id)).waves[0]?.phase === 'Soaking');
  const policy = (soak: string): Promise<unknown> =>
    fleet.call('PUT', '/policies/default', {
      apiVersion: 'fleet-reloader.io/v1',
      kind: 'RolloutPolicy',
      metadata: { name: 'default' },
      spec: { rollout: `${WAVES} / ${soak}`, coalesce: { quietPeriod: '1s' }, limits: UNLIMITED },
    });

  it('plans without starting anything', async () => {
    const plan = await cli('plan', SOURCE);
    expect(plan).toMatchObject({ code: 0, stderr: '' });
    expect(plan.stdout).toMatch(/^WAVE +CLUSTERS +WORKLOADS +EARLIEST +SOAK\nenv-dev +dev-1 +1 +now +1s\n/);
    expect(plan.stdout).toMatch(
      /\n! NOTHING_PENDING Secret\/shop\/db: .*\npolicy default@1, 3 clusters, plan hash \S+\n$/s,
    );
    expect(parsed(await cli('plan', SOURCE, '-o', 'json'))).toMatchObject({ planned: 3, planHash: expect.any(String) });
    expect((await cli('plan', SOURCE, '-o', 'name')).stdout).toBe('env-dev\nenv-staging\nrest\n');
    expect(await cli('rollout', 'list')).toMatchObject({ code: 0, stdout: '' });
    const nothing = await cli('rollout', 'watch', '--latest', '--timeout', '1s');
    expect(nothing).toMatchObject({ code: 4, stderr: expect.stringContaining('no rollout has begun') });
  });

  it('follows the newest rollout over all waves to its end, and proves it', async () => {
    const watching = cli('rollout', 'watch', '--latest');
    const id = await rotate();
    const { code, stdout, stderr } = await watching;
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('error') });
    const steps = [/rollout: Running/, /cluster dev-1: Succeeded/, /wave env-staging: Active/, /wave rest: Succeeded/];
    const places = steps.map((step) => stdout.search(step));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(stdout.split('\n').at(-2)).toBe(`✔ ${id} Succeeded  3/3 clusters`);
    expect(new Set(stdout.split('\n')).size).toBe(stdout.split('\n').length);

    const verified = await cli('verify', 'secret/shop/db');
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(verified.stdout.match(/Converged/g)).toHaveLength(3);
    expect(await cli('verify', SOURCE, '-o', 'name')).toMatchObject({ stdout: 'dev-1\nprod-1\nstaging-1\n' });
  });

  it('shows rollouts as tables, names, JSON and YAML', async () => {
    const id = await newest();
    const [table, names, none, list, one, yaml, whole, status, watched] = await Promise.all([
      cli('rollout', 'list'),
      cli('rollout', 'list', '-o', 'name', '--cluster', 'dev-1', '--phase', 'Succeeded'),
      cli('rollout', 'list', '--policy', 'other'),
      cli('rollout', 'list', '-o', 'json'),
      cli('rollout', 'get', id, '-o', 'json'),
      cli('rollout', 'get', id, '-o', 'yaml'),
      cli('rollout', 'get', id),
      cli('rollout', 'status', id),
      cli('rollout', 'watch', id, '-o', 'json'),
    ]);
    expect(table.stdout).toMatch(/^ROLLOUT .*\nr-\S+ +Secret\/shop\/db +default@1 +Succeeded +3\/3 /);
    expect(names.stdout).toBe(`${id}\n`);
    expect(none).toMatchObject({ code: 0, stdout: '' });
    expect(parsed(list)).toMatchObject({ items: [{ id }] });
    expect(parsed(one)).toMatchObject({ id, phase: 'Succeeded' });
    expect(yaml.stdout).toContain(`id: ${id}\n`);
    expect(whole.stdout).toContain('        ✔ Deployment/shop/web  Succeeded\n');
    expect(status).toMatchObject({ code: 0, stdout: expect.stringContaining(id) });
    const lines = watched.stdout.trim().split('\n');
    const told = lines.map((line) => JSON.parse(line) as { event?: EventView; rollout?: RolloutView });
    expect(told[0]).toMatchObject({ event: { rollout: id, type: 'rollout.Running' } });
    expect(told.at(-1)).toMatchObject({ rollout: { id, phase: 'Succeeded' } });
  });

  it('pauses, resumes, skips and cancels, and says what is allowed when it can not', async () => {
    await policy('10m');
    const id = await rotate();
    await untilSoak(id);
    const late = await cli('rollout', 'status', id, '--timeout', '1s');
    expect(late).toMatchObject({ code: 4, stderr: expect.stringContaining(`rollout watch ${id}`) });
    expect(late.stderr).toContain('cluster dev-1: Succeeded');
    expect(late.stdout).toMatch(new RegExp(`${id} .* Running +1/3`));
    expect(await cli('rollout', 'status', id)).toMatchObject({ code: 3 });

    const paused = await cli('rollout', 'pause', id, '--reason', 'looking closer');
    expect(paused).toMatchObject({ code: 0, stdout: expect.stringMatching(/Paus(ing|ed)/) });
    const again = await cli('rollout', 'pause', id);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toMatch(/it is Paus(ing|ed); it allows now: resume, cancel, skip/);
    expect(await cli('rollout', 'resume', id)).toMatchObject({ code: 0, stdout: expect.stringContaining('Running') });

    const without = await cli('rollout', 'skip', id, '--cluster', 'prod-1');
    expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('--reason') });
    const both = await cli('rollout', 'skip', id, '--cluster', 'prod-1', '--wave', 'rest', '--reason', 'x');
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('either --wave or --cluster') });
    const skipped = await cli('rollout', 'skip', id, '--cluster', 'prod-1', '--reason', 'later', '-o', 'json');
    expect(parsed<RolloutView>(skipped).counts).toMatchObject({ skipped: 1 });

    expect(await cli('rollout', 'cancel', id, '--reason', 'enough')).toMatchObject({ code: 0 });
    const ended = await cli('rollout', 'wait', id);
    expect(ended).toMatchObject({ code: 3, stdout: expect.stringContaining('Cancelled') });
    const over = await cli('rollout', 'cancel', id);
    expect(over.stderr).toMatch(/^error: .*\n {2}it is Cancelled; it allows now: nothing\n$/);
  });

  it('starts what is left by hand, only as it was planned, and tells why a workload has not restarted', async () => {
    await policy('1s');
    const behind = await cli('verify', SOURCE);
    expect(behind).toMatchObject({ code: 3, stderr: '1 of 3 clusters have converged; 2 behind, 0 unknown\n' });
    expect(await cli('verify', SOURCE, '--wait', '--timeout', '1s')).toMatchObject({ code: 4 });
    const why = await cli('why', 'prod-1', 'deploy/shop/web', '--source', SOURCE);
    expect(why).toMatchObject({ code: 0, stderr: '' });
    expect(why.stdout).toMatch(/^1 ✔ ClusterKnown .*\n\d ✘ RolloutActive .*\nnext: .*by hand.*\n$/s);

    const stale = await cli('rollout', 'start', SOURCE, '--reason', 'rest', '--plan-hash', 'other');
    expect(stale).toMatchObject({ code: 1, stderr: expect.stringContaining('the plan is not the one') });
    const { planHash } = parsed<{ planHash: string }>(await cli('plan', SOURCE, '-o', 'json'));
    const started = await cli('rollout', 'start', SOURCE, '--reason', 'rest', '--plan-hash', planHash, '-o', 'name');
    expect(started.code).toBe(0);
    expect(await cli('rollout', 'wait', started.stdout.trim(), '-o', 'name')).toMatchObject({
      code: 0,
      stdout: started.stdout,
    });
    expect(await cli('verify', SOURCE, '--wait', '--timeout', '10s')).toMatchObject({ code: 0 });
    const nothing = await cli('rollout', 'start', SOURCE, '--reason', 'again');
    expect(nothing).toMatchObject({ code: 1, stderr: expect.stringContaining(`waits for ${SOURCE}`) });
    const forced = await cli('rollout', 'start', 'deploy/shop/web', '--force', '--reason', 'again', '-o', 'name');
    expect(forced).toMatchObject({ code: 0, stderr: '' });
    const refused = await cli('rollout', 'wait', forced.stdout.trim());
    expect(refused).toMatchObject({ code: 3, stdout: expect.stringMatching(/ Deployment\/shop\/web .* Halted /) });
    const told = await cli('rollout', 'get', forced.stdout.trim());
    expect(told.stdout).toMatch(
      /cause +Deployment\/shop\/web by force, by hand by admin: again\n(.|\n)*ForcedNotAllowed/,
    );
    expect(await cli('rollout', 'cancel', forced.stdout.trim())).toMatchObject({ code: 0 });
  });

  it('plans a rollout anew under the policy as it is now', async () => {
    await policy('10m');
    const id = await rotate();
    await untilSoak(id);
    await policy('1s');
    const replanned = await cli('rollout', 'replan', id, '--reason', 'a shorter soak', '-o', 'json');
    const successor = parsed<RolloutView>(replanned).id;
    expect(await cli('rollout', 'wait', id)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(`rollout watch ${successor}`),
    });
    expect(await cli('rollout', 'wait', successor)).toMatchObject({ code: 0 });
  });

  it('ends with 3 and the words of the container when a workload crashes; retry and skip go on', async () => {
    await Promise.all(BROKEN_IN.map(deployBroken));
    await waitFor('the inventory', async () => (await fleet.items('/workloads')).length === 5);
    const before = await newest();
    await Promise.all(BROKEN_IN.map((name) => fleet.kube(name).putSecret(BROKEN, { key: 'second' })));
    const id = await after(before);
    const watched = await cli('rollout', 'watch', id);
    expect(watched.code).toBe(3);
    expect(watched.stdout).toMatch(/\n✘ r-\S+ Halted {2}0\/2 clusters, 1 failed /);
    expect(watched.stdout).toMatch(
      /\n✘ dev-1 Deployment\/shop\/broken {2}CrashLoop: .*back-off restarting failed container/,
    );
    expect(watched.stderr).toContain(`reloadctl rollout retry ${id}`);
    expect(await cli('hold', '--policy', 'other', '--reason', 'INC-88')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('nothing is known of policy other'),
    });
    const check = await cli('check');
    expect(check).toMatchObject({ code: 3, stdout: expect.stringContaining(`NOT OK  halted: ${id}\n`) });
    expect(check.stdout).toContain('policy other (admin: INC-88)');
    expect(await cli('unhold', '--all')).toMatchObject({ code: 0 });
    expect((await cli('rollout', 'list', '--phase', 'Halted')).stdout).toMatch(
      / WAITS-FOR\n(.|\n)* Halted +0\/2 .*FailureLimit\n/,
    );

    const refused = await cli('rollout', 'resume', id);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('allows now: retry, resume, skip, cancel'),
    });
    expect(await cli('rollout', 'retry', id, '--reason', 'once more')).toMatchObject({ code: 0 });
    expect(await cli('rollout', 'wait', id)).toMatchObject({ code: 3, stdout: expect.stringContaining('Halted') });
    expect(await cli('rollout', 'skip', id, '--cluster', 'dev-1', '--reason', 'known')).toMatchObject({ code: 0 });
    expect(await cli('rollout', 'wait', id)).toMatchObject({ code: 3, stdout: expect.stringContaining('Halted') });
    expect(await cli('rollout', 'resume', id, '--accept-failures')).toMatchObject({ code: 0 });
    const degraded = await cli('rollout', 'status', id, '--wait');
    expect(degraded).toMatchObject({ code: 3, stdout: expect.stringContaining('Degraded') });
  });

  async function deployBroken(cluster: string): Promise<void> {
    const kube = fleet.kube(cluster);
    await kube.putSecret(BROKEN, { key: 'first' });
    await kube.createDeployment(BROKEN, {
      annotations: { 'fleet-reloader.io/auto': 'true' },
      envSecrets: [BROKEN.name],
      podAnnotations: { [POD_BEHAVIOUR.restarted]: 'crash' },
    });
  }

  it('tells apart what is wrong: the command line, the token, the role, the name, the hub', async () => {
    const id = await newest();
    const elsewhere = (url: string): Promise<CliResult> => runCli(['rollout', 'list'], { hub: { url, token: 'none' } });
    const answers = await Promise.all([
      cli('plan', 'db'),
      cli('rollout', 'watch'),
      cli('rollout', 'watch', id, '-o', 'yaml'),
      cli('why', 'dev-1', 'deploy/shop/web', '--source', 'Secret/other/db'),
      elsewhere(fleet.hub.url),
      cliAs('viewer', 'rollout', 'pause', id),
      cli('rollout', 'watch', 'r-none'),
      cli('verify', 'Secret/shop/nothing'),
      elsewhere('http://127.0.0.1:1'),
    ]);
    expect(answers.map(({ code }) => code)).toEqual([2, 2, 2, 2, 5, 5, 1, 3, 1]);
    expect(answers.map(({ stderr }) => stderr)).toEqual(
      [
        'KIND/NAMESPACE/NAME',
        '--latest',
        '-o json',
        'namespace other',
        '--token-file',
        'role',
        'rollout r-none does not exist',
        'no cluster',
        'http://127.0.0.1:1 can not be reached',
      ].map((text): unknown => expect.stringContaining(text)),
    );
    expect(answers.map(({ stdout }) => stdout).join('')).toBe('');
  });

  it('goes on watching over a restart of the hub, and leaves nothing out', async () => {
    await policy('2s');
    const id = await rotate();
    const { hub } = fleet;
    const args = [builtProgram('cli'), '--hub', hub.url, '--token', hub.token, 'rollout', 'watch', id];
    const watching = ManagedProcess.start({ name: 'cli', command: process.execPath, args, env: cleanEnvironment({}) });
    await waitFor('the soak to be told', () => watching.logs().includes('wave env-dev: Soaking'));
    await hub.program.kill();
    await waitFor('the trouble to be told', () => watching.logs().includes('can not be reached'));
    await fleet.restartHub();
    expect(await watching.exited).toMatchObject({ code: 0 });
    const page = await fleet.items<EventView>(`/rollouts/${id}/events?limit=500`);
    const lines = watching
      .logs()
      .split('\n')
      .filter((line) => /^\d{4}-/.test(line));
    expect(lines).toHaveLength(page.length);
    expect(watching.logs()).toContain(`✔ ${id} Succeeded`);
  });
});
