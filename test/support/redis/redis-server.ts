/** A Redis that a test or a demo may use and, where it is its own, break. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Where its append-only file lies; undefined when the server is not on this machine's disk or not ours. */
  readonly dir: string | undefined;
  /** The key prefix to use: unique where the server is shared with others. */
  readonly prefix: string;
  /** Where it came from, for people: `redis-server on PATH`. */
  readonly origin: string;
  /** Ends it and forgets its data. On a shared server: forgets the keys under `prefix`. */
  stop(): Promise<void>;
  /** The power cord: SIGKILL. Refused on a server that is not ours. */
  kill(): Promise<void>;
  /** Starts it again (after ending it, if it runs) on the same port with the same data. Refused when not ours. */
  restart(): Promise<void>;
}

/** What every Redis of ours runs with: no write is acknowledged before it is on disk, and nothing is ever evicted. */
export const SERVER_OPTIONS: readonly string[] = [
  ...['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''],
  ...['--maxmemory-policy', 'noeviction', '--daemonize', 'no'],
];
