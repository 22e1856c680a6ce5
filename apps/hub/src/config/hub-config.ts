import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { type ConfigProblem, type Environment, readEnvironment } from './environment';
import { checkRedis, REDIS_SECRETS, type RedisConfig, redisVariables } from './redis-config';
import { Secret } from './secret';
import { readWebhooks, type Webhook } from './webhook-config';

/** sysexits' EX_CONFIG: what the process exits with when its configuration is wrong. */
export const EXIT_CONFIG = 78;

/** Injection token of the process's `HubConfig`. */
export const HUB_CONFIG = Symbol('HubConfig');

const DAY_MS = 86_400_000;
const UNIT_MS = { h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS } as const;

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** How long finished rollouts, events and audit entries are kept, and how many rollouts at the most. */
type Retention = Readonly<{ ageMs: number; rollouts: number }>;

/** Everything that the hub's environment decides; read once at start. */
export type HubConfig = Readonly<{
  port: number;
  opsPort: number;
  redis: RedisConfig;
  /** Prefix of every key, so that several hubs can share one Redis. */
  prefix: string;
  publicUrl: string | null;
  /** Bootstrap admin token; null: one is generated at the first start. */
  adminToken: Secret | null;
  policyDir: string | null;
  /** PEM texts; null: TLS ends in front of the hub. */
  tls: Readonly<{ cert: string; key: Secret }> | null;
  retention: Retention;
  /** Receivers of notifications, by name. */
  webhooks: ReadonlyMap<string, Webhook>;
  /** Commit of the build, set by the image; `unknown` elsewhere. */
  commit: string;
  log: Readonly<{ level: (typeof LOG_LEVELS)[number]; format: 'json' | 'pretty' }>;
}>;

/** Carries every problem of the environment, not only the first. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly ConfigProblem[]) {
    super(problems.map(({ variable, detail }) => `${variable}: ${detail}`).join('\n'));
  }
}

const port = (fallback: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a port number')
    .default(String(fallback))
    .transform(Number)
    .pipe(z.int().min(0, 'must be at least 0').max(65_535, 'must be at most 65535'));

const retention = z
  .string()
  .regex(/^[1-9]\d{0,4}[hdw](,[1-9]\d{0,6})?$/, 'must be an age and, if wanted, a number of rollouts: 30d or 30d,10000')
  .default('30d')
  .transform((text): Retention => {
    const [age = '', rollouts = '10000'] = text.split(',');
    return {
      ageMs: Number(age.slice(0, -1)) * UNIT_MS[age.slice(-1) as keyof typeof UNIT_MS],
      rollouts: Number(rollouts),
    };
  });

/** As the agent reads them: `INFO` is `info`. */
const anyCase = <T extends z.ZodType<unknown, string>>(words: T) => z.string().toLowerCase().pipe(words);

const variables = z.object({
  ...redisVariables,
  HUB_PORT: port(8080),
  HUB_OPS_PORT: port(8081),
  HUB_PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  HUB_ADMIN_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{16,256}$/, 'must be 16 to 256 printable characters without spaces')
    .optional(),
  HUB_POLICY_DIR: z.string().optional(),
  HUB_TLS_CERT_FILE: z.string().optional(),
  HUB_TLS_KEY_FILE: z.string().optional(),
  HUB_RETENTION: retention,
  BUILD_COMMIT: z
    .string()
    .regex(/^[0-9A-Za-z._-]{1,64}$/, 'must be a commit')
    .default('unknown'),
  LOG_LEVEL: anyCase(z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` })).default('info'),
  LOG_FORMAT: anyCase(z.enum(['json', 'pretty'], { error: 'must be json or pretty' })).default('json'),
});

const NO_ARGUMENTS = 'the hub takes no arguments: environment variables set it up, docs/hub.md has them all';

/** Variables that may also be given as the path of a file that holds the value. */
const BY_FILE = ['HUB_ADMIN_TOKEN', 'HUB_WEBHOOKS', ...REDIS_SECRETS];

/**
 * Reads the hub's environment. `args`: what stands behind the program's name.
 * @throws ConfigError with every problem, each under the name of its variable.
 */
export function loadHubConfig(env: Environment, args: readonly string[] = []): HubConfig {
  const problems: ConfigProblem[] = args.map((argument) => ({ variable: argument, detail: NO_ARGUMENTS }));
  const values = readEnvironment(env, BY_FILE, problems);
  const parsed = variables.safeParse(values);
  for (const issue of parsed.error?.issues ?? [])
    problems.push({ variable: String(issue.path[0]), detail: issue.message });
  const redis = checkRedis(values, problems);
  const tls = checkTls(values, problems);
  const webhooks = readWebhooks(values, problems);
  checkPolicyDir(values, problems);
  if (samePort(parsed.data)) problems.push({ variable: 'HUB_OPS_PORT', detail: 'must differ from HUB_PORT' });
  if (!parsed.success || !redis || problems.length > 0) throw new ConfigError(problems);
  return { ...assemble(parsed.data, redis, tls), webhooks };
}

function assemble(
  data: z.infer<typeof variables>,
  redis: RedisConfig,
  tls: HubConfig['tls'],
): Omit<HubConfig, 'webhooks'> {
  return {
    port: data.HUB_PORT,
    opsPort: data.HUB_OPS_PORT,
    redis,
    prefix: data.REDIS_PREFIX,
    publicUrl: data.HUB_PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    adminToken: data.HUB_ADMIN_TOKEN === undefined ? null : new Secret(data.HUB_ADMIN_TOKEN),
    policyDir: data.HUB_POLICY_DIR ?? null,
    tls,
    retention: data.HUB_RETENTION,
    commit: data.BUILD_COMMIT,
    log: { level: data.LOG_LEVEL, format: data.LOG_FORMAT },
  };
}

/** The configuration of this process; on problems all of them go to stderr and the process exits with 78. */
export function hubConfigOrExit(): HubConfig {
  try {
    return loadHubConfig(process.env, process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`The hub's configuration has ${error.problems.length} problem(s):\n${error.message}\n`);
    process.exit(EXIT_CONFIG);
  }
}

/** Port 0 asks the system for a free one, so twice 0 is not the same port. */
const samePort = (data: { HUB_PORT: number; HUB_OPS_PORT: number } | undefined): boolean =>
  data !== undefined && data.HUB_PORT !== 0 && data.HUB_PORT === data.HUB_OPS_PORT;

/** A folder that is not there yet would be no policy at all, and everything would start by the built-in one. */
function checkPolicyDir({ HUB_POLICY_DIR: path }: Environment, problems: ConfigProblem[]): void {
  if (path && !isFolder(path)) problems.push({ variable: 'HUB_POLICY_DIR', detail: 'names no folder' });
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function checkTls(values: Environment, problems: ConfigProblem[]): HubConfig['tls'] {
  const { HUB_TLS_CERT_FILE: certFile, HUB_TLS_KEY_FILE: keyFile } = values;
  if (!certFile && !keyFile) return null;
  if (!certFile) problems.push({ variable: 'HUB_TLS_CERT_FILE', detail: 'is needed beside HUB_TLS_KEY_FILE' });
  if (!keyFile) problems.push({ variable: 'HUB_TLS_KEY_FILE', detail: 'is needed beside HUB_TLS_CERT_FILE' });
  const cert = certFile && readPem('HUB_TLS_CERT_FILE', certFile, problems);
  const key = keyFile && readPem('HUB_TLS_KEY_FILE', keyFile, problems);
  return cert && key ? { cert, key: new Secret(key) } : null;
}

function readPem(variable: string, path: string, problems: ConfigProblem[]): string | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.includes('-----BEGIN ')) return text;
    problems.push({ variable, detail: 'names a file that is not PEM' });
  } catch {
    problems.push({ variable, detail: 'names a file that can not be read' });
  }
  return undefined;
}
