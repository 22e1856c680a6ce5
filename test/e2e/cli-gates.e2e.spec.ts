import { UNLIMITED } from '@test/limits/unlimited';
import type { GateView } from '@app/contracts/api/gates';
import type { ProcessFleet } from '@test/fleet/process-fleet';
import { startSimulatedFleet } from '@test/fleet/simulated-fleet';
import { type CliResult, runCli } from '@test/processes/run-cli';
import { waitFor } from '@test/wait';

jest.setTimeout(60_000);

const SOURCE = 'Secret/shop/db';

/** The built command line tool against a hub, agents and simulated clusters, each a process. */
describe('reloadctl and gates', () => {
  let fleet: ProcessFleet;
  let approver: string;

  beforeAll(async () => {
    fleet = await startSimulatedFleet({
      clusters: { 'dev-1': { env: 'dev' }, 'prod-1': { env: 'prod' } },
      secret: { password: 'first' },
      rollout: 'all',
    });
    await fleet.call('PUT', '/policies/default', {
      ...{ apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata: { name: 'default' } },
      spec: {
        coalesce: { quietPeriod: '1s' },
        limits: UNLIMITED,
        waves: [
          { name: 'dev', clusters: { selector: 'env=dev' }, soak: { for: '0s' } },
          { name: 'prod', clusters: { rest: true }, gates: { before: [GO] } },
        ],
      },
    });
    const made = await cli('token', 'create', 'ann', '--role', 'approver', '--group', 'sre');
    approver = made.stdout.trim();
  }, 60_000);
  afterAll(() => fleet.stopAll());

  const GO = { type: 'approval', name: 'go', approvers: ['group:sre'], expiresAfter: '24h', onExpire: 'reject' };
  const cli = (...args: string[]): Promise<CliResult> => runCli(args, { hub: fleet.hub, timeoutMs: 30_000 });
  const ann = (...args: string[]): Promise<CliResult> =>
    runCli(args, { hub: { url: fleet.hub.url, token: approver }, timeoutMs: 30_000 });
  const rotated = async (password: string): Promise<string> => {
    const before = (await fleet.rollouts())?.[0]?.id;
    await fleet.putSecret({ password });
    const id = await waitFor('the rollout', async () => {
      const now = (await fleet.rollouts())?.[0]?.id;
      return now !== before && now;
    });
    await waitFor('the gate', async () => (await fleet.rollout(id)).waves[1]?.phase === 'GateBefore');
    return id;
  };

  it('plan who will be asked; a rollout that waits for people ends with 6, and goes on when they approve', async () => {
    const plan = await cli('plan', SOURCE);
    expect(plan.stdout).toContain('\nbefore wave prod: approval gate go: 1 approval by group:sre\n');
    const id = await rotated('second');
    const gate = `${id}.prod.before.go`;
    const [once, late] = await Promise.all([
      cli('rollout', 'status', id),
      cli('rollout', 'wait', id, '--timeout', '1s'),
    ]);
    expect([once.code, late.code]).toEqual([6, 6]);
    expect(once.stderr).toContain(`run "reloadctl gate approve ${gate}"`);
    expect((await cli('rollout', 'get', id)).stdout).toMatch(
      new RegExp(`waits for Approval until \\S+ \\(.*left\\): gate ${gate} waits for 1 approval by group:sre`),
    );
    expect((await cli('why', 'prod-1', 'Deployment/shop/web')).stdout).toContain(`Approve or reject gate ${gate}.`);
    const list = await cli('gate', 'list', '--state', 'pending');
    expect(list.stdout).toMatch(
      /^GATE +WAVE +STATE +NEED +SINCE +EXPIRES\n\S+ +before prod +Open +0 of 1 by group:sre /,
    );
    expect((await cli('gate', 'list', '-o', 'name')).stdout).toBe(`${gate}\n`);

    const other = await cli('gate', 'approve', gate);
    expect(other).toMatchObject({ code: 5, stdout: '', stderr: expect.stringContaining('is for group:sre to decide') });
    const watching = cli('rollout', 'watch', id);
    const approved = await ann('gate', 'approve', gate, '--reason', 'CHG-4711');
    expect(approved).toEqual({ code: 0, stdout: `gate ${gate}: Approved\n`, stderr: '' });
    expect((await ann('gate', 'approve', gate)).code).toBe(0);
    const { code, stdout } = await watching;
    expect({ code, last: stdout.split('\n').at(-2) }).toEqual({ code: 0, last: `✔ ${id} Succeeded  2/2 clusters` });
    expect(stdout).toContain(`gate ${gate}: Approved: approved by ann: CHG-4711`);
    expect(await ann('gate', 'reject', gate)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/stays approved.*\n {2}it is Approved; it allows now: nothing\n/),
    });
    expect(await cli('gate', 'list')).toMatchObject({ code: 0, stdout: '' });
  });

  it('a rejection halts, and the way on is told', async () => {
    const id = await rotated('third');
    const rejected = await ann('gate', 'reject', `${id}.prod.before.go`, '--reason', 'not today', '-o', 'json');
    expect(JSON.parse(rejected.stdout) as GateView).toMatchObject({
      state: 'Rejected',
      rejection: { actor: 'ann', reason: 'not today' },
    });
    const halted = await cli('rollout', 'wait', id);
    expect(halted).toMatchObject({ code: 3, stdout: expect.stringContaining('Halted') });
    expect(halted.stderr).toContain(`reloadctl rollout resume ${id}`);
    expect(await cli('rollout', 'resume', id)).toMatchObject({ code: 0 });
    expect(await cli('rollout', 'status', id)).toMatchObject({ code: 6 });
    expect(await cli('rollout', 'skip', id, '--wave', 'prod', '--reason', 'later')).toMatchObject({ code: 0 });
    expect(await cli('rollout', 'wait', id)).toMatchObject({ code: 0 });
  });
});
