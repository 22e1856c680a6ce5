import { ReloaderMetrics } from './reloader-metrics';

/** Every metric that Reloader has: its type, the names of its labels, and the buckets of a histogram. */
const SECONDS = '0.001 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5';
const METRICS: Readonly<Record<string, readonly [type: string, labels: string, buckets?: string]>> = {
  reloader_reload_executed_total: ['counter', 'success'],
  reloader_reload_executed_total_by_namespace: ['counter', 'namespace success'],
  reloader_reconcile_total: ['counter', 'result'],
  reloader_reconcile_duration_seconds: ['histogram', 'result', `${SECONDS} 10`],
  reloader_action_total: ['counter', 'result workload_kind'],
  reloader_action_latency_seconds: ['histogram', 'workload_kind', '0.01 0.05 0.1 0.25 0.5 1 2.5 5 10 30 60'],
  reloader_skipped_total: ['counter', 'reason'],
  reloader_workqueue_depth: ['gauge', ''],
  reloader_workqueue_adds_total: ['counter', ''],
  reloader_workqueue_latency_seconds: ['histogram', '', SECONDS],
  reloader_errors_total: ['counter', 'type'],
  reloader_retries_total: ['counter', ''],
  reloader_events_received_total: ['counter', 'event_type resource_type'],
  reloader_events_processed_total: ['counter', 'event_type resource_type result'],
  reloader_workloads_scanned_total: ['counter', 'kind'],
  reloader_workloads_matched_total: ['counter', 'kind'],
  rest_client_requests_total: ['counter', 'code host method'],
  rest_client_request_duration_seconds: ['histogram', 'host verb', '0.001 0.01 0.05 0.1 0.5 1 5 10 30'],
};

const WORKLOAD = { kind: 'Deployment', namespace: 'shop', name: 'web' } as const;
const ORDER = { id: 'o', permit: 'p', rollout: 'local', attempt: 1, workload: WORKLOAD, uid: 'u', toRevision: 'k' };
const order = { ...ORDER, causes: [], progressDeadlineMs: 1, terms: null };

/** One of everything that the agent can tell. */
function everything(metrics: ReloaderMetrics): void {
  const { sources, restarts } = metrics;
  sources.noDataChange?.('ConfigMap');
  const secret = { kind: 'Secret', namespace: 'shop', name: 'db' } as const;
  for (const how of ['created', 'updated', 'deleted'] as const) sources.sourceMoved?.(secret, how);
  restarts.queued?.();
  restarts.taken?.(0.2);
  restarts.patched?.(0.02, 'Deployment');
  restarts.restarted?.(order, undefined);
  restarts.delayed?.(order, 'busy', 1000);
  metrics.observeCall('GET', '200', 0.02);
}

const begin = (countByNamespace: boolean): ReloaderMetrics =>
  new ReloaderMetrics({ countByNamespace, host: 'api.example' });
const linesOf = async (metrics: ReloaderMetrics): Promise<readonly string[]> => (await metrics.text()).split('\n');

/** The samples of one metric; those of a histogram are its buckets. */
function samplesOf(lines: readonly string[], name: string, type: string): readonly Readonly<Record<string, string>>[] {
  const sample = new RegExp(`^${name}${type === 'histogram' ? '_bucket' : ''}(?:\\{([^}]*)\\})? `);
  return lines.flatMap((line) => {
    const [whole, labels = ''] = sample.exec(line) ?? [];
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value] as const);
    return whole === undefined ? [] : [Object.fromEntries(pairs)];
  });
}

describe("agent 184: Reloader's metrics", () => {
  it('are these, and no other', async () => {
    const lines = await linesOf(begin(true));
    const types = lines.flatMap((line) => /^# TYPE (\S+ \S+)$/.exec(line)?.[1] ?? []);
    expect(types.sort()).toEqual(
      Object.entries(METRICS)
        .map(([name, [type]]) => `${name} ${type}`)
        .sort(),
    );
  });

  it.each(Object.entries(METRICS))('%s has its labels and its buckets', async (name, [type, labels, buckets]) => {
    const metrics = begin(true);
    everything(metrics);
    const samples = samplesOf(await linesOf(metrics), name, type);
    expect(samples.length).toBeGreaterThan(0);
    for (const { le: _bucket, ...sample } of samples) expect(Object.keys(sample).sort().join(' ')).toBe(labels);
    const bounds = [...new Set(samples.flatMap(({ le }) => le ?? []))];
    expect(bounds.join(' ')).toBe(buckets === undefined ? '' : `${buckets} +Inf`);
  });

  it('count restarts from 0 on for both ends, and by namespace only on request', async () => {
    const lines = await linesOf(begin(false));
    for (const success of ['true', 'false'])
      expect(lines).toContain(`reloader_reload_executed_total{success="${success}"} 0`);
    expect(lines.join()).not.toContain('by_namespace');
  });

  it('tell what came of a change, a restart and a failure', async () => {
    const metrics = begin(true);
    everything(metrics);
    expect(await linesOf(metrics)).toEqual(
      expect.arrayContaining([
        'reloader_reload_executed_total{success="true"} 1',
        'reloader_reload_executed_total{success="false"} 1',
        'reloader_reload_executed_total_by_namespace{success="false",namespace="shop"} 1',
        'reloader_action_total{workload_kind="Deployment",result="error"} 1',
        'reloader_errors_total{type="handler_error"} 1',
        'reloader_retries_total 1',
        'reloader_events_received_total{event_type="add",resource_type="secrets"} 1',
        'reloader_events_received_total{event_type="delete",resource_type="secrets"} 1',
        'reloader_events_received_total{event_type="update",resource_type="configmaps"} 1',
        'reloader_reconcile_total{result="skipped"} 1',
        'reloader_skipped_total{reason="no_data_change"} 1',
      ]),
    );
  });

  it.each([
    ['was needless', false, 1],
    ['was written, and overtaken by a newer change', true, 0],
  ])('count a restart that %s as it is', async (_which, isWritten, skipped) => {
    const metrics = begin(false);
    if (isWritten) metrics.restarts.restarted?.(order, undefined);
    metrics.restarts.ended?.(order, { outcome: 'STALE_REVISION', reason: 'StaleRevision', message: '' });
    expect(await linesOf(metrics)).toContain(`reloader_skipped_total{reason="strategy_not_updated"} ${skipped}`);
  });
});
