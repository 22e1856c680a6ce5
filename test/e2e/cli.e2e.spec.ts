import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Agent, startAgent } from '@test/processes/start-agent';
import { type CliOptions, type CliResult, runCli } from '@test/processes/run-cli';
import { freePort } from '@test/processes/ports';
import { type Hub, startHub } from '@test/processes/start-hub';
import type { RedisServer } from '@test/redis/redis-server';
import { startRedis } from '@test/redis/start-redis';
import { type Simulator, startSimulator } from '@test/simulator/simulator';
import { waitFor } from '@test/wait';

jest.setTimeout(60_000);

/** The built command line tool as people and scripts use it, against a hub and agents as processes. */
describe('reloadctl', () => {
  let redis: RedisServer;
  let hub: Hub;
  let simulator: Simulator;
  let directory: string;
  const agents: Agent[] = [];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'fleet-reloader-cli-'));
    redis = await startRedis({ own: true });
    [hub, simulator] = await Promise.all([startHub({ redisUrl: redis.url }), startSimulator()]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(agents.map(({ program }) => program.stop()));
    await hub?.program.stop();
    await simulator?.stop();
    await redis?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const cli = (args: readonly string[], options: CliOptions = {}): Promise<CliResult> =>
    runCli(args, { hub, ...options });
  const file = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const ok = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await cli(args);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };
  const startIn = async (name: string, token: string): Promise<void> => {
    const { kubeconfigPath } = await simulator.addCluster(name);
    agents.push(
      await startAgent({
        kubeconfigPath,
        hubUrl: hub.url,
        clusterName: name,
        labels: { env: 'dev' },
        enrolmentToken: token,
      }),
    );
  };
  const json = async (...args: string[]): Promise<Record<string, unknown>> =>
    JSON.parse(await ok(...args, '-o', 'json')) as Record<string, unknown>;

  it('says what it is, and what the hub is', async () => {
    expect(await ok('version')).toMatch(
      /^PART +VERSION +COMMIT +PROTOCOL\nreloadctl +\S+ +- +-\nhub +\S+ +\S+ +\d-\d\n$/,
    );
    expect((await runCli(['version'])).code).toBe(0);
  });

  it('exits with 5 without a valid token or the role for it', async () => {
    const stranger = { hub: { url: hub.url, token: 'not-a-token' } };
    expect((await cli(['cluster', 'list'], stranger)).code).toBe(5);
    expect((await cli(['check'], stranger)).code).toBe(5);
    const token = (await ok('token', 'create', 'reader', '--role', 'viewer')).trim();
    const reader = { hub: { url: hub.url, token } };
    expect((await cli(['cluster', 'list'], reader)).code).toBe(0);
    const refused = await cli(['token', 'create', 'mine', '--role', 'admin'], reader);
    expect([refused.code, refused.stdout]).toEqual([5, '']);
    expect(refused.stderr).toContain('error: ');
  });

  it('exits with 4 where nothing answers in the time that it has', async () => {
    const silent = createServer();
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const { port } = silent.address() as AddressInfo;
    const target = { url: `http://127.0.0.1:${port}`, token: 't' };
    const { code, stderr } = await runCli(['cluster', 'list', '--timeout', '1s'], { hub: target });
    expect([code, stderr]).toEqual([4, expect.stringContaining('did not answer within 1 s')]);
    silent.close();
    silent.closeAllConnections();
  });

  it('exits with 1 and names address and remedy where no hub is', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, stderr } = await runCli(['cluster', 'list'], { hub: { url, token: 't' } });
    expect([code, stderr]).toEqual([1, expect.stringMatching(`${url}.*can not be reached.*ECONNREFUSED(.|\n)*--hub`)]);
  });

  it('makes tokens, lists them without their text, and deletes them', async () => {
    const made = await json(
      'token',
      'create',
      'short',
      '--role',
      'operator',
      '--clusters',
      'env=dev',
      '--expires-in',
      '1h',
    );
    expect(made).toMatchObject({ name: 'short', role: 'operator', clusters: 'env=dev' });
    const list = await ok('token', 'list');
    expect(list).toMatch(/short +operator +env=dev/);
    expect(list).not.toContain(String(made['token']));
    expect(await ok('token', 'delete', String(made['id']))).toBe(`token ${String(made['id'])}: deleted\n`);
    expect(await ok('token', 'list')).not.toContain('short');
    expect((await cli(['token', 'delete', 'nobody'])).code).toBe(1);
  });

  describe('login', () => {
    const home = (): Readonly<Record<string, string>> => ({ XDG_CONFIG_HOME: directory });

    it('stores a token that works, readable by its owner alone, and uses it from then on', async () => {
      const done = await runCli(['login', hub.url, '--token-stdin', '--context', 'test'], {
        env: home(),
        stdin: `${hub.token}\n`,
      });
      expect(done).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('as admin') as string });
      const path = join(directory, 'reloadctl', 'config.yaml');
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(readFileSync(path, 'utf8')).toContain('current: test');
      expect((await runCli(['cluster', 'list'], { env: home() })).code).toBe(0);
    });

    it('refuses a token that does not work, and keeps what there was', async () => {
      const { code } = await runCli(['login', hub.url, '--token', 'wrong'], { env: home() });
      expect(code).toBe(5);
      const check = await runCli(['check'], { env: home() });
      expect(check).toMatchObject({ code: 0, stdout: expect.stringContaining('none known: ') as string });
    });

    it('never sends the token of a context to another hub', async () => {
      const other = hub.url.replace('127.0.0.1', 'localhost');
      expect((await runCli(['cluster', 'list', '--hub', other], { env: home() })).code).toBe(5);
    });
  });

  it('adds a cluster and waits until it is there', async () => {
    expect((await cli(['cluster', 'add', 'never', '--wait', '1s'])).code).toBe(4);
    const made = await json('cluster', 'add', 'dev-1', '--labels', 'env=dev', '--ttl', '10m');
    expect(made['command']).toContain('helm install');
    await startIn('dev-1', String(made['token']));
    const waited = await cli(['cluster', 'add', 'dev-1', '--wait', '30s']);
    expect(waited).toMatchObject({ code: 0, stderr: expect.stringContaining('dev-1: Online') as string });
    expect(waited.stdout).toContain('--set cluster.name=dev-1');
    const tokens = await ok('cluster', 'token', 'list');
    expect(tokens).toMatch(/^ID +CLUSTER +LABELS +USED-BY +AGE +EXPIRES\n/);
    expect(tokens).toMatch(/ dev-1 +env=dev +dev-1 /);
    expect(tokens).toMatch(/ never +- +- /);
    const spare = String((await json('cluster', 'add', 'spare'))['id']);
    expect(await ok('cluster', 'token', 'delete', spare)).toBe(`enrolment token ${spare}: deleted\n`);
    expect(await ok('cluster', 'token', 'list', '-o', 'name')).not.toContain(spare);
  });

  it('lists and changes clusters', async () => {
    expect(await ok('cluster', 'list')).toMatch(/^NAME +STATE(.|\n)*dev-1 +Online .*env=dev\n$/);
    expect(await ok('cluster', 'list', '-l', 'env=dev', '-o', 'name')).toBe('dev-1\n');
    expect((await json('cluster', 'list', '-l', 'env=prod'))['items']).toEqual([]);
    expect(await ok('cluster', 'label', 'dev-1', 'region=eu', 'env-')).toBe('cluster dev-1: labelled\n');
    expect(await json('cluster', 'get', 'dev-1')).toMatchObject({ labels: { region: 'eu' } });
    expect(await ok('cluster', 'drain', 'dev-1', '--reason', 'upgrade')).toBe('cluster dev-1: drained\n');
    expect(await json('cluster', 'get', 'dev-1')).toMatchObject({ drained: true });
    expect(await ok('cluster', 'undrain', 'dev-1')).toBe('cluster dev-1: undrained\n');
    expect((await cli(['cluster', 'get', 'no-such'])).code).toBe(1);
  });

  it('shows what agents reported', async () => {
    expect((await cli(['source', 'list', '--cluster', 'dev-1'])).code).toBe(0);
    expect((await json('workload', 'list', '--namespace', 'shop'))['items']).toEqual([]);
    const refused = await cli(['workload', 'list', '--selector', 'env in (']);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('?labelSelector')]);
  });

  it('approves a cluster that waits, and tells that one waits', async () => {
    const answer = await fetch(`${hub.url}/api/v1/enrolment-tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${hub.token}`, 'content-type': 'application/json' },
      body: '{}',
    });
    await startIn('guest-1', ((await answer.json()) as { token: string }).token);
    await waitFor('the cluster', async () => (await cli(['cluster', 'get', 'guest-1'])).code === 0);
    const check = await cli(['check']);
    expect([check.code, check.stdout]).toEqual([3, expect.stringContaining('waiting for approval: guest-1')]);
    expect(await ok('cluster', 'approve', 'guest-1')).toBe('cluster guest-1: approved\n');
    expect(await ok('cluster', 'revoke', 'guest-1')).toBe('cluster guest-1: revoked\n');
    expect(await ok('cluster', 'remove', 'guest-1')).toBe('cluster guest-1: removed\n');
    expect((await cli(['cluster', 'get', 'guest-1'])).code).toBe(1);
  });

  describe('policies', () => {
    const PROD = ['apiVersion: fleet-reloader.io/v1', 'kind: RolloutPolicy', 'metadata: { name: prod }', 'spec:'];
    const prod = (rollout: string): string => [...PROD, '  priority: 7', `  rollout: ${rollout}`, ''].join('\n');

    it('start from a template that the hub takes', async () => {
      const path = file('template.yaml', await ok('policy', 'init', 'fresh'));
      await ok('policy', 'lint', path);
      expect(await ok('apply', '-f', path, '--dry-run')).toBe('policy fresh: created (dry run)\n');
      expect((await cli(['policy', 'get', 'fresh'])).code).toBe(1);
    });

    it('are created, left alone and configured', async () => {
      const path = file('prod.yaml', `# ours\n---\n${prod('canary')}---\nname: quick\nrollout: canary\n`);
      const version = /version \d+/;
      expect(await ok('apply', '-f', path)).toMatch(/^policy prod: created .*\npolicy quick: created .*\n$/);
      expect(await ok('apply', '-f', path)).toMatch(/^policy prod: unchanged .*\npolicy quick: unchanged .*\n$/);
      const changed = await cli(['apply', '-f', '-'], { stdin: prod('"@env=dev, rest"') });
      expect(changed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^policy prod: configured/) as string });
      expect(changed.stdout).toMatch(version);
      expect(await ok('policy', 'list')).toMatch(/default +0 .*builtin(.|\n)*prod +2 +7 +yes +api(.|\n)*quick +1 /);
      expect(await json('policy', 'get', 'prod')).toMatchObject({ document: { spec: { rollout: '@env=dev, rest' } } });
    });

    it('are compared with what is stored; a difference exits with 3', async () => {
      const path = file('diff.yaml', prod('canary'));
      const { code, stdout } = await cli(['policy', 'diff', '-f', path]);
      expect(code).toBe(3);
      expect(stdout).toContain('-  rollout: "@env=dev, rest"\n+  rollout: canary\n');
      const same = file('same.yaml', prod('"@env=dev, rest"'));
      expect((await cli(['policy', 'diff', same])).code).toBe(0);
      const [differing, equal] = [
        await cli(['policy', 'diff', path, '-o', 'json']),
        await json('policy', 'diff', same),
      ];
      expect([differing.code, JSON.parse(differing.stdout)]).toMatchObject([
        3,
        { items: [{ policy: 'prod', action: 'configured', version: 2, lines: expect.arrayContaining([' spec:']) }] },
      ]);
      expect(equal).toMatchObject({ items: [{ policy: 'prod', action: 'unchanged', lines: [] }] });
      expect((await cli(['policy', 'diff', path, '-o', 'name'])).stdout).toBe('prod\n');
    });

    it('with any fault change nothing, and every fault has its line', async () => {
      const path = file('bad.yaml', `${prod('canary')}---\nname: other\nrollout: canary\nwaves: 1\n---\nrollout: [\n`);
      const { code, stdout, stderr } = await cli(['apply', '-f', path]);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain(`${path}:10:1: /waves: `);
      expect(stderr).toMatch(/bad\.yaml:1[23]:\d+: /);
      expect(await json('policy', 'get', 'prod')).toMatchObject({ version: 2 });
      expect((await cli(['policy', 'lint', path])).code).toBe(1);
    });

    it('are exported as apply takes them back', async () => {
      await ok('hold', '--policy', 'quick', '--reason', 'INC-7');
      const exported = file('backup.yaml', await ok('export'));
      expect(readFileSync(exported, 'utf8')).toContain('name: quick');
      expect(await ok('policy', 'delete', 'prod', 'quick')).toBe('policy prod: deleted\npolicy quick: deleted\n');
      await ok('unhold', '--all');
      const { stdout, stderr } = await cli(['apply', '-f', exported]);
      expect(stdout).toMatch(/^policy prod: created .*\npolicy quick: created .*\n$/);
      expect(stderr).toContain('hold (policy quick): stands again: INC-7');
      const asJson = file('backup.json', await ok('export', '-o', 'json'));
      expect(await ok('apply', '-f', asJson, '-o', 'name', '--dry-run=server')).toBe('prod\nquick\n');
      expect(readFileSync(exported, 'utf8')).toMatch(/kind: FleetIdentities\n(.|\n)*publicKey: \S{43}/);
      expect((await cli(['apply', '-f', exported])).stderr).toMatch(
        /^identities: 0 cluster\(s\) restored, \d+ unchanged\n$/,
      );
      expect((await cli(['policy', 'delete', 'default'])).code).toBe(1);
      await ok('unhold', '--all');
    });
  });

  it('shows who did what', async () => {
    expect(await ok('audit', '--limit', '500')).toMatch(/AT +ACTOR +ACTION +SUBJECT +REASON(.|\n)*drain/);
    expect((await json('audit', '--limit', '2'))['items']).toHaveLength(2);
    expect((await cli(['audit', '--limit', 'many'])).code).toBe(2);
  });
});
