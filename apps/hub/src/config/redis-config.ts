import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { ConfigProblem, Environment } from './environment';
import { Secret } from './secret';

type HostPort = Readonly<{ host: string; port: number }>;

/** Where Redis is, without credentials. */
export type RedisTopology =
  | Readonly<{ kind: 'single'; host: string; port: number }>
  | Readonly<{ kind: 'sentinel'; sentinels: readonly HostPort[]; name: string }>
  | Readonly<{ kind: 'cluster'; nodes: readonly HostPort[] }>;

export type RedisConfig = Readonly<{
  topology: RedisTopology;
  /** Database number; always 0 in a cluster. */
  db: number;
  username: string | null;
  password: Secret | null;
  /** null: plain TCP. `ca` is a PEM text; null trusts the system's authorities. */
  tls: Readonly<{ ca: string | null }> | null;
}>;

const DEFAULT_URL = 'redis://127.0.0.1:6379';

export const redisVariables = {
  REDIS_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/, 'must be 1 to 32 letters, digits, "_", "." or "-"')
    .default('fr'),
  REDIS_USERNAME: z.string().optional(),
  REDIS_PASSWORD: z.string().optional(),
};

/** Undefined when it reported a problem that leaves no usable address. */
export function checkRedis(values: Environment, problems: ConfigProblem[]): RedisConfig | undefined {
  const chosen = ['REDIS_URL', 'REDIS_SENTINELS', 'REDIS_CLUSTER_NODES'].filter((name) => values[name] !== undefined);
  if (chosen.length > 1) {
    problems.push({ variable: chosen[1] ?? '', detail: `is set beside ${chosen[0]}: one Redis, one address` });
    return undefined;
  }
  if (chosen[0] === 'REDIS_CLUSTER_NODES') {
    problems.push({ variable: chosen[0], detail: 'is not supported yet: give REDIS_URL or REDIS_SENTINELS' });
    return undefined;
  }
  const ca = readCa(values.REDIS_TLS_CA_FILE, problems);
  const address = readAddress(values, problems);
  if (!address) return undefined;
  const password = values.REDIS_PASSWORD ?? address.password;
  return {
    topology: address.topology,
    db: address.db,
    username: values.REDIS_USERNAME ?? address.username,
    password: password === null ? null : new Secret(password),
    tls: address.tls || ca !== null ? { ca } : null,
  };
}

type Address = { topology: RedisTopology; db: number; username: string | null; password: string | null; tls: boolean };
const plain = (topology: RedisTopology): Address => ({ topology, db: 0, username: null, password: null, tls: false });

function readAddress(values: Environment, problems: ConfigProblem[]): Address | undefined {
  if (values.REDIS_SENTINELS !== undefined) return readSentinels(values, values.REDIS_SENTINELS, problems);
  if (values.REDIS_SENTINEL_NAME !== undefined) {
    problems.push({ variable: 'REDIS_SENTINEL_NAME', detail: 'is set without REDIS_SENTINELS' });
  }
  return readUrl(values.REDIS_URL ?? DEFAULT_URL, problems);
}

function readSentinels(values: Environment, text: string, problems: ConfigProblem[]): Address | undefined {
  const sentinels = readHosts('REDIS_SENTINELS', text, 26_379, problems);
  const name = values.REDIS_SENTINEL_NAME;
  if (name === undefined)
    problems.push({ variable: 'REDIS_SENTINEL_NAME', detail: 'is needed beside REDIS_SENTINELS' });
  return sentinels && name !== undefined ? plain({ kind: 'sentinel', sentinels, name }) : undefined;
}

function readUrl(text: string, problems: ConfigProblem[]): Address | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    !url ||
    !['redis:', 'rediss:'].includes(url.protocol) ||
    url.hostname === '' ||
    !/^\/?\d{0,4}$/.test(url.pathname)
  ) {
    problems.push({
      variable: 'REDIS_URL',
      detail: 'must be redis://[user:password@]host[:port][/database] or rediss://…',
    });
    return undefined;
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    topology: { kind: 'single', host, port: url.port === '' ? 6379 : Number(url.port) },
    db: Number(url.pathname.slice(1) || '0'),
    username: decoded(url.username),
    password: decoded(url.password),
    tls: url.protocol === 'rediss:',
  };
}

/** A lone `%` in a password is common and meant as it stands. */
function decoded(text: string): string | null {
  if (text === '') return null;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readHosts(
  variable: string,
  text: string,
  defaultPort: number,
  problems: ConfigProblem[],
): HostPort[] | undefined {
  const hosts = text.split(',').map((part) => readHost(part.trim(), defaultPort));
  if (hosts.every((host) => host !== undefined)) return hosts;
  problems.push({ variable, detail: 'must be host:port,host:port,…' });
  return undefined;
}

function readHost(text: string, defaultPort: number): HostPort | undefined {
  const match = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/.exec(text);
  const port = Number(match?.[2] ?? defaultPort);
  return match?.[1] && port > 0 && port < 65_536 ? { host: match[1].replace(/^\[(.*)\]$/, '$1'), port } : undefined;
}

function readCa(path: string | undefined, problems: ConfigProblem[]): string | null {
  if (path === undefined) return null;
  try {
    return readFileSync(path, 'utf8');
  } catch {
    problems.push({ variable: 'REDIS_TLS_CA_FILE', detail: 'names a file that can not be read' });
    return null;
  }
}
