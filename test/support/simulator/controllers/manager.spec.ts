import { ApiServer } from '../api-server';
import { ManualClock } from '../clock';
import { ClusterObjects } from '../cluster-objects';
import type { WorkloadOptions } from '../manifests';
import type { JsonObject } from '../objects';
import { DAEMON_SETS, DEPLOYMENTS, NAMESPACES, NODES, PODS, STATEFUL_SETS } from '../resources';
import { Store } from '../store';
import { ControllerManager } from './manager';

const restart: JsonObject = {
  spec: { template: { metadata: { annotations: { 'fleet-reloader.io/revision': 'k1:b' } } } },
};

/** A cluster on a clock that stands still: nothing happens before it is moved. */
function cluster({ readyAfterMs = 0, nodes = 1 } = {}) {
  const clock = new ManualClock();
  const api = new ApiServer(new Store(), clock);
  const objects = new ClusterObjects(api);
  for (let index = 1; index <= nodes; index++) {
    api.create(NODES, undefined, { metadata: { name: `node-${index}` } }, { manager: 'test' });
  }
  const manager = new ControllerManager(api, clock, { delayMs: 0, readyAfterMs });
  const deploy = (options: WorkloadOptions) => objects.createDeployment('shop', 'web', options);
  const status = () => objects.deployment('shop', 'web')?.status ?? {};
  const progressing = () => status().conditions?.find(({ type }) => type === 'Progressing');
  return { clock, api, objects, manager, deploy, status, progressing };
}

describe('Deployment controller', () => {
  it('never goes below the availability or above the surge of a rolling update', () => {
    const { clock, api, objects, deploy, status } = cluster({ readyAfterMs: 1_000 });
    deploy({ replicas: 8 });
    clock.advance(1_000);
    const seen: number[][] = [];
    api.store.subscribe(() => {
      const { replicas = 0, availableReplicas = 0 } = status();
      seen.push([replicas, availableReplicas]);
    }, DEPLOYMENTS);
    objects.patch(DEPLOYMENTS, 'shop', 'web', restart);
    clock.advance(60_000);
    expect(status()).toMatchObject({ updatedReplicas: 8, availableReplicas: 8, replicas: 8 });
    expect(Math.max(...seen.map(([replicas = 0]) => replicas))).toBe(10);
    expect(Math.min(...seen.map(([, available = 0]) => available))).toBe(6);
  });

  it('counts a pod as available only after minReadySeconds', () => {
    const { clock, deploy, status } = cluster();
    deploy({ spec: { minReadySeconds: 10 } });
    clock.advance(9_000);
    expect(status()).toMatchObject({ readyReplicas: 1, unavailableReplicas: 1 });
    clock.advance(1_000);
    expect(status()).toMatchObject({ availableReplicas: 1 });
  });

  it('exceeds the progress deadline only when nothing has moved for so long', () => {
    const { clock, objects, deploy, progressing } = cluster();
    deploy({
      spec: { progressDeadlineSeconds: 30 },
      templateAnnotations: { 'test.fleet-reloader.io/restarted': 'crash' },
    });
    clock.advance(1_000);
    expect(progressing()).toMatchObject({ reason: 'NewReplicaSetAvailable' });
    clock.advance(60_000);
    expect(progressing()).toMatchObject({ status: 'True' });
    objects.patch(DEPLOYMENTS, 'shop', 'web', restart);
    clock.advance(29_000);
    expect(progressing()).toMatchObject({ reason: 'ReplicaSetUpdated', status: 'True' });
    clock.advance(1_000);
    expect(progressing()).toMatchObject({ reason: 'ProgressDeadlineExceeded', status: 'False' });
  });

  it('makes one ReplicaSet per template, whatever else changes', () => {
    const { clock, objects, deploy } = cluster();
    deploy({ replicas: 2 });
    clock.advance(100);
    objects.patch(DEPLOYMENTS, 'shop', 'web', { metadata: { labels: { team: 'a' }, annotations: { note: 'b' } } });
    objects.patch(DEPLOYMENTS, 'shop', 'web', { spec: { replicas: 5 } });
    clock.advance(100);
    expect(objects.replicaSetsOf('shop', 'web')).toHaveLength(1);
    expect(objects.list(PODS, 'shop')).toHaveLength(5);
  });

  it('keeps as many old ReplicaSets as it is told', () => {
    const { clock, objects, deploy } = cluster();
    deploy({ spec: { revisionHistoryLimit: 2 } });
    for (let index = 0; index < 5; index++) {
      clock.advance(100);
      objects.patch(DEPLOYMENTS, 'shop', 'web', {
        spec: { template: { metadata: { annotations: { n: `${index}` } } } },
      });
    }
    clock.advance(100);
    expect(objects.replicaSetsOf('shop', 'web')).toHaveLength(3);
  });

  it('writes nothing when there is nothing to do', () => {
    const { clock, api, deploy } = cluster();
    deploy({ replicas: 3 });
    clock.advance(1_000);
    const { version } = api.store;
    clock.advance(3_600_000);
    expect(api.store.version).toBe(version);
  });

  it('stands still when its cluster is stopped', () => {
    const { clock, manager, deploy, status } = cluster();
    deploy({});
    manager.stop();
    clock.advance(1_000);
    expect(status()).toEqual({});
  });
});

describe('other controllers', () => {
  it('a DaemonSet replaces its pods node by node', () => {
    const { clock, api, objects } = cluster({ nodes: 3, readyAfterMs: 1_000 });
    objects.createDaemonSet('shop', 'log');
    clock.advance(1_000);
    const available: number[] = [];
    const seen = () => objects.daemonSet('shop', 'log')?.status?.numberAvailable ?? 0;
    api.store.subscribe(() => available.push(seen()), DAEMON_SETS);
    objects.patch(DAEMON_SETS, 'shop', 'log', restart);
    clock.advance(10_000);
    expect(objects.daemonSet('shop', 'log')?.status).toMatchObject({ updatedNumberScheduled: 3, numberAvailable: 3 });
    expect(Math.min(...available)).toBe(2);
  });

  it('a StatefulSet makes all pods at once when told to, and removes the last first', () => {
    const { clock, objects } = cluster({ readyAfterMs: 1_000 });
    objects.createStatefulSet('shop', 'db', { replicas: 3, spec: { podManagementPolicy: 'Parallel' } });
    clock.advance(10);
    expect(objects.podsOf('shop', 'db')).toHaveLength(3);
    clock.advance(1_000);
    objects.patch(STATEFUL_SETS, 'shop', 'db', { spec: { replicas: 1 } });
    clock.advance(10);
    expect(objects.podsOf('shop', 'db').map(({ metadata }) => metadata.name)).toEqual(['db-0']);
  });

  it('a namespace takes everything in it along', () => {
    const { clock, objects, deploy } = cluster();
    deploy({ replicas: 2 });
    objects.setSecret('shop', 's', { k: 'v' });
    clock.advance(100);
    objects.delete(NAMESPACES, undefined, 'shop');
    clock.advance(100);
    expect([objects.list(PODS, 'shop'), objects.secret('shop', 's')]).toEqual([[], undefined]);
  });

  it('a workload made again under its old name starts afresh', () => {
    const { clock, objects, deploy, status } = cluster();
    deploy({});
    clock.advance(100);
    objects.delete(DEPLOYMENTS, 'shop', 'web');
    deploy({});
    clock.advance(100);
    expect(status()).toMatchObject({ availableReplicas: 1 });
    expect(objects.list(PODS, 'shop')).toHaveLength(1);
  });
});
