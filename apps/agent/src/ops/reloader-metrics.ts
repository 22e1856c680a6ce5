import { Counter, Gauge, Histogram, Registry } from '@prometheus-io/client';
import { objectKey, type SourceKind, type SourceRef } from '@app/contracts/objects';
import type { SourceHooks } from '../inventory/source-intake';
import type { CallObserver } from '../kube/client';
import { pluralOf } from '../kube/core/paths';
import type { RestartHooks } from '../restart/restart-hooks';

const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const ACTION_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const CALL_SECONDS = [0.001, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30];
const RELOADED = 'reload_executed_total';
/** Kinds that Reloader has labels for from the start. */
const KINDS = ['Deployment', 'CronJob', 'Job', 'DaemonSet', 'StatefulSet', 'Rollout'];
const REASONS = ['ignored_or_not_selected', 'no_data_change', 'strategy_not_updated'];
/** Outcomes of an order that needed no write after all, unless one was made before. */
const NOT_UPDATED: readonly string[] = ['ALREADY_APPLIED', 'SKIPPED', 'STALE_REVISION'];

export type ReloaderMetricsOptions = Readonly<{
  countByNamespace: boolean;
  /** Of the API server, for the label. */
  host: string;
}>;

/** What is asked for when it is needed. */
export type ReloaderReadings = Readonly<{
  /** How many restarts wait now. */
  waiting(): number;
  /** Does any workload use this source? */
  isUsed(sourceKey: string): boolean;
}>;

/**
 * The metrics that Reloader has, under its names and with its labels, for dashboards and alerts that people have. What
 * it counts per pass over all workloads is counted here per change, for there is no such pass.
 */
export class ReloaderMetrics {
  readonly #registry = new Registry();
  readonly #reloaded = this.#counter(RELOADED, 'Restarts that were written or failed to be', ['success']);
  readonly #reconciled = this.#counter('reconcile_total', 'Changes that were looked at, by result', ['result']);
  readonly #reconcileSeconds = this.#histogram('reconcile_duration_seconds', 'Time to look at a change, in seconds', {
    labels: ['result'],
    buckets: [...SECONDS, 10],
  });
  readonly #actions = this.#counter('action_total', 'Writes to workloads, by kind and result', [
    'workload_kind',
    'result',
  ]);
  readonly #actionSeconds = this.#histogram('action_latency_seconds', 'Time of one write, in seconds', {
    labels: ['workload_kind'],
    buckets: ACTION_SECONDS,
  });
  readonly #skips = this.#counter('skipped_total', 'Changes that restarted nothing, by reason', ['reason']);
  readonly #adds = this.#counter('workqueue_adds_total', 'Restarts that were put in the queue', []);
  readonly #queueSeconds = this.#histogram('workqueue_latency_seconds', 'Time spent in the queue, in seconds', {
    labels: [],
    buckets: SECONDS,
  });
  readonly #errors = this.#counter('errors_total', 'Errors, by type', ['type']);
  readonly #retries = this.#counter('retries_total', 'Restarts that were tried again', []);
  readonly #received = this.#counter('events_received_total', 'Changes that a watch told', [
    'event_type',
    'resource_type',
  ]);
  readonly #processed = this.#counter('events_processed_total', 'Changes that were looked at', [
    'event_type',
    'resource_type',
    'result',
  ]);
  readonly #scanned = this.#counter('workloads_scanned_total', 'Workloads looked at for a change', ['kind']);
  readonly #matched = this.#counter('workloads_matched_total', 'Workloads that a change restarted', ['kind']);
  readonly #depth = new Gauge({
    name: 'reloader_workqueue_depth',
    help: 'Restarts that wait for their turn',
    registers: [this.#registry],
  });
  readonly #byNamespace: Counter<'success' | 'namespace'> | null;
  readonly #calls = new Counter({
    name: 'rest_client_requests_total',
    help: 'Calls to the API server',
    labelNames: ['code', 'method', 'host'],
    registers: [this.#registry],
  });
  readonly #callSeconds = new Histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'Time until the answer of the API server began, in seconds',
    labelNames: ['verb', 'host'],
    buckets: CALL_SECONDS,
    registers: [this.#registry],
  });

  readonly #written = new WeakSet<object>();
  #now: ReloaderReadings = { waiting: () => 0, isUsed: () => true };

  constructor(private readonly options: ReloaderMetricsOptions) {
    this.#byNamespace = options.countByNamespace
      ? this.#counter(`${RELOADED}_by_namespace`, 'Restarts by namespace', ['success', 'namespace'])
      : null;
    for (const success of ['true', 'false']) this.#reloaded.inc({ success }, 0);
    for (const result of ['success', 'error', 'skipped']) this.#reconciled.inc({ result }, 0);
    for (const reason of REASONS) this.#skips.inc({ reason }, 0);
    for (const workload_kind of KINDS)
      for (const result of ['success', 'error']) this.#actions.inc({ workload_kind, result }, 0);
    for (const type of ['handler_error', 'invalid_handler_type']) this.#errors.inc({ type }, 0);
  }

  /** The exposition text. */
  text(): Promise<string> {
    this.#depth.set(this.#now.waiting());
    return this.#registry.metrics();
  }

  reading(now: ReloaderReadings): void {
    this.#now = now;
  }

  readonly observeCall: CallObserver = (method, code, seconds) => {
    const { host } = this.options;
    this.#calls.inc({ code, method, host });
    this.#callSeconds.observe({ verb: method, host }, seconds);
  };

  readonly sources: SourceHooks = {
    noDataChange: (kind) => {
      this.#told('update', kind);
      this.#looked('skipped');
      this.#skips.inc({ reason: 'no_data_change' });
    },
    sourceMoved: (source, how) => {
      this.#told(how === 'created' ? 'add' : how === 'deleted' ? 'delete' : 'update', source.kind);
      if (how === 'updated') this.#updated(source);
    },
  };

  readonly restarts: Partial<RestartHooks> = {
    queued: () => this.#adds.inc(),
    taken: (seconds) => this.#queueSeconds.observe(seconds),
    patched: (seconds, workload_kind) => this.#actionSeconds.observe({ workload_kind }, seconds),
    restarted: (order) => {
      const { workload } = order;
      this.#written.add(order);
      this.#acted(workload, 'success');
      this.#scanned.inc({ kind: workload.kind });
      this.#matched.inc({ kind: workload.kind });
    },
    delayed: ({ workload }) => {
      this.#retries.inc();
      this.#acted(workload, 'error');
    },
    ended: (order, { outcome }) => {
      if (outcome === 'PATCH_REJECTED') this.#acted(order.workload, 'error');
      // One that a newer change overtook while its pods came up is no restart that was left out.
      const isLeftOut = NOT_UPDATED.includes(outcome) && !this.#written.has(order);
      if (isLeftOut) this.#skips.inc({ reason: 'strategy_not_updated' });
    },
  };

  #updated(source: SourceRef): void {
    this.#looked('success');
    if (!this.#now.isUsed(objectKey(source))) this.#skips.inc({ reason: 'strategy_not_updated' });
  }

  #told(event_type: string, kind: SourceKind): void {
    const resource_type = pluralOf(kind === 'SecretProviderClass' ? 'SecretProviderClassPodStatus' : kind);
    this.#received.inc({ event_type, resource_type });
    this.#processed.inc({ event_type, resource_type, result: 'success' });
  }

  #looked(result: string): void {
    this.#reconciled.inc({ result });
    this.#reconcileSeconds.observe({ result }, 0);
  }

  #acted({ kind, namespace }: Readonly<{ kind: string; namespace: string }>, result: 'success' | 'error'): void {
    const success = String(result === 'success');
    this.#actions.inc({ workload_kind: kind, result });
    this.#reloaded.inc({ success });
    this.#byNamespace?.inc({ success, namespace });
    if (result === 'error') this.#errors.inc({ type: 'handler_error' });
  }

  #counter<T extends string>(name: string, help: string, labelNames: readonly T[]): Counter<T> {
    return new Counter({ name: `reloader_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #histogram<T extends string>(
    name: string,
    help: string,
    { labels, buckets }: Readonly<{ labels: readonly T[]; buckets: number[] }>,
  ): Histogram<T> {
    return new Histogram({ name: `reloader_${name}`, help, labelNames: labels, buckets, registers: [this.#registry] });
  }
}
