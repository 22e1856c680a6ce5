import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { KubeClient } from '../../apps/agent/src/kube/client';
import { isRecord } from '../../apps/agent/src/kube/core/json';
import { ApiKubeEvents } from '../../apps/agent/src/kube/events.kube';
import { fingerprintKey } from '../../apps/agent/src/kube/fingerprint-key';
import { JobRecreation } from '../../apps/agent/src/kube/job-recreation';
import type { KubeObject, PatchAnswer } from '../../apps/agent/src/kube/kube.port';
import { loadAccess, type Credentials } from '../../apps/agent/src/kube/kubeconfig';
import { ApiKubeStore } from '../../apps/agent/src/kube/store.kube';
import { ApiKubeWorkloads } from '../../apps/agent/src/kube/workloads.kube';
import { FaultyProxy } from './faulty-proxy';

const MINUTE = 60_000;
const REVISION = 'fleet-reloader.io/revision';
const PAUSED_AT = 'deployment.reloader.stakater.com/paused-at';

let cluster: Cluster;
let admin: KubeClient;
const calls: string[] = [];

beforeAll(async () => {
  cluster = await startCluster('agent-kube-api', { bare: true });
  admin = client({ observe: (verb, code) => calls.push(`${verb} ${code}`) });
}, 2 * MINUTE);

afterAll(async () => {
  await admin.close();
  await cluster.stop();
}, MINUTE);

type Changes = { server?: string; credentials?: Credentials; observe?: (verb: string, code: string) => void };

function client({ observe, ...changes }: Changes = {}): KubeClient {
  const access = loadAccess({ kind: 'files', paths: [cluster.kubeconfigPath], context: null });
  return new KubeClient({
    access: { ...access, ...changes },
    userAgent: 'fleet-reloader-test',
    ...(observe ? { observe } : {}),
  });
}

async function must(verb: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
  const answer = await admin.request({ verb, path, ...(body === undefined ? {} : { body }) });
  if (!answer.ok) throw new Error(`${verb} ${path}: ${JSON.stringify(answer.failure)}`);
  return answer.value;
}

async function namespace(): Promise<string> {
  const name = `t-${randomUUID().slice(0, 8)}`;
  await must('POST', '/api/v1/namespaces', { metadata: { name } });
  return name;
}

const template = (annotations?: Record<string, string>) => ({
  metadata: { labels: { app: 'a' }, ...(annotations ? { annotations } : {}) },
  spec: { containers: [{ name: 'c', image: 'i' }] },
});

async function deployment(annotations?: Record<string, string>): Promise<KubeObject> {
  const ns = await namespace();
  const body = {
    metadata: { name: 'web' },
    spec: { selector: { matchLabels: { app: 'a' } }, template: template(annotations) },
  };
  return (await must('POST', `/apis/apps/v1/namespaces/${ns}/deployments`, body)) as KubeObject;
}

const refOf = (object: KubeObject) => ({
  kind: 'Deployment' as const,
  namespace: object.metadata.namespace ?? '',
  name: object.metadata.name,
});

const patchOf = (object: KubeObject, annotations: Record<string, string | null> = { [REVISION]: 'k1:x' }) => ({
  how: 'template' as const,
  workload: refOf(object),
  uid: object.metadata.uid,
  resourceVersion: object.metadata.resourceVersion,
  annotations,
  env: [],
  pause: null,
  at: '2026-01-01T00:00:00Z',
  run: '',
});

function workloadsOf(kube: KubeClient): ApiKubeWorkloads {
  const store = new ApiKubeStore(kube, 'fleet-reloader');
  return new ApiKubeWorkloads(
    kube,
    new JobRecreation(kube, store, { pause: (ms) => sleep(ms), told: () => undefined }),
  );
}

function templateAnnotations(object: KubeObject | null): unknown {
  const spec = object?.['spec'];
  const inner = isRecord(spec) ? spec['template'] : undefined;
  const metadata = isRecord(inner) ? inner['metadata'] : undefined;
  return isRecord(metadata) ? metadata['annotations'] : undefined;
}

describe('a restart by the pod template', () => {
  it('merges the annotations in one call, under our field manager, and gives the object back', async () => {
    const made = await deployment({ keep: 'me', drop: 'me' });
    calls.length = 0;
    const answer = await workloadsOf(admin).restart(patchOf(made, { [REVISION]: 'k1:x', drop: null }));
    expect(calls).toEqual(['PATCH 200']);
    if (answer.kind !== 'patched') throw new Error(answer.kind);
    expect(templateAnnotations(answer.object)).toEqual({ keep: 'me', [REVISION]: 'k1:x' });
    expect(answer.object.metadata.generation).toBe((made.metadata.generation ?? 0) + 1);
    expect(answer.object.metadata.managedFields?.map((field) => field.manager)).toContain('fleet-reloader');
  });

  it('agent 86, 161, 164: with a variable and a pause is one call, and so is the end of the pause', async () => {
    const made = await deployment();
    const variable = { container: 'c', name: 'STAKATER_S_SECRET', value: 'k1:x' };
    calls.length = 0;
    const workloads = workloadsOf(admin);
    const paused = await workloads.restart({ ...patchOf(made), env: [variable], pause: PAUSED_AT });
    if (paused.kind !== 'patched') throw new Error(paused.kind);
    const { metadata } = paused.object;
    expect(metadata.annotations).toMatchObject({ [PAUSED_AT]: '2026-01-01T00:00:00Z' });
    expect(paused.object['spec']).toMatchObject({
      paused: true,
      template: { spec: { containers: [{ env: [{ name: 'STAKATER_S_SECRET', value: 'k1:x' }] }] } },
    });
    const { resourceVersion } = metadata;
    const resumed = await workloads.resume({ workload: refOf(made), resourceVersion, annotation: PAUSED_AT });
    if (resumed.kind !== 'patched') throw new Error(resumed.kind);
    expect(resumed.object.metadata.annotations ?? {}).not.toHaveProperty([PAUSED_AT]);
    expect(resumed.object['spec']).not.toHaveProperty('paused');
    expect(calls).toEqual(['PATCH 200', 'PATCH 200']);
  });

  it('writes nothing when the object changed since it was read', async () => {
    const made = await deployment();
    const workloads = workloadsOf(admin);
    expect((await workloads.restart(patchOf(made))).kind).toBe('patched');
    expect(await workloads.restart(patchOf(made, { [REVISION]: 'k1:late' }))).toEqual({ kind: 'conflict' });
    expect(templateAnnotations(await workloads.get(refOf(made)))).toEqual({ [REVISION]: 'k1:x' });
  });

  it('says that the workload is gone', async () => {
    const made = await deployment();
    await must('DELETE', `/apis/apps/v1/namespaces/${refOf(made).namespace}/deployments/web`);
    const workloads = workloadsOf(admin);
    expect(await workloads.restart(patchOf(made))).toEqual({ kind: 'gone' });
    expect(await workloads.get(refOf(made))).toBeNull();
  });

  it('says why it is rejected: an invalid annotation, or missing rights', async () => {
    const made = await deployment();
    const invalid = await workloadsOf(admin).restart(patchOf(made, { 'not a key': 'x' }));
    expect(invalid).toMatchObject({ kind: 'rejected', reason: 'Invalid' });
    const anonymous = client({ credentials: await serviceAccount(refOf(made).namespace) });
    const forbidden = await workloadsOf(anonymous).restart(patchOf(made));
    expect(forbidden).toMatchObject({ kind: 'rejected', reason: 'Forbidden' });
    await anonymous.close();
  });

  it('is unavailable, with the wait that was asked for, while the server can not take it', async () => {
    const made = await deployment();
    const proxy = await FaultyProxy.start(cluster.url);
    const behind = client({ server: proxy.url });
    const workloads = workloadsOf(behind);
    const answers: PatchAnswer[] = [];
    for (const code of [401, 429, 500, 503]) {
      proxy.decide(() => ({ code, body: {}, headers: { 'retry-after': '7' } }));
      answers.push(await workloads.restart(patchOf(made)));
    }
    await proxy.close();
    answers.push(await workloads.restart(patchOf(made)));
    await behind.close();
    expect(answers.map((answer) => answer.kind)).toEqual(Array(5).fill('unavailable'));
    expect(answers.slice(0, 4)).toEqual(Array(4).fill(expect.objectContaining({ retryAfterMs: 7000 })));
    expect(answers[4]).toMatchObject({
      retryAfterMs: null,
      message: expect.stringContaining('ConnectionFailed') as string,
    });
  });
});

async function serviceAccount(ns: string): Promise<Credentials> {
  await must('POST', `/api/v1/namespaces/${ns}/serviceaccounts`, { metadata: { name: 'nobody' } });
  const request = await must('POST', `/api/v1/namespaces/${ns}/serviceaccounts/nobody/token`, { spec: {} });
  const status = isRecord(request) && isRecord(request['status']) ? request['status'] : {};
  return { kind: 'token', token: { kind: 'inline', content: Buffer.from(String(status['token'])) } };
}

it('reads pods by label', async () => {
  const ns = await namespace();
  await must('POST', `/api/v1/namespaces/${ns}/serviceaccounts`, { metadata: { name: 'default' } });
  const pod = (name: string, app: string) => ({
    metadata: { name, labels: { app } },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  });
  for (const [name, app] of [
    ['p1', 'a'],
    ['p2', 'b'],
  ] as const)
    await must('POST', `/api/v1/namespaces/${ns}/pods`, pod(name, app));
  const pods = await workloadsOf(admin).pods(ns, 'app=a');
  expect(pods.map((found) => found.metadata.name)).toEqual(['p1']);
});

describe('the store', () => {
  it('makes its namespace, and takes it as given where it may not look', async () => {
    const name = `t-${randomUUID().slice(0, 8)}`;
    const store = new ApiKubeStore(admin, name);
    expect(await store.ensureNamespace()).toBeNull();
    expect(await store.ensureNamespace()).toBeNull();
    const limited = client({ credentials: await serviceAccount(name) });
    expect(await new ApiKubeStore(limited, name).ensureNamespace()).toContain('not allowed');
    await limited.close();
  });

  it('keeps ConfigMaps by part, whole', async () => {
    const store = new ApiKubeStore(admin, await namespace());
    await store.writeConfigMap('one', 'state', { a: '1', b: '2' });
    await store.writeConfigMap('one', 'state', { b: '3' });
    await store.writeConfigMap('two', 'other', { c: '4' });
    expect(await store.readConfigMaps('state')).toEqual(new Map([['one', { b: '3' }]]));
  });

  it('keeps Secrets: the first to create wins, updates merge', async () => {
    const store = new ApiKubeStore(admin, await namespace());
    expect(await store.readSecret('s')).toBeNull();
    const bytes = Buffer.from([0, 255, 10]);
    expect(await store.createSecret('s', { a: bytes })).toEqual({ a: bytes });
    expect(await store.createSecret('s', { a: Buffer.from('late') })).toEqual({ a: bytes });
    await store.updateSecret('s', { b: Buffer.from('more') });
    expect(await store.readSecret('s')).toEqual({ a: bytes, b: Buffer.from('more') });
    await expect(store.updateSecret('missing', {})).rejects.toMatchObject({ failure: { code: 404 } });
  });

  it('makes one fingerprint key for all agents of a cluster, once', async () => {
    const store = new ApiKubeStore(admin, await namespace());
    const [one, two] = await Promise.all([fingerprintKey(store, null), fingerprintKey(store, null)]);
    expect(one).toHaveLength(32);
    expect(two).toEqual(one);
    expect(await fingerprintKey(store, null)).toEqual(one);
    expect(await fingerprintKey(store, Buffer.alloc(32, 7))).toEqual(Buffer.alloc(32, 7));
  });

  it('knows the cluster by its kube-system namespace', async () => {
    expect(await new ApiKubeStore(admin, 'default').cluster()).toEqual({
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      version: expect.stringMatching(/^v1\.\d+/) as string,
    });
  });
});

it('records an Event once, and counts its repeats in it', async () => {
  const made = await deployment();
  const ns = refOf(made).namespace;
  const lost: string[] = [];
  const events = new ApiKubeEvents(admin, { instance: 'agent-0', lost: (why) => lost.push(why) });
  const regarding = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: ns, name: 'web', uid: made.metadata.uid };
  const event = {
    regarding,
    type: 'Normal' as const,
    reason: 'Reloaded',
    action: 'Restart',
    note: 'Secret db changed',
  };
  events.record(event);
  await events.flush();
  for (let n = 0; n < 3; n++) events.record(event);
  events.record({ ...event, note: 'Secret cache changed' });
  await events.flush();
  expect(lost).toEqual([]);
  const list = (await must('GET', `/apis/events.k8s.io/v1/namespaces/${ns}/events`)) as {
    items: Record<string, unknown>[];
  };
  expect(list.items).toHaveLength(2);
  expect(list.items.find((item) => item['note'] === event.note)).toMatchObject({
    reason: 'Reloaded',
    type: 'Normal',
    reportingController: 'fleet-reloader-agent',
    regarding: { kind: 'Deployment', name: 'web' },
    series: { count: 4 },
  });
});

it('keeps its connections for the calls that follow', async () => {
  const proxy = await FaultyProxy.start(cluster.url);
  const behind = client({ server: proxy.url });
  for (let n = 0; n < 20; n++) expect((await behind.request({ verb: 'GET', path: '/version' })).ok).toBe(true);
  expect(proxy.connections).toBeLessThanOrEqual(2);
  await behind.close();
  await proxy.close();
});
