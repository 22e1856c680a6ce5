import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchedKinds } from './core/watched-kinds';
import { describeConfig, readAgentConfig, type AgentConfig } from './agent-config';

let home: string;
const file = (name: string, content: string): string => {
  const path = join(home, name);
  writeFileSync(path, content);
  return path;
};
const KUBECONFIG = `
clusters: [{name: c, cluster: {server: "https://127.0.0.1:6443"}}]
users: [{name: u, user: {token: t0ken}}]
contexts: [{name: one, context: {cluster: c, user: u}}]
current-context: one
`;
let base: Record<string, string>;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'agent-config-'));
  base = { KUBECONFIG: file('kubeconfig', KUBECONFIG) };
});
afterAll(() => rmSync(home, { recursive: true }));

function read(env: Record<string, string> = {}, ...argv: string[]): AgentConfig {
  const result = readAgentConfig({ ...base, ...env }, argv);
  if (!result.ok) throw new Error(result.problems.join('\n'));
  return result.config;
}

function problems(env: Record<string, string> = {}, ...argv: string[]): readonly string[] {
  const result = readAgentConfig({ ...base, ...env }, argv);
  return result.ok ? [] : result.problems;
}

describe('the agent configuration', () => {
  it('needs nothing but a way to the API server, and then acts alone', () => {
    expect(read()).toMatchObject({
      hub: null,
      clusterName: null,
      clusterLabels: {},
      fingerprintKey: null,
      namespace: 'fleet-reloader',
      opsPort: 9090,
      access: { server: 'https://127.0.0.1:6443' },
      flags: {
        autoReloadAll: false,
        namespaces: null,
        markers: 'annotation',
        coalesceMs: 1000,
        logLevel: 'info',
        logFormat: 'json',
      },
      warnings: [],
    });
  });

  it('reads all of the documented environment', () => {
    const key = Buffer.alloc(32, 7);
    const config = read({
      HUB_URL: 'https://hub.example/base',
      HUB_CA_FILE: file('ca', 'PEM'),
      CLUSTER_NAME: 'prod-eu-1',
      CLUSTER_LABELS: 'env=prod, region=eu,timezone=Europe/Berlin',
      ENROLMENT_TOKEN_FILE: file('token', 'once\n'),
      FINGERPRINT_KEY: key.toString('base64'),
      AGENT_NAMESPACE: 'reloading',
      AGENT_OPS_PORT: '0',
      POD_NAME: 'agent-0',
    });
    expect(config).toMatchObject({
      hub: { caCertificate: 'PEM', enrolmentToken: 'once', whenUnreachable: { kind: 'hold' } },
      clusterName: 'prod-eu-1',
      clusterLabels: { env: 'prod', region: 'eu', timezone: 'Europe/Berlin' },
      namespace: 'reloading',
      opsPort: 0,
      instance: 'agent-0',
    });
    expect(config.hub?.url.href).toBe('https://hub.example/base');
    expect(config.fingerprintKey).toEqual(key);
    expect(read({ FINGERPRINT_KEY: key.toString('hex') }).fingerprintKey).toEqual(key);
  });

  it('reports every problem at once, by name, and repeats no secret', () => {
    const found = problems(
      {
        KUBECONFIG: join(home, 'missing'),
        HUB_URL: 'ftp://hub',
        CLUSTER_NAME: 'Prod_1',
        CLUSTER_LABELS: 'env',
        FINGERPRINT_KEY: 'correct-horse',
        ENROLMENT_TOKEN_FILE: join(home, 'nothing'),
        AGENT_NAMESPACE: 'A B',
        AGENT_OPS_PORT: '70000',
        ON_HUB_UNREACHABLE: 'panic',
        RELOAD_STRATEGY: 'magic',
        AUTO_RELOAD_ALL: 'perhaps',
      },
      '--log-level=loud',
      '--nonsense',
      'stray',
    );
    const names = [
      'KUBECONFIG',
      'HUB_URL',
      'CLUSTER_NAME',
      'CLUSTER_LABELS',
      'FINGERPRINT_KEY',
      'ENROLMENT_TOKEN_FILE',
      'AGENT_NAMESPACE',
    ];
    const more = [
      'AGENT_OPS_PORT',
      'ON_HUB_UNREACHABLE',
      '--nonsense',
      'stray',
      '--reload-strategy',
      '--auto-reload-all',
      '--log-level',
    ];
    expect(found.map((line) => line.split(/[: ]/)[0])).toEqual(expect.arrayContaining([...names, ...more]));
    expect(found).toHaveLength(names.length + more.length);
    expect(found.join()).not.toContain('correct-horse');
  });

  it('describes itself without secrets', () => {
    const config = read({ HUB_URL: 'https://hub', ENROLMENT_TOKEN: 'S3CRET', FINGERPRINT_KEY: 'ab'.repeat(32) });
    const text = JSON.stringify(describeConfig(config));
    expect(text).not.toMatch(/S3CRET|abab|t0ken/);
    expect(text).toContain('https://hub');
  });

  it('refuses labels that no selector could name', () => {
    expect(problems({ CLUSTER_LABELS: 'env=dev,bad key=x' })).toEqual([
      'CLUSTER_LABELS: "bad key" must have a label key such as env or example.com/team',
    ]);
  });

  it('refuses a secret that is given twice', () => {
    expect(problems({ ENROLMENT_TOKEN: 'a', ENROLMENT_TOKEN_FILE: file('b', 'b') })[0]).toContain(
      'ENROLMENT_TOKEN: is set',
    );
  });
});

describe("Reloader's flags", () => {
  it('are read from the command line, and as environment', () => {
    const flags = [
      '--auto-reload-all',
      '--namespaces=a,b',
      '--namespaces',
      'c',
      '--coalesce=1m30s',
      '--configmap-annotation',
      'my/cm',
    ];
    expect(read({}, ...flags).flags).toMatchObject({
      autoReloadAll: true,
      namespaces: ['a', 'b', 'c'],
      coalesceMs: 90_000,
      annotationKeys: { 'configmap-annotation': 'my/cm', 'secret-annotation': 'secret.reloader.stakater.com/reload' },
    });
    const env = {
      AUTO_RELOAD_ALL: 'true',
      NAMESPACES_TO_IGNORE: 'kube-system,x',
      RELOADER_MARKERS: 'false',
      LOG_LEVEL: 'warning',
    };
    expect(read(env).flags).toMatchObject({
      autoReloadAll: true,
      ignoredNamespaces: ['kube-system', 'x'],
      markers: 'none',
      logLevel: 'warn',
    });
    expect(read({ AUTO_RELOAD_ALL: 'true' }, '--auto-reload-all=false').flags.autoReloadAll).toBe(false);
  });

  it('agent 145: a list of namespaces wins over KUBERNETES_NAMESPACE, which wins over all', () => {
    expect(read({ KUBERNETES_NAMESPACE: 'own' }, '--namespaces=a').flags.namespaces).toEqual(['a']);
    expect(read({ KUBERNETES_NAMESPACE: 'own' }).flags.namespaces).toEqual(['own']);
    const scoped = read({ KUBERNETES_NAMESPACE: 'own' }, '--namespaces-to-ignore=b');
    expect(scoped.flags.ignoredNamespaces).toEqual([]);
    expect(scoped.warnings).toHaveLength(1);
  });

  it('agent 125: one kind of source can be ignored in any case; both, or another word, is an error', () => {
    expect(read({}, '--resources-to-ignore=configMaps').flags.ignoredKinds).toEqual(['ConfigMap']);
    expect(read({}, '--resources-to-ignore=SECRETS').flags.ignoredKinds).toEqual(['Secret']);
    expect(problems({}, '--resources-to-ignore=configmaps,secrets')).toHaveLength(1);
    expect(problems({}, '--resources-to-ignore=pods')).toHaveLength(1);
  });

  it.each([
    ['a=b', 'a=b'],
    ['a:b', 'a=b'],
    ['a=*', 'a'],
    ['a:*', 'a'],
    ['a in (x,y),b', 'a in (x,y),b'],
    ['"a=b"', 'a=b'],
    ['!a,example.com/b != c', '!a,example.com/b != c'],
  ])('agent 138: the selector %s is understood', (argument, selector) => {
    expect(read({}, `--resource-label-selector=${argument}`).flags.sourceLabelSelector).toBe(selector);
  });

  it.each(['a=b=c', 'a in x', '=b', 'a b'])('the selector %s is an error', (argument) => {
    expect(problems({}, `--resource-label-selector=${argument}`)).toHaveLength(1);
  });

  it('agent 84: choose the annotations of pauses', () => {
    const chosen = read({}, '--pause-deployment-annotation=x/period', '--pause-deployment-time-annotation=x/at');
    expect(chosen.flags.annotationKeys).toMatchObject({
      'pause-deployment-annotation': 'x/period',
      'pause-deployment-time-annotation': 'x/at',
    });
  });

  it('take the values with which such a flag does nothing', () => {
    const off = [
      '--webhook-url=',
      '--is-Argo-Rollouts=false',
      '--reload-strategy=annotations',
      '--reload-on-create=false',
      '--enable-ha=false',
    ];
    expect(
      problems({}, ...off, '--sync-after-restart=true', '--ignored-workload-types=jobs,cronjobs', '--pprof-addr=:6060'),
    ).toEqual([]);
  });

  it('agent 146: an unknown strategy is an error', () => {
    expect(problems({}, '--reload-strategy=foo')).toEqual([expect.stringContaining('"foo"')]);
    expect(problems({}, '--reload-strategy=constructor')).toHaveLength(1);
  });

  it('agent 130: an unknown kind of workload to ignore lets none be ignored, and is said', () => {
    const { flags, warnings } = read({}, '--ignored-workload-types=jobs,foo');
    expect(flags.ignoredWorkloadKinds).toEqual([]);
    expect(watchedKinds(flags, [])).toEqual(expect.arrayContaining(['Job', 'CronJob']));
    expect(warnings).toEqual([expect.stringContaining('"foo" is neither jobs nor cronjobs')]);
  });

  it.each([
    ['', 'json', 0],
    ['json', 'json', 0],
    ['pretty', 'pretty', 0],
    ['text', 'pretty', 0],
    ['yaml', 'json', 1],
  ])('with the log format "%s" the agent starts, and writes %s', (given, logFormat, warned) => {
    const { flags, warnings } = read({}, `--log-format=${given}`);
    expect([flags.logFormat, warnings.length]).toEqual([logFormat, warned]);
  });

  it('choose what is left in a pod template', () => {
    expect(read({}, '--reload-strategy=env-vars').flags.markers).toBe('variables');
    expect(read({ RELOAD_STRATEGY: 'annotations' }).flags.markers).toBe('annotation');
    expect(read({}, '--reload-strategy=default').flags.markers).toBe('annotation');
    const bare = read({}, '--reload-strategy=env-vars', '--reloader-markers=false');
    expect(bare.flags.markers).toBe('none');
    expect(bare.warnings).toHaveLength(1);
  });
});
