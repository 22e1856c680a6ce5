import { readdirSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from '@prometheus-io/client';

const US = 1e6;

/**
 * What the process itself uses, read when it is asked for. The client's own collection also watches every garbage
 * collection, and leaves more garbage by that than the agent does by its work.
 */
export function registerProcessMetrics(registry: Registry, prefix: string): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    const made: Gauge = new Gauge({
      name: prefix + name,
      help,
      registers: [registry],
      collect: () => made.set(read()),
    });
  };
  registerCpu(registry, prefix);
  gauge('process_start_time_seconds', 'When the process started, since the epoch', () => STARTED_AT);
  gauge('process_resident_memory_bytes', 'Memory that the process occupies', () => process.memoryUsage.rss());
  gauge('process_open_fds', 'Open file descriptors', openFiles);
  gauge('nodejs_heap_size_used_bytes', 'Memory that JavaScript uses', () => process.memoryUsage().heapUsed);
  gauge('nodejs_eventloop_utilization', 'Part of the time since the start that the event loop was busy', busyPart);
}

function registerCpu(registry: Registry, prefix: string): void {
  const made: Counter = new Counter({
    name: `${prefix}process_cpu_seconds_total`,
    help: 'Processor time that the process has used',
    registers: [registry],
    collect: () => {
      const { user, system } = process.cpuUsage();
      made.reset();
      made.inc((user + system) / US);
    },
  });
}

/** Reckoned once: a clock that is set later must not look like another start. */
const STARTED_AT = Math.round(Date.now() / 1000 - process.uptime());

/** -1: the system does not tell. */
function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return -1;
  }
}

const busyPart = (): number => performance.eventLoopUtilization().utilization;
