import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeConfig, readAgentConfig, type AgentConfig } from './agent-config';

const KUBECONFIG = `
clusters: [{name: c, cluster: {server: "https://127.0.0.1:6443"}}]
users: [{name: u, user: {}}]
contexts: [{name: one, context: {cluster: c, user: u}}]
current-context: one
`;
const HOOK = 'https://chat.example/T0P-S3CRET';
let home: string;
let base: Record<string, string>;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'agent-modes-'));
  base = { KUBECONFIG: join(home, 'kubeconfig') };
  writeFileSync(join(home, 'kubeconfig'), KUBECONFIG);
});
afterAll(() => rmSync(home, { recursive: true }));

function read(env: Record<string, string>, ...argv: string[]): AgentConfig {
  const result = readAgentConfig({ ...base, ...env }, argv);
  if (!result.ok) throw new Error(result.problems.join('\n'));
  return result.config;
}

function problems(env: Record<string, string>, ...argv: string[]): readonly string[] {
  const result = readAgentConfig({ ...base, ...env }, argv);
  return result.ok ? [] : result.problems.map((problem) => problem.split(/[: ]/)[0] ?? '');
}

describe('several replicas', () => {
  it('agent 147: need POD_NAME and POD_NAMESPACE, and both are named', () => {
    expect(problems({}, '--enable-ha')).toEqual(['POD_NAME', 'POD_NAMESPACE']);
    expect(problems({ POD_NAME: 'a-0' }, '--enable-ha')).toEqual(['POD_NAMESPACE']);
    expect(problems({})).toEqual([]);
  });

  it('have the times of Reloader, unless told otherwise', () => {
    const pod = { POD_NAME: 'a-0', POD_NAMESPACE: 'reloading' };
    expect(read(pod, '--enable-ha').modes.leadership).toEqual({
      namespace: 'reloading',
      identity: 'a-0',
      leaseMs: 15_000,
      renewWithinMs: 10_000,
      retryMs: 2000,
    });
    expect(read(pod).modes.leadership).toBeNull();
    expect(problems(pod, '--enable-ha', '--leader-election-lease-duration=5s')).toEqual([
      '--leader-election-renew-deadline',
    ]);
  });
});

describe('alerts', () => {
  it('are off unless ALERT_ON_RELOAD is exactly true', () => {
    expect(read({ ALERT_WEBHOOK_URL: HOOK }).modes.alerts).toBeNull();
    expect(read({ ALERT_ON_RELOAD: 'True', ALERT_WEBHOOK_URL: HOOK }).modes.alerts).toBeNull();
  });

  it.each([
    ['Slack', 'slack'],
    ['TEAMS', 'teams'],
    ['gchat', 'gchat'],
    ['raw', 'raw'],
    ['', 'raw'],
    ['pager', 'raw'],
  ])('agent 188: the sink "%s" is %s', (given, sink) => {
    const env = { ALERT_ON_RELOAD: 'true', ALERT_WEBHOOK_URL: HOOK, ALERT_SINK: given, ALERT_ADDITIONAL_INFO: 'eu' };
    expect(read(env).modes.alerts).toMatchObject({ sink, additionalInfo: 'eu', proxy: null });
  });

  it('without a URL are off, with a warning; the URL is a secret', () => {
    const config = read({ ALERT_ON_RELOAD: 'true' });
    expect(config.modes.alerts).toBeNull();
    expect(config.warnings).toEqual([expect.stringContaining('ALERT_WEBHOOK_URL')]);
    expect(problems({ ALERT_ON_RELOAD: 'true', ALERT_WEBHOOK_URL: 'T0P-S3CRET' })).toEqual(['ALERT_WEBHOOK_URL']);
    const told = describeConfig(read({ ALERT_ON_RELOAD: 'true', ALERT_WEBHOOK_URL: HOOK }, `--webhook-url=${HOOK}`));
    expect(JSON.stringify(told)).not.toContain('S3CRET');
  });
});

describe('modes', () => {
  it('tell changes to a webhook only where no hub orders restarts', () => {
    expect(read({}, '--webhook-url=http://x/y').flags.webhookUrl?.href).toBe('http://x/y');
    expect(problems({}, '--webhook-url=x')).toEqual(['--webhook-url']);
    expect(problems({ HUB_URL: 'https://hub' }, '--webhook-url=http://x')).toEqual(['--webhook-url']);
  });

  it('tell changes to a webhook only where the data of Secrets is watched, or none of it counts', () => {
    const flags = ['--webhook-url=http://x', '--secrets-metadata-only'];
    expect(problems({}, ...flags)).toEqual(['--webhook-url']);
    expect(problems({}, ...flags, '--resources-to-ignore=secrets')).toEqual([]);
  });

  it('agent 138: a selector of namespaces is written as one of sources', () => {
    expect(read({}, '--namespace-selector="env=test"').flags.namespaceSelector).toBe('env=test');
    expect(read({}, '--namespace-selector=env:*,!old').flags.namespaceSelector).toBe('env,!old');
    const scoped = read({ KUBERNETES_NAMESPACE: 'own' }, '--namespace-selector=env=test');
    expect(scoped.flags.namespaceSelector).toBe('');
    expect(scoped.warnings).toHaveLength(1);
    expect(problems({}, '--namespace-selector=a=b=c')).toEqual(['--namespace-selector']);
  });

  it('bound restarts by the minute', () => {
    expect(read({}).flags.maxRestartsPerMinute).toBeNull();
    expect(read({}, '--max-restarts-per-minute=30').flags.maxRestartsPerMinute).toBe(30);
    expect(problems({}, '--max-restarts-per-minute=many')).toEqual(['--max-restarts-per-minute']);
  });

  it.each([
    ['hold', { kind: 'hold' }],
    ['immediate', { kind: 'immediate' }],
    ['fallback:30m', { kind: 'fallback', afterMs: 1_800_000 }],
    ['fallback:1h30m', { kind: 'fallback', afterMs: 5_400_000 }],
  ])('read ON_HUB_UNREACHABLE=%s', (text, chosen) => {
    const env = { HUB_URL: 'https://hub', ON_HUB_UNREACHABLE: text };
    expect(read(env).hub?.whenUnreachable).toEqual(chosen);
  });

  it.each(['fallback', 'fallback:', 'fallback:soon', 'fallback:-1m', 'never'])('refuse "%s"', (text) => {
    expect(problems({ ON_HUB_UNREACHABLE: text })).toEqual(['ON_HUB_UNREACHABLE']);
  });

  it('say which flags have no effect', () => {
    expect(read({}, '--enable-pprof=true', '--pprof-addr=:6060').warnings).toEqual([
      expect.stringContaining('enable-pprof'),
    ]);
  });
});
