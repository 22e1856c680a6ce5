import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { ConfigError, loadHubConfig } from './hub-config';

function problemsOf(env: Record<string, string>): string[] {
  try {
    loadHubConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((problem) => problem.variable).sort();
    throw error;
  }
  return [];
}

describe('hub configuration', () => {
  const directory = mkdtempSync(join(tmpdir(), 'hub-config-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };

  it('has a default for everything', () => {
    const config = loadHubConfig({});
    expect(config).toMatchObject({
      port: 8080,
      opsPort: 8081,
      prefix: 'fr',
      publicUrl: null,
      adminToken: null,
      tls: null,
    });
    expect(config.redis.topology).toEqual({ kind: 'single', host: '127.0.0.1', port: 6379 });
    expect(config.retention).toEqual({ ageMs: 30 * 86_400_000, rollouts: 10_000 });
    expect(config.log).toEqual({ level: 'info', format: 'json' });
    expect(loadHubConfig({ LOG_LEVEL: 'WARN', LOG_FORMAT: 'Pretty' }).log).toEqual({ level: 'warn', format: 'pretty' });
  });

  it('refuses arguments, each by itself', () => {
    expect(() => loadHubConfig({}, ['--help', 'x'])).toThrow(/^--help: the hub takes no arguments: .*\nx: the hub/);
  });

  it('names every wrong variable at once', () => {
    const env = {
      HUB_PORT: 'eighty',
      LOG_LEVEL: 'loud',
      REDIS_URL: 'http://x',
      HUB_ADMIN_TOKEN_FILE: '/none',
      HUB_TLS_KEY_FILE: '/none',
      HUB_RETENTION: '1y',
    };
    const expected = [
      'HUB_ADMIN_TOKEN_FILE',
      'HUB_PORT',
      'HUB_RETENTION',
      'HUB_TLS_CERT_FILE',
      'HUB_TLS_KEY_FILE',
      'LOG_LEVEL',
      'REDIS_URL',
    ];
    expect(problemsOf(env)).toEqual(expected);
  });

  it.each([
    ['the two ports are the same', { HUB_PORT: '9000', HUB_OPS_PORT: '9000' }, ['HUB_OPS_PORT']],
    ['two addresses of Redis', { REDIS_URL: 'redis://a', REDIS_CLUSTER_NODES: 'b:1' }, ['REDIS_CLUSTER_NODES']],
    ['sentinels without a name', { REDIS_SENTINELS: 'a:1,b:2' }, ['REDIS_SENTINEL_NAME']],
    [
      'sentinels without a name beside one server',
      { REDIS_URL: 'redis://a', REDIS_SENTINELS: 'a:1' },
      ['REDIS_SENTINELS', 'REDIS_SENTINEL_NAME'],
    ],
    ['a name without sentinels', { REDIS_SENTINEL_NAME: 'main' }, ['REDIS_SENTINEL_NAME']],
    ['a password for no sentinels', { REDIS_SENTINEL_PASSWORD: 'x' }, ['REDIS_SENTINEL_PASSWORD']],
    ['a user of Redis without a password', { REDIS_USERNAME: 'hub' }, ['REDIS_USERNAME']],
    ['nodes that are no addresses', { REDIS_CLUSTER_NODES: 'redis://a:1' }, ['REDIS_CLUSTER_NODES']],
    ['an authority that is not there', { REDIS_TLS_CA_FILE: '/none' }, ['REDIS_TLS_CA_FILE']],
    ['an authority that is no certificate', { REDIS_TLS_CA_FILE: __filename }, ['REDIS_TLS_CA_FILE']],
    ['a half-wanted TLS', { REDIS_URL: 'rediss://a', REDIS_TLS: 'false' }, ['REDIS_TLS']],
    ['a short admin token', { HUB_ADMIN_TOKEN: 'short' }, ['HUB_ADMIN_TOKEN']],
    ['a port out of range', { HUB_PORT: '70000' }, ['HUB_PORT']],
    ['a folder that is not there', { HUB_POLICY_DIR: '/none' }, ['HUB_POLICY_DIR']],
    ['a file for a folder', { HUB_POLICY_DIR: __filename }, ['HUB_POLICY_DIR']],
    ['a path for a URL', { HUB_PUBLIC_URL: '/hub' }, ['HUB_PUBLIC_URL']],
  ])('refuses %s', (_what, env, expected) => {
    expect(problemsOf(env as Record<string, string>)).toEqual(expected);
  });

  it('reads secrets from files, without the last newline, and refuses both forms together', () => {
    const path = file('token', 'a-token-of-enough-length\n');
    expect(loadHubConfig({ HUB_ADMIN_TOKEN_FILE: path }).adminToken?.reveal()).toBe('a-token-of-enough-length');
    expect(problemsOf({ HUB_ADMIN_TOKEN_FILE: path, HUB_ADMIN_TOKEN: 'another-token-of-length' })).toEqual([
      'HUB_ADMIN_TOKEN_FILE',
    ]);
  });

  it('splits the address of Redis from its credentials', () => {
    const { redis } = loadHubConfig({ REDIS_URL: 'rediss://us%40er:p%3Aw@redis.example:7000/3' });
    expect(redis).toMatchObject({
      topology: { host: 'redis.example', port: 7000 },
      db: 3,
      username: 'us@er',
      tls: { ca: null },
    });
    expect(redis.password?.reveal()).toBe('p:w');
  });

  it('understands sentinels', () => {
    const { redis } = loadHubConfig({ REDIS_SENTINELS: 'a:1, [::1]:2,c', REDIS_SENTINEL_NAME: 'main' });
    const sentinels = [
      { host: 'a', port: 1 },
      { host: '::1', port: 2 },
      { host: 'c', port: 26_379 },
    ];
    expect(redis.topology).toEqual({ kind: 'sentinel', sentinels, name: 'main', username: null, password: null });
  });

  it('understands a cluster, with TLS and a password', () => {
    const { redis } = loadHubConfig({
      REDIS_CLUSTER_NODES: 'a:7001,b',
      REDIS_TLS: 'true',
      REDIS_PASSWORD_FILE: file('password', 'swordfish\n'),
    });
    const nodes = [
      { host: 'a', port: 7001 },
      { host: 'b', port: 6379 },
    ];
    expect(redis).toMatchObject({ topology: { kind: 'cluster', nodes }, db: 0, tls: { ca: null } });
    expect(redis.password?.reveal()).toBe('swordfish');
  });

  const SECRET = `whsec_${Buffer.alloc(24, 's').toString('base64')}`;
  const webhooks = (receivers: object): Record<string, string> => ({ HUB_WEBHOOKS: JSON.stringify(receivers) });

  it('knows receivers of notifications, with secrets as values or files, from a value or a file', () => {
    const receivers = {
      pager: { url: 'https://pager.example/hook?a=b', secret: SECRET },
      chat: { url: 'http://chat.example', secretFile: file('chat', `${SECRET.slice(6)}\n`) },
    };
    for (const env of [webhooks(receivers), { HUB_WEBHOOKS_FILE: file('hooks', JSON.stringify(receivers)) }]) {
      const read = loadHubConfig(env).webhooks;
      expect([...read.keys()]).toEqual(['pager', 'chat']);
      expect(read.get('pager')?.url.reveal()).toBe('https://pager.example/hook?a=b');
      expect([...read.values()].map(({ key }) => key.reveal())).toEqual([SECRET.slice(6), SECRET.slice(6)]);
    }
    expect(loadHubConfig({}).webhooks.size).toBe(0);
  });

  it('tells every problem of every receiver, and repeats none of what they hold', () => {
    const wrong = {
      ...{ ftp: { url: 'ftp://hunter2', secret: 'hunter2' }, user: { url: 'http://hunter2:x@y', secret: SECRET } },
      ...{ none: { url: 'http://hunter2' }, both: { url: 'http://x', secret: SECRET, secretFile: '/hunter2' } },
      ...{ short: { url: 'http://x', secret: 'hunter2' }, file: { url: 'http://x', secretFile: '/hunter2' } },
      ...{ more: { url: 'http://x', secret: SECRET, hunter2: 1 }, text: 'hunter2', 'Hunter2 ': {} },
    };
    expect.assertions(4);
    try {
      loadHubConfig({ ...webhooks(wrong), HUB_PORT: 'x' });
    } catch (error) {
      const lines = String(error).split('\n');
      expect(lines.filter((line) => line.includes('HUB_WEBHOOKS: '))).toHaveLength(10);
      expect(lines.map((line) => /HUB_WEBHOOKS: (\w+): /.exec(line)?.[1]).filter(Boolean)).toEqual([
        ...['ftp', 'ftp', 'user', 'none', 'both', 'short', 'file', 'more', 'text'],
      ]);
      expect(String(error)).not.toMatch(/hunter2/i);
    }
    expect(['[]', '{', '"x"', '1'].map((text) => problemsOf({ HUB_WEBHOOKS: text }))).toEqual([
      ...Array.from({ length: 4 }, () => ['HUB_WEBHOOKS']),
    ]);
  });

  it('takes no more receivers than it can keep apart', () => {
    const many = Object.fromEntries(
      Array.from({ length: 17 }, (_, n) => [`r${n}`, { url: 'http://x', secret: SECRET }]),
    );
    expect(problemsOf(webhooks(many))).toEqual(['HUB_WEBHOOKS']);
  });

  it('never prints a secret, neither in a dump nor in a problem', () => {
    const env = { HUB_ADMIN_TOKEN: 'hunter2-hunter2-hunter2', REDIS_PASSWORD: 'swordfish' };
    const config = loadHubConfig({ ...env, ...webhooks({ a: { url: 'http://x/hunter2', secret: SECRET } }) });
    const printed = inspect(config, { depth: 9 }) + JSON.stringify(config) + String(config.adminToken);
    expect(printed).not.toMatch(/hunter2|swordfish/);
    expect(printed).not.toContain(SECRET.slice(6));
    try {
      loadHubConfig({ REDIS_URL: 'http://user:swordfish@x', HUB_ADMIN_TOKEN: 'hunter2' });
      throw new Error('must be refused');
    } catch (error) {
      expect(String(error)).not.toMatch(/hunter2|swordfish/);
    }
  });
});
