import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { ConfigProblem, Environment } from './environment';
import { Secret } from './secret';

type HostPort = Readonly<{ host: string; port: number }>;

/** Where Redis is, without credentials. */
export type RedisTopology =
  | Readonly<{ kind: 'single'; host: string; port: number }>
  | Readonly<{
      kind: 'sentinel';
      sentinels: readonly HostPort[];
      /** Under which the sentinels know the primary. */
      name: string;
      /** The sentinels' own credentials; often they have none. */
      username: string | null;
      password: Secret | null;
    }>
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
  REDIS_TLS: z.enum(['true', 'false'], { error: 'must be true or false' }).optional(),
};
/** Those that may be given as `<NAME>_FILE`. */
export const REDIS_SECRETS = ['REDIS_PASSWORD', 'REDIS_SENTINEL_PASSWORD'];

const ADDRESSES = ['REDIS_URL', 'REDIS_SENTINELS', 'REDIS_CLUSTER_NODES'];
/** Variables that mean something only beside another one. */
const NEEDED_BESIDE: readonly (readonly [string, string])[] = [
  ['REDIS_SENTINEL_NAME', 'REDIS_SENTINELS'],
  ['REDIS_SENTINEL_PASSWORD', 'REDIS_SENTINELS'],
  ['REDIS_SENTINEL_USERNAME', 'REDIS_SENTINEL_PASSWORD'],
  ['REDIS_USERNAME', 'REDIS_PASSWORD'],
];

/** Undefined when it reported a problem that leaves no usable address. */
export function checkRedis(values: Environment, problems: ConfigProblem[]): RedisConfig | undefined {
  checkCompany(values, problems);
  const ca = readCa(values.REDIS_TLS_CA_FILE, problems);
  const address = readAddress(values, problems);
  if (!address) return undefined;
  const password = values.REDIS_PASSWORD ?? address.password;
  return {
    topology: address.topology,
    db: address.db,
    username: values.REDIS_USERNAME ?? address.username,
    password: password === null ? null : new Secret(password),
    tls: wantsTls(values, address.tls || ca !== null, problems) ? { ca } : null,
  };
}

/** Addresses exclude each other; some variables need another one. */
function checkCompany(values: Environment, problems: ConfigProblem[]): void {
  const [first, second] = ADDRESSES.filter((name) => values[name] !== undefined);
  if (second !== undefined)
    problems.push({ variable: second, detail: `is set beside ${first}: one Redis, one address` });
  for (const [variable, other] of NEEDED_BESIDE) {
    if (values[variable] !== undefined && values[other] === undefined)
      problems.push({ variable, detail: `is set without ${other}` });
  }
}

/** REDIS_TLS is for addresses that can not say `rediss://`; nothing else may ask for TLS when it is false. */
function wantsTls(values: Environment, asked: boolean, problems: ConfigProblem[]): boolean {
  if (values.REDIS_TLS === 'false' && asked)
    problems.push({ variable: 'REDIS_TLS', detail: 'is false, but rediss:// or REDIS_TLS_CA_FILE asks for TLS' });
  return asked || values.REDIS_TLS === 'true';
}

type Address = { topology: RedisTopology; db: number; username: string | null; password: string | null; tls: boolean };
const plain = (topology: RedisTopology): Address => ({ topology, db: 0, username: null, password: null, tls: false });

function readAddress(values: Environment, problems: ConfigProblem[]): Address | undefined {
  if (values.REDIS_SENTINELS !== undefined) return readSentinels(values, values.REDIS_SENTINELS, problems);
  if (values.REDIS_CLUSTER_NODES !== undefined) {
    const nodes = readHosts('REDIS_CLUSTER_NODES', values.REDIS_CLUSTER_NODES, 6379, problems);
    return nodes && plain({ kind: 'cluster', nodes });
  }
  return readUrl(values.REDIS_URL ?? DEFAULT_URL, problems);
}

function readSentinels(values: Environment, text: string, problems: ConfigProblem[]): Address | undefined {
  const sentinels = readHosts('REDIS_SENTINELS', text, 26_379, problems);
  const name = values.REDIS_SENTINEL_NAME;
  if (name === undefined)
    problems.push({ variable: 'REDIS_SENTINEL_NAME', detail: 'is needed beside REDIS_SENTINELS' });
  if (!sentinels || name === undefined) return undefined;
  const password = values.REDIS_SENTINEL_PASSWORD;
  return plain({
    kind: 'sentinel',
    sentinels,
    name,
    username: values.REDIS_SENTINEL_USERNAME ?? null,
    password: password === undefined ? null : new Secret(password),
  });
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
    const text = readFileSync(path, 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
    problems.push({ variable: 'REDIS_TLS_CA_FILE', detail: 'names a file that holds no PEM certificate' });
  } catch {
    problems.push({ variable: 'REDIS_TLS_CA_FILE', detail: 'names a file that can not be read' });
  }
  return null;
}
