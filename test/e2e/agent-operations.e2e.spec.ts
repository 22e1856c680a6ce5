import { randomUUID } from 'node:crypto';
import type { KubeClient } from '@test/kube';
import type { Agent } from '@test/processes/start-agent';
import { waitFor } from '@test/wait';
import type { FaultyProxy } from './faulty-proxy';
import { ProxiedAgents } from './proxied-agents';

jest.setTimeout(60_000);
const REVISION = 'fleet-reloader.io/revision';
const AUTO = { 'reloader.stakater.com/auto': 'true' };
const MOST_AT_ONCE = 8;
const TROUBLE = 'the watch does not work; it is tried again';

const agents = ProxiedAgents.forEachTest('agent-operations');
let kube: KubeClient;
let proxy: FaultyProxy;
let agent: Agent;

beforeEach(() => {
  ({ kube, proxy } = agents);
});

/** A namespace with a Secret `db` and Deployments on it, and a Secret `other` with a Deployment `stranger` on that. */
async function scene(names: readonly string[]): Promise<string> {
  const namespace = `ns-${randomUUID().slice(0, 8)}`;
  await kube.ensureNamespace(namespace);
  for (const name of ['db', 'other']) await kube.putSecret({ namespace, name }, { password: 'first' });
  for (const name of names) await kube.createDeployment({ namespace, name }, { envSecrets: ['db'], annotations: AUTO });
  await kube.createDeployment({ namespace, name: 'stranger' }, { envSecrets: ['other'], annotations: AUTO });
  return namespace;
}

async function begin(namespace: string, ...args: string[]): Promise<Agent> {
  agent = await agents.start({
    env: { AGENT_NAMESPACE: `state-${namespace}`, KUBERNETES_NAMESPACE: namespace },
    args: ['--coalesce=50ms', '--reloader-metrics', ...args],
  });
  return agent;
}

const change = (namespace: string, name = 'db'): Promise<void> =>
  kube.putSecret({ namespace, name }, { password: randomUUID() });

async function restarted(namespace: string): Promise<readonly string[]> {
  const { items } = await kube.apps.listNamespacedDeployment({ namespace });
  const isDone = items.filter(({ spec }) => REVISION in (spec?.template.metadata?.annotations ?? {}));
  return isDone.map(({ metadata }) => metadata?.name ?? '').sort();
}

async function untilRestarted(namespace: string, names: readonly string[]): Promise<void> {
  await waitFor(`${names.join()} to restart`, async () => {
    const now = await restarted(namespace);
    return names.every((name) => now.includes(name));
  });
}

async function text(path: string): Promise<string> {
  return (await fetch(`${agent.opsUrl}${path}`)).text();
}

const isPatch = (verb: string, url: string): boolean => verb === 'PATCH' && url.includes('/deployments/');
const patches = (): number => proxy.requests.filter((line) => /^PATCH .*\/deployments\//.test(line)).length;
const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `w-${String(at).padStart(2, '0')}`);

describe('writing to an API server', () => {
  it('agent 99, 189: what it refuses is said on that workload and counted, and the others go on', async () => {
    const namespace = await scene(['a', 'b', 'c']);
    await begin(namespace);
    const body = {
      kind: 'Status',
      reason: 'Forbidden',
      message: 'admission webhook "no" denied the request',
      code: 403,
    };
    proxy.decide((url, verb) => (isPatch(verb, url) && url.includes('/b?') ? { code: 403, body } : 'pass'));
    await change(namespace);
    await untilRestarted(namespace, ['a', 'c']);
    const event = await waitFor('the Event', async () => {
      const { items } = await kube.core.listNamespacedEvent({ namespace });
      return items.find(({ reason, involvedObject }) => reason === 'ReloadFail' && involvedObject.name === 'b');
    });
    expect(event).toMatchObject({ type: 'Warning', message: expect.stringContaining('denied the request') as string });
    expect(await text('/metrics')).toContain('reloader_reload_executed_total{success="false"} 1');
    expect(await text('/readyz')).toBe('ok\n');
    proxy.decide(() => 'pass');
    await change(namespace);
    await untilRestarted(namespace, ['a', 'b', 'c']);
  });

  it('agent 189: a busy server is given the time that it asks for, per workload, and asked until it is done', async () => {
    const namespace = await scene(['a', 'b']);
    await begin(namespace);
    const answers: (readonly [number, number])[] = [];
    proxy.decide((url, verb) => {
      if (!isPatch(verb, url) || !url.includes('/a?')) return 'pass';
      answers.push([answers.length, Date.now()]);
      if (answers.length > 3) return 'pass';
      return { code: answers.length === 2 ? 503 : 429, body: {}, headers: { 'retry-after': '1' } };
    });
    await change(namespace);
    await untilRestarted(namespace, ['b']);
    expect(await restarted(namespace)).toEqual(['b']);
    await untilRestarted(namespace, ['a', 'b']);
    expect(answers).toHaveLength(4);
    const waits = answers.slice(1).map(([, at], index) => at - (answers[index]?.[1] ?? 0));
    for (const wait of waits) expect(wait).toBeGreaterThanOrEqual(1000);
  });

  it('agent 190: a conflict is met with a new look', async () => {
    const namespace = await scene(['a']);
    await begin(namespace);
    let conflicts = 0;
    const body = { kind: 'Status', reason: 'Conflict', code: 409 };
    proxy.decide((url, verb) => (isPatch(verb, url) && (conflicts += 1) < 3 ? { code: 409, body } : 'pass'));
    await change(namespace);
    await untilRestarted(namespace, ['a']);
    expect(patches()).toBe(3);
  });

  it('has at most eight writes under way, and a stranger takes its turn between them', async () => {
    const many = names(30);
    const namespace = await scene(many);
    await begin(namespace);
    const releases: (() => void)[] = [];
    let underWay = 0;
    let most = 0;
    const order: string[] = [];
    proxy.decide((url, verb) => {
      if (!isPatch(verb, url)) return 'pass';
      order.push(/deployments\/([^?]+)/.exec(url)?.[1] ?? '');
      most = Math.max(most, (underWay += 1));
      const after = new Promise<void>((resolve) => releases.push(resolve)).then(() => (underWay -= 1));
      return { after };
    });
    await change(namespace);
    await waitFor('the first writes', () => underWay === MOST_AT_ONCE);
    await change(namespace, 'other');
    await waitFor('the stranger to wait', async () => (await text('/metrics')).includes('workqueue_depth 23'));
    for (let done = 0; done < many.length + 1; done += 1) {
      await waitFor('a write', () => releases.length > done);
      releases[done]?.();
    }
    await untilRestarted(namespace, [...many, 'stranger']);
    expect(most).toBe(MOST_AT_ONCE);
    expect(order.indexOf('stranger')).toBeLessThan(MOST_AT_ONCE + 2);
  });

  it('SIGTERM lets the writes under way end, begins none, and the next start does the rest', async () => {
    const many = names(20);
    const namespace = await scene(many);
    const { program } = await begin(namespace);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    proxy.decide((url, verb) => (isPatch(verb, url) ? { after: held } : 'pass'));
    await change(namespace);
    await waitFor('the first writes', () => patches() === MOST_AT_ONCE);
    const told = Date.now();
    const ended = program.kill('SIGTERM');
    await waitFor('it to stop', () => program.logs().includes('"stopping"'));
    release();
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(Date.now() - told).toBeLessThan(10_000);
    expect(await restarted(namespace)).toHaveLength(MOST_AT_ONCE);
    expect(patches()).toBe(MOST_AT_ONCE);
    proxy.decide(() => 'pass');
    program.start();
    await untilRestarted(namespace, many);
    expect(patches()).toBe(many.length);
  });

  it('agent 129: does not ask for kinds that are ignored', async () => {
    const namespace = await scene([]);
    await begin(namespace, '--ignored-workload-types=jobs,cronjobs', '--resources-to-ignore=configmaps');
    const asked = proxy.requests.map((line) => /^GET .*\/([a-z]+)\?.*watch=/.exec(line)?.[1]).filter(Boolean);
    expect([...new Set(asked)].sort()).toEqual(['daemonsets', 'deployments', 'secrets', 'statefulsets']);
  });

  it('agent 191: gathers quick changes into one restart', async () => {
    const namespace = await scene(['a']);
    await begin(namespace, '--coalesce=1s');
    for (let at = 0; at < 10; at += 1) await change(namespace);
    await untilRestarted(namespace, ['a']);
    await change(namespace, 'other');
    await untilRestarted(namespace, ['a', 'stranger']);
    expect(patches()).toBe(2);
  });

  it('begins no more restarts in a minute than it is allowed to', async () => {
    const namespace = await scene(names(10));
    await begin(namespace, '--max-restarts-per-minute=3');
    await change(namespace);
    await waitFor('the others to wait', async () => (await text('/metrics')).includes('reloader_workqueue_depth 7'));
    await waitFor('the first', async () => (await restarted(namespace)).length === 3);
    expect(patches()).toBe(3);
    expect(await text('/metrics')).toContain('fleet_reloader_agent_pending_workloads 7');
    expect(await text('/readyz')).toBe('ok\n');
  });
});

describe('an API server that talks nonsense', () => {
  it('is named once in the log and at the probe, and what it says well goes on', async () => {
    const namespace = await scene(['a']);
    const { program } = await begin(namespace);
    const nonsense = '{"type":"ADDED","object":{"data":{"password":"hunter2"';
    proxy.decide((url) => (url.includes('/configmaps') ? { code: 200, body: `${nonsense}\n` } : 'pass'));
    proxy.cutAll();
    await waitFor('it to be told', async () => (await text('/readyz?verbose')).includes('[-]watch ConfigMap'));
    await change(namespace);
    await untilRestarted(namespace, ['a']);
    await waitFor('more tries', () => proxy.requests.filter((line) => line.includes('/configmaps?')).length > 4);
    const told = program.logLines().filter(({ msg, kind }) => msg === TROUBLE && kind === 'ConfigMap');
    const reasons = told.map(({ why }) => why);
    expect(reasons).toContain('a line is not a JSON object');
    expect(reasons).toEqual([...new Set(reasons)]);
    expect(program.logs()).not.toContain('hunter2');
    proxy.decide(() => 'pass');
    await waitFor('readiness to come back', async () => (await text('/readyz')) === 'ok\n');
  });
});
