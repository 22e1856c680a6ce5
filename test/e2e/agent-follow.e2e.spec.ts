import { setTimeout as sleep } from 'node:timers/promises';
import type { Result } from '@app/contracts/wire/agent-messages';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { KubeClient as Admin, type Name, type WorkloadKind, type WorkloadOptions } from '@test/kube';
import { POD_BEHAVIOUR } from '@test/pod-template';
import { waitFor } from '@test/wait';
import { NO_TRIGGERS } from '../../apps/agent/src/inventory/core/absence';
import { BaselineStore } from '../../apps/agent/src/inventory/baseline-store';
import { RELOADER_KEYS } from '../../apps/agent/src/inventory/core/annotation-keys';
import { Fingerprinter } from '../../apps/agent/src/inventory/fingerprint';
import { type InventoryOptions, InventoryService } from '../../apps/agent/src/inventory/inventory.service';
import { KubeClient } from '../../apps/agent/src/kube/client';
import { ApiKubeEvents } from '../../apps/agent/src/kube/events.kube';
import { JobRecreation } from '../../apps/agent/src/kube/job-recreation';
import { loadAccess } from '../../apps/agent/src/kube/kubeconfig';
import { ApiKubeStore } from '../../apps/agent/src/kube/store.kube';
import { ApiKubeWorkloads } from '../../apps/agent/src/kube/workloads.kube';
import { systemClock } from '../../apps/agent/src/platform/clock';
import { GuardStore } from '../../apps/agent/src/restart/guard-store';
import { RestartService } from '../../apps/agent/src/restart/restart.service';
import { StreamingKubeWatches } from '../../apps/agent/src/watch/kube-watches';

const MINUTES = 60_000;
const NAMESPACE = 'follow';
const AUTO = { 'reloader.stakater.com/auto': 'true' };
const OPTIONS: InventoryOptions = {
  keys: RELOADER_KEYS,
  autoReloadAll: false,
  ignoredKinds: [],
  runSuspendedCronJobs: false,
  triggers: NO_TRIGGERS,
  kinds: ['ConfigMap', 'Secret', 'Deployment', 'StatefulSet', 'DaemonSet'],
  awaited: [],
};
const ALL = {
  namespaces: null,
  ignoredNamespaces: [],
  namespaceSelector: '',
  ignoredKinds: [],
  sourceLabelSelector: '',
  secretsMetadataOnly: false,
};

let cluster: Cluster;
let admin: Admin;
let client: KubeClient;
let watches: StreamingKubeWatches;
let inventory: InventoryService;
let restarts: RestartService;
let orders = 0;

beforeAll(async () => {
  cluster = await startCluster('agent-follow');
  admin = new Admin(cluster);
  await admin.ensureNamespace(NAMESPACE);
  const access = loadAccess({ kind: 'files', paths: [cluster.kubeconfigPath], context: null });
  client = new KubeClient({ access, userAgent: 'fleet-reloader-test' });
  await startParts();
}, 2 * MINUTES);

afterAll(async () => {
  await restarts?.stop();
  await watches?.stop();
  await inventory?.stop();
  await client?.close();
  await cluster?.stop();
}, MINUTES);

/** What of an agent carries out orders, without anyone who gives them. */
async function startParts(): Promise<void> {
  const quiet = (): undefined => undefined;
  const store = new ApiKubeStore(client, 'fleet-reloader');
  await store.ensureNamespace();
  const observer = { event: quiet, relist: quiet, up: quiet, trouble: quiet, bug: quiet };
  watches = new StreamingKubeWatches(ALL, { client, observer, random: Math.random });
  inventory = new InventoryService(
    {
      watches,
      baselines: new BaselineStore(store, quiet),
      fingerprinter: new Fingerprinter(Buffer.alloc(32, 3)),
      secrets: null,
    },
    OPTIONS,
    { noDataChange: quiet, sourceMoved: quiet, misunderstood: quiet, otherReloader: () => undefined, trouble: quiet },
  );
  const events = new ApiKubeEvents(client, { instance: 'test', lost: quiet });
  const guards = new GuardStore(store, systemClock, quiet);
  const kube = new ApiKubeWorkloads(
    client,
    new JobRecreation(client, store, { pause: (ms) => sleep(ms), told: quiet }),
  );
  restarts = new RestartService(
    { workbench: inventory, kube, events, guards, clock: systemClock },
    {
      markers: 'annotation',
      pausedAt: 'deployment.reloader.stakater.com/paused-at',
      forcedAllowed: false,
      maxPerMinute: null,
    },
    {
      ended: quiet,
      patched: quiet,
      restarted: quiet,
      queued: quiet,
      taken: quiet,
      delayed: quiet,
      resumed: quiet,
      resumeDelayed: quiet,
    },
  );
  inventory.start();
  await inventory.whenReady();
  restarts.open();
}

/** A workload whose pods run, and whose Secret has changed since. */
async function changed(kind: WorkloadKind, name: string, options: WorkloadOptions = {}): Promise<Name> {
  const where = { namespace: NAMESPACE, name };
  await admin.putSecret(where, { key: 'first' });
  const all = { annotations: AUTO, envSecrets: [name], ...options };
  if (kind === 'Deployment') await admin.createDeployment(where, all);
  else if (kind === 'StatefulSet') await admin.createStatefulSet(where, all);
  else await admin.createDaemonSet(where, all);
  await admin.untilRolledOut(kind, where);
  await waitFor(`${name} to be known`, () => inventory.workload(keyOf(kind, name))?.state === 'Current');
  await admin.putSecret(where, { key: 'second' });
  await waitFor(`${name} to be pending`, () => inventory.workload(keyOf(kind, name))?.state === 'Pending');
  return where;
}

const keyOf = (kind: WorkloadKind, name: string): string => `${kind}/${NAMESPACE}/${name}`;

/** Orders what the workload wants now, and waits for the answer. */
async function restart(kind: WorkloadKind, name: string, deadlineMs = 60_000): Promise<Result> {
  const fact = inventory.workload(keyOf(kind, name));
  orders += 1;
  const order = {
    id: `p-${orders}`,
    permit: `p-${orders}`,
    rollout: `r-${orders}`,
    attempt: 1,
    workload: { kind, namespace: NAMESPACE, name },
    uid: fact?.uid ?? '',
    toRevision: fact?.want ?? '',
    causes: [],
    progressDeadlineMs: deadlineMs,
    terms: { fence: orders, hubEpoch: 1, notAfter: Number.MAX_SAFE_INTEGER },
  };
  return new Promise((resolve) =>
    restarts.submit(order, () => 0, { progress: () => undefined, result: (result) => resolve(result) }),
  );
}

const inShort = ({ outcome, reason }: Result): string => `${outcome} ${reason}`.trim();

describe('a restart on a real cluster', () => {
  it.each(['Deployment', 'StatefulSet', 'DaemonSet'] as const)(
    'of a %s is answered when its pods run',
    async (kind) => {
      const name = `plain-${kind.toLowerCase()}`;
      const where = await changed(kind, name, { replicas: 2 });
      const result = await restart(kind, name);
      expect(inShort(result)).toBe('APPLIED');
      expect(result.pods.ready).toBe(result.pods.desired);
      expect((await admin.read(kind, where)).metadata?.generation).toBe(2);
      expect(inventory.workload(keyOf(kind, name))).toMatchObject({ state: 'Current', proof: 'exact' });
    },
    MINUTES,
  );

  it(
    'rollouts 15: is not answered while only the old pods are ready',
    async () => {
      await changed('Deployment', 'late', { podAnnotations: { [POD_BEHAVIOUR.readyAfter]: '2s' } });
      const startedAt = Date.now();
      const result = await restart('Deployment', 'late');
      expect(inShort(result)).toBe('APPLIED');
      expect(Date.now() - startedAt).toBeGreaterThan(1500);
    },
    MINUTES,
  );

  it(
    'whose pods crash fails within seconds, says why, and succeeds once it is mended',
    async () => {
      const where = await changed('Deployment', 'crashing', { podAnnotations: { [POD_BEHAVIOUR.restarted]: 'crash' } });
      const result = await restart('Deployment', 'crashing');
      expect(inShort(result)).toBe('ROLLOUT_FAILED CrashLoop');
      expect(result.message).toMatch(/container main of pod crashing-.*CrashLoopBackOff.*last exit code 1/);
      const body = await admin.apps.readNamespacedDeployment({ ...where });
      delete body.spec?.template.metadata?.annotations?.[POD_BEHAVIOUR.restarted];
      await admin.apps.replaceNamespacedDeployment({ ...where, body });
      expect(inShort(await restart('Deployment', 'crashing'))).toBe('ALREADY_APPLIED');
    },
    MINUTES,
  );

  it(
    'whose pods never turn ready times out',
    async () => {
      await changed('Deployment', 'stuck', { podAnnotations: { [POD_BEHAVIOUR.restarted]: 'never-ready' } });
      const result = await restart('Deployment', 'stuck', 4000);
      expect(inShort(result)).toBe('TIMEOUT ProgressDeadline');
      expect(inventory.workload(keyOf('Deployment', 'stuck'))).toMatchObject({ state: 'Failed' });
    },
    MINUTES,
  );

  it(
    'rollouts 86: of a StatefulSet with a partition is partial',
    async () => {
      const where = await changed('StatefulSet', 'parted', { replicas: 3 });
      const body = await admin.apps.readNamespacedStatefulSet({ ...where });
      if (body.spec) body.spec.updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 2 } };
      await admin.apps.replaceNamespacedStatefulSet({ ...where, body });
      await untilSeen('StatefulSet', where);
      const result = await restart('StatefulSet', 'parted');
      expect(inShort(result)).toBe('APPLIED Partial');
      expect(result.message).toContain('1 of 3 pods');
    },
    MINUTES,
  );

  it(
    'rollouts 86: of what would start no pod is skipped, with the reason',
    async () => {
      const onDelete = await changed('StatefulSet', 'on-delete');
      const set = await admin.apps.readNamespacedStatefulSet({ ...onDelete });
      if (set.spec) set.spec.updateStrategy = { type: 'OnDelete' };
      await admin.apps.replaceNamespacedStatefulSet({ ...onDelete, body: set });
      const still = await changed('Deployment', 'paused');
      const paused = await admin.apps.readNamespacedDeployment({ ...still });
      if (paused.spec) paused.spec.paused = true;
      await admin.apps.replaceNamespacedDeployment({ ...still, body: paused });
      const empty = await changed('Deployment', 'empty');
      const none = await admin.apps.readNamespacedDeployment({ ...empty });
      if (none.spec) none.spec.replicas = 0;
      await admin.apps.replaceNamespacedDeployment({ ...empty, body: none });
      await Promise.all([
        untilSeen('StatefulSet', onDelete),
        untilSeen('Deployment', still),
        untilSeen('Deployment', empty),
      ]);
      const answers = [
        await restart('StatefulSet', 'on-delete'),
        await restart('Deployment', 'paused'),
        await restart('Deployment', 'empty'),
      ];
      expect(answers.map(inShort)).toEqual(['SKIPPED OnDelete', 'SKIPPED PausedWorkload', 'SKIPPED ScaledToZero']);
      expect(inventory.workload(keyOf('Deployment', 'empty'))?.state).toBe('Current');
    },
    MINUTES,
  );

  it(
    'finds its way past others who write to the workload',
    async () => {
      const where = await changed('Deployment', 'busy');
      const writes = Array.from({ length: 5 }, (_, index) =>
        admin.apps.patchNamespacedDeployment({
          ...where,
          body: [{ op: 'add', path: '/metadata/labels', value: { write: String(index) } }],
        }),
      );
      const [result] = await Promise.all([restart('Deployment', 'busy'), ...writes]);
      expect(inShort(result)).toBe('APPLIED');
      expect((await admin.replicaSets(where)).length).toBe(2);
    },
    MINUTES,
  );
});

/** The watch has told the agent of the workload's present form. */
async function untilSeen(kind: WorkloadKind, where: Name): Promise<void> {
  const { metadata } = await admin.read(kind, where);
  await waitFor(`${where.name} to be seen`, () => {
    const seen = inventory.look(keyOf(kind, where.name))?.record.status;
    return seen !== undefined && seen.generation >= (metadata?.generation ?? 0) && seen.observed >= seen.generation;
  });
}
