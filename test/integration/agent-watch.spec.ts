import type { SimulatedCluster } from '@test/simulator/cluster';
import { startSimulator, type Simulator } from '@test/simulator/simulator';
import { waitFor } from '@test/wait';
import { KubeClient } from '../../apps/agent/src/kube/client';
import { JobRecreation } from '../../apps/agent/src/kube/job-recreation';
import type { PatchAnswer, WatchedKind } from '../../apps/agent/src/kube/kube.port';
import { loadAccess } from '../../apps/agent/src/kube/kubeconfig';
import { ApiKubeStore } from '../../apps/agent/src/kube/store.kube';
import { ApiKubeWorkloads } from '../../apps/agent/src/kube/workloads.kube';
import { StreamingKubeWatches } from '../../apps/agent/src/watch/kube-watches';
import { RecordingHandler } from '../e2e/recording-handler';

/** What a real API server can not be made to do at will. */
let simulator: Simulator;
let cluster: SimulatedCluster;
let client: KubeClient;
let watches: StreamingKubeWatches;
let handler: RecordingHandler;
let relists: string[];
const NOTHING = {
  namespaces: null,
  ignoredNamespaces: ['kube-system'],
  namespaceSelector: '',
  ignoredKinds: [],
  sourceLabelSelector: '',
  secretsMetadataOnly: false,
};

beforeEach(async () => {
  simulator = await startSimulator();
  cluster = await simulator.addCluster('watched');
  client = new KubeClient({
    access: loadAccess({ kind: 'files', paths: [cluster.kubeconfigPath], context: null }),
    userAgent: 'agent-watch-spec',
  });
  handler = new RecordingHandler();
  relists = [];
  const observer = {
    event: () => undefined,
    relist: (_: WatchedKind, reason: string) => void relists.push(reason),
    up: () => undefined,
    trouble: () => undefined,
    bug: (_: WatchedKind, __: string, error: unknown) => {
      throw error;
    },
  };
  watches = new StreamingKubeWatches(NOTHING, { client, observer, random: () => 0 });
  cluster.objects.setConfigMap('n', 'a', { value: '1' });
  watches.start('ConfigMap', handler);
  await waitFor('the watch to be synced', () => handler.syncs > 0);
});

afterEach(async () => {
  await watches.stop();
  await client.close();
  await simulator.stop();
});

const sees = (value: string | undefined): Promise<unknown> =>
  waitFor(`n/a to be ${value ?? 'gone'}`, () => handler.present.get('n/a') === value);

/** The watch is away while `change` happens, and comes back to a server that has forgotten everything before now. */
async function missed(change: () => void): Promise<void> {
  const lift = cluster.faults.refuse(503);
  cluster.cutWatches();
  await waitFor('the watch to be away', () => watches.status()[0]?.error?.startsWith('503'));
  change();
  cluster.compact();
  lift();
}

it.each(['event', 'http'] as const)('lists again when its version is forgotten, told as an %s', async (goneAs) => {
  cluster.faults.goneAs = goneAs;
  await missed(() => {
    cluster.objects.setConfigMap('n', 'a', { value: '2' });
    cluster.objects.setConfigMap('n', 'b', { value: '1' });
  });
  await sees('2');
  expect(relists).toEqual(['start', 'expired']);
});

it('lists again when the server is back with an older store, from where its version would show nothing for long', async () => {
  const restore = cluster.store.backup();
  for (const value of ['2', '3', '4']) cluster.objects.setConfigMap('n', 'a', { value });
  await sees('4');
  await missed(restore);
  await sees('1');
  cluster.objects.setConfigMap('n', 'a', { value: '5' });
  await sees('5');
  expect(relists).toEqual(['start', 'expired']);
});

it('needs no list when a bookmark brought it past what is forgotten', async () => {
  cluster.objects.setSecret('n', 'elsewhere', { value: 'moves the version of the whole cluster' });
  const silentMs = (): number => watches.status()[0]?.silentMs ?? Infinity;
  await waitFor('the watch to be quiet', () => silentMs() > 200);
  cluster.sendBookmarks();
  await waitFor('the bookmark to arrive', () => silentMs() < 200);
  await missed(() => undefined);
  cluster.objects.setConfigMap('n', 'a', { value: '2' });
  await sees('2');
  expect(relists).toEqual(['start']);
});

it('is told a restart that was written and whose answer was lost as unavailable, to be judged again', async () => {
  cluster.objects.createDeployment('n', 'web');
  const workloads = new ApiKubeWorkloads(
    client,
    new JobRecreation(client, new ApiKubeStore(client, 'fleet-reloader'), {
      pause: () => Promise.resolve(),
      told: () => undefined,
    }),
  );
  const ref = { kind: 'Deployment' as const, namespace: 'n', name: 'web' };
  const rolledOut = async (): Promise<string | false> => {
    const object = await workloads.get(ref);
    const status = object?.['status'] as Readonly<{ availableReplicas?: number }> | undefined;
    return (status?.availableReplicas ?? 0) > 0 && (object?.metadata.resourceVersion ?? false);
  };
  const resourceVersion = await waitFor('nobody to write to the Deployment any more', rolledOut);
  const patch = (): Promise<PatchAnswer> =>
    workloads.restart({
      how: 'template',
      workload: ref,
      uid: '',
      resourceVersion,
      annotations: { 'fleet-reloader.io/revision': 'k1:x' },
      env: [],
      pause: null,
      at: '',
      run: '',
    });
  cluster.faults.dropReply({ match: { verb: 'patch' }, count: 1 });
  expect((await patch()).kind).toBe('unavailable');
  expect((await patch()).kind).toBe('conflict');
});
