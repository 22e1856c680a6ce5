import type { ApiServer } from '../api-server';
import type { Cancel, SimulatorClock } from '../clock';
import type { KubeObject } from '../objects';
import {
  DAEMON_SETS,
  DEPLOYMENTS,
  NAMESPACES,
  NODES,
  PODS,
  REPLICA_SETS,
  type Resource,
  RESOURCES,
  resourceOf,
  STATEFUL_SETS,
} from '../resources';
import type { StoreEvent } from '../store';
import type { DaemonSet, Deployment, Pod, StatefulSet } from '../workload-types';
import { ControllerContext } from './context';
import { reconcileDaemonSet } from './daemon-set';
import { reconcileDeployment } from './deployment';
import { Kubelet } from './kubelet';
import { reconcileStatefulSet } from './stateful-set';

export interface ControllerOptions {
  /** Milliseconds from a change to the controllers' reaction. */
  readonly delayMs: number;
  /** Milliseconds from a pod's creation to ready, unless its annotation says otherwise. */
  readonly readyAfterMs: number;
}

const WORKLOADS: readonly Resource[] = [DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS];

/**
 * The controller manager, scheduler and kubelets of one cluster. Every change wakes the workload it belongs to; the workload
 * then takes one step towards its spec, whose writes wake it again, until nothing is left to do.
 */
export class ControllerManager {
  private readonly context: ControllerContext;
  private readonly kubelet: Kubelet;
  private readonly queue = new Map<
    string,
    { readonly resource: Resource; readonly namespace: string; readonly name: string }
  >();
  private deleted: KubeObject[] = [];
  private scheduled: Cancel | undefined;
  private stopped = false;
  private readonly unsubscribe: () => void;

  constructor(
    api: ApiServer,
    private readonly clock: SimulatorClock,
    private readonly options: ControllerOptions,
  ) {
    this.context = new ControllerContext(api, clock, (workload, ms) => {
      clock.after(ms, () => this.enqueue(workload));
    });
    this.kubelet = new Kubelet(this.context, options.readyAfterMs);
    this.unsubscribe = api.store.subscribe((event) => this.observe(event));
  }

  /** Nothing moves any more; what timers still bring is ignored. */
  stop(): void {
    this.stopped = true;
    this.unsubscribe();
    this.scheduled?.();
  }

  private observe(event: StoreEvent): void {
    const { type, resource, object } = event;
    this.context.observe(event);
    if (type === 'DELETED') this.deleted.push(object);
    if (type === 'ADDED' && resource === PODS) this.kubelet.start(object as Pod, () => !this.stopped);
    if (resource === NODES) for (const set of this.context.api.store.list(DAEMON_SETS)) this.enqueue(set);
    const workload = this.workloadOf(resource, object);
    if (workload) this.enqueue(workload);
    else if (type === 'DELETED') this.schedule();
  }

  /** The workload that a change concerns: the object itself, or what controls it. */
  private workloadOf(resource: Resource, object: KubeObject): KubeObject | undefined {
    if (WORKLOADS.includes(resource)) return object;
    if (resource !== PODS && resource !== REPLICA_SETS) return undefined;
    const owner = object.metadata.ownerReferences?.find((reference) => reference.controller);
    const ownerResource = owner && resourceOf(owner);
    const found = ownerResource && this.context.api.store.get(ownerResource, object.metadata.namespace, owner.name);
    return found && ownerResource && this.workloadOf(ownerResource, found);
  }

  private enqueue(workload: KubeObject): void {
    const resource = resourceOf(workload);
    const { namespace = '', name } = workload.metadata;
    if (!resource || this.stopped) return;
    this.queue.set(`${resource.plural}/${namespace}/${name}`, { resource, namespace, name });
    this.schedule();
  }

  private schedule(): void {
    this.scheduled ??= this.clock.after(this.options.delayMs, () => this.run());
  }

  private run(): void {
    this.scheduled = undefined;
    if (this.stopped) return;
    for (const object of this.deleted.splice(0)) this.collect(object);
    const due = [...this.queue.values()];
    this.queue.clear();
    for (const { resource, namespace, name } of due) {
      const workload = this.context.api.store.get(resource, namespace, name);
      if (workload && !workload.metadata.deletionTimestamp) this.reconcile(resource, workload);
    }
  }

  private reconcile(resource: Resource, workload: KubeObject): void {
    if (resource === DEPLOYMENTS) reconcileDeployment(this.context, workload as Deployment);
    else if (resource === STATEFUL_SETS) reconcileStatefulSet(this.context, workload as StatefulSet);
    else reconcileDaemonSet(this.context, workload as DaemonSet);
  }

  /** What a deleted object owned goes too, and with a namespace all that was in it. */
  private collect(object: KubeObject): void {
    for (const target of this.context.dependentsOf(object.metadata.uid ?? '')) this.context.remove(target);
    if (resourceOf(object) !== NAMESPACES) return;
    for (const resource of RESOURCES.filter((one) => one.namespaced)) {
      for (const inside of this.context.api.store.list(resource, object.metadata.name)) {
        this.context.delete(resource, inside);
      }
    }
  }
}
