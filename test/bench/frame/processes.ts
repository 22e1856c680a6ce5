import { readdirSync, readFileSync } from 'node:fs';

/** The unit of the times in /proc, on every Linux that Node runs on. */
const TICK_MS = 10;

/** Processor time that a process has used so far, its threads included, in ms; 0 where /proc does not tell. */
export function cpuMs(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  // The name in parentheses may hold anything; behind it come the state (the third field) and numbers.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MS;
}

export const cpuOf = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + cpuMs(pid), 0);

export type Memory = Readonly<{ residentMiB: number; peakMiB: number }>;

export function memory(pid: number): Memory {
  const status = read(`/proc/${pid}/status`);
  const kib = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? NaN);
  return { residentMiB: kib('VmRSS') / 1024, peakMiB: kib('VmHWM') / 1024 };
}

/** Bytes that a process has read so far, of files as of connections; TLS counts as it comes in. */
export const bytesRead = (pid: number): number => Number(/^rchar: (\d+)/m.exec(read(`/proc/${pid}/io`))?.[1] ?? NaN);

/** The processes that we started, by the name of their program (`etcd`, `kube-apiserver`, `valkey-server`, `node`). */
export function children(...programs: readonly string[]): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === process.pid && programs.includes(programOf(pid)));
}

function parentOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}

/** Its first 15 characters at most. */
const programOf = (pid: number): string => read(`/proc/${pid}/comm`).trim();

/** A process may end while we look at it. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
