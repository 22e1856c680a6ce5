import { Counter, Gauge, Histogram, Registry } from '@prometheus-io/client';
import { registerProcessMetrics } from './process-metrics';

const PREFIX = 'fleet_reloader_agent_';
const PATCH_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The agent's Prometheus metrics. Labels are of small, fixed sets: never a name of an object. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly restarts = this.counter('restarts_total', 'Restarts that ended, by outcome', ['kind', 'outcome']);
  private readonly skips = this.counter('skipped_total', 'Times a look led to nothing, by reason', ['reason']);
  private readonly events = this.counter('watch_events_total', 'Objects received by a watch', ['kind']);
  /** Objects received since the last scrape, by kind. */
  private readonly uncounted = new Map<string, number>();
  private readonly relists = this.counter('relists_total', 'Full lists, by what made them necessary', [
    'kind',
    'reason',
  ]);
  private readonly requests = this.counter(
    'api_requests_total',
    'Calls to the API server; code is timeout or error without an answer',
    ['verb', 'code'],
  );
  private readonly lostEvents = this.counter('lost_events_total', 'Kubernetes Events that could not be written', []);
  private readonly watchUpGauge = this.gauge('watch_up', '1 while a watch is synced and alive', ['kind']);
  private readonly pending = this.gauge(
    'pending_workloads',
    'Workloads that run with something else than their sources hold',
    [],
  );
  private readonly connected = this.gauge('hub_connected', '1 while the session with the hub stands', []);
  private readonly patchSeconds = new Histogram({
    name: `${PREFIX}patch_seconds`,
    help: 'Time from sending a restart to its answer',
    buckets: PATCH_BUCKETS,
    registers: [this.registry],
  });

  private read = (): Readonly<{ pending: number; hubConnected: boolean }> => ({ pending: 0, hubConnected: false });

  /** `more`: metrics under other names, told together with ours. */
  constructor(
    version: string,
    private readonly more: Readonly<{ text(): Promise<string> }> | null = null,
  ) {
    this.gauge('build_info', 'Always 1; what runs', ['version']).set({ version }, 1);
    registerProcessMetrics(this.registry, PREFIX);
  }

  /** `outcome`: of the contract's OUTCOMES. */
  restarted(kind: string, outcome: string): void {
    this.restarts.inc({ kind, outcome });
  }

  /** `reason`: a stable code, such as no_data_change. */
  skipped(reason: string): void {
    this.skips.inc({ reason });
  }

  /** What is asked for at each scrape. */
  reading(read: () => Readonly<{ pending: number; hubConnected: boolean }>): void {
    this.read = read;
  }

  watchUp(kind: string, up: boolean): void {
    this.watchUpGauge.set({ kind }, up ? 1 : 0);
  }

  /** Counted by the metric itself when it is asked for: a change must not wait for that. */
  watchEvent(kind: string): void {
    this.uncounted.set(kind, (this.uncounted.get(kind) ?? 0) + 1);
  }

  relisted(kind: string, reason: string): void {
    this.relists.inc({ kind, reason });
  }

  patched(seconds: number): void {
    this.patchSeconds.observe(seconds);
  }

  apiRequest(verb: string, code: string): void {
    this.requests.inc({ verb, code });
  }

  eventLost(): void {
    this.lostEvents.inc();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** The exposition text. */
  async text(): Promise<string> {
    const { pending, hubConnected } = this.read();
    for (const [kind, events] of this.uncounted) this.events.inc({ kind }, events);
    this.uncounted.clear();
    this.pending.set(pending);
    this.connected.set(hubConnected ? 1 : 0);
    const [ours, others = ''] = await Promise.all([this.registry.metrics(), this.more?.text()]);
    return ours + others;
  }

  private counter<T extends string>(name: string, help: string, labelNames: readonly T[]): Counter<T> {
    return new Counter({ name: PREFIX + name, help, labelNames, registers: [this.registry] });
  }

  private gauge<T extends string>(name: string, help: string, labelNames: readonly T[]): Gauge<T> {
    return new Gauge({ name: PREFIX + name, help, labelNames, registers: [this.registry] });
  }
}
