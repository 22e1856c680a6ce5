import { Redis } from 'ioredis';

/** Sends one command to the server on this port of 127.0.0.1; gives its answer as text, lists joined by spaces. */
export async function command(
  port: number,
  [name = '', ...args]: readonly string[],
  password?: string,
): Promise<string> {
  const redis = new Redis({
    port,
    host: '127.0.0.1',
    lazyConnect: true,
    enableReadyCheck: false,
    ...(password !== undefined && { password }),
  });
  redis.on('error', () => undefined); // the command tells
  try {
    return [await redis.call(name, ...args)].flat(9).map(String).join(' ');
  } finally {
    redis.disconnect();
  }
}
