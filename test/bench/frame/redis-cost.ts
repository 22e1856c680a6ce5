import type { Redis } from 'ioredis';

/** What a Redis has spent on commands so far: microseconds of its own, and how many it was sent. */
export type Spent = Readonly<{ us: number; commands: number }>;

/** Commands that a script calls are in its own time, and were not sent. */
export async function spentBy(redis: Redis): Promise<Spent> {
  const [times, traffic] = await Promise.all([redis.info('cpu'), redis.info('stats')]);
  const seconds = (field: string): number => Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(times)?.[1] ?? NaN);
  const us = (seconds('used_cpu_user_main_thread') + seconds('used_cpu_sys_main_thread')) * 1_000_000;
  return { us, commands: Number(/^total_commands_processed:(\d+)/m.exec(traffic)?.[1] ?? NaN) };
}

export const since = (before: Spent, after: Spent): Spent => ({
  us: after.us - before.us,
  commands: after.commands - before.commands,
});
