import { randomBytes } from 'node:crypto';
import { freePorts } from './ports';
import { Program } from './program';

export interface HubOptions {
  readonly redisUrl: string;
  /** Key prefix; two hubs with the same Redis and prefix are replicas of one. */
  readonly prefix?: string;
  readonly adminToken?: string;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Hub {
  readonly url: string;
  readonly opsUrl: string;
  /** The administrator's token. */
  readonly token: string;
  readonly program: Program;
}

/** Starts a hub on free ports, which it keeps over restarts; resolves when it serves. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const [freePort = 0, opsPort = 0] = await freePorts(2);
  const port = options.port ?? freePort;
  const token = options.adminToken ?? `test-${randomBytes(16).toString('hex')}`;
  const program = new Program('hub', {
    HUB_PORT: String(port),
    HUB_OPS_PORT: String(opsPort),
    HUB_PUBLIC_URL: `http://127.0.0.1:${port}`,
    REDIS_URL: options.redisUrl,
    HUB_ADMIN_TOKEN: token,
    ...(options.prefix !== undefined && { REDIS_PREFIX: options.prefix }),
    ...options.env,
  });
  await startOrForget(program);
  return { url: `http://127.0.0.1:${port}`, opsUrl: `http://127.0.0.1:${opsPort}`, token, program };
}

/** A program that does not get ready must not be left running. */
export async function startOrForget(program: Program): Promise<void> {
  program.start();
  try {
    await program.ready();
  } catch (error) {
    await program.kill();
    throw error;
  }
}
