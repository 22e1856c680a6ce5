import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { RedisServer } from './redis-server';

/** What the server keeps now and, where its files can be read, everything that it was ever told. */
export async function everythingIn({ url, dir }: RedisServer): Promise<string> {
  const client = new Redis(url);
  const parts: string[] = [];
  for await (const keys of client.scanStream({ count: 500 })) {
    for (const key of keys as string[]) parts.push(key, JSON.stringify(await contentOf(client, key)));
  }
  await client.quit();
  const files =
    dir === undefined
      ? []
      : readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return [...parts, ...files.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'))].join('\n');
}

async function contentOf(client: Redis, key: string): Promise<unknown> {
  const type = await client.type(key);
  switch (type) {
    case 'string':
      return client.get(key);
    case 'hash':
      return client.hgetall(key);
    case 'set':
      return client.smembers(key);
    case 'zset':
      return client.zrange(key, '0', '-1');
    case 'stream':
      return client.xrange(key, '-', '+');
    case 'list':
      return client.lrange(key, 0, -1);
    case 'none':
      return null; // it has expired since it was listed
    default:
      throw new Error(`nobody has looked into a ${type} yet`);
  }
}
