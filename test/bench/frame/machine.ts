import { arch, cpus, loadavg, release, totalmem, type } from 'node:os';

/** The machine in the words that matter for a comparison; nothing that identifies it. */
export function machine(): string {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 1024 ** 3)} GiB`;
  return `${cpu?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, ${memory}, ${type()} ${release()} ${arch()}, Node ${process.version}`;
}

/** How busy the machine is with other things, before a scenario adds its own: the load average of the last minute. */
export const load = (): number => loadavg()[0] ?? 0;
