import { homedir } from 'node:os';
import { join } from 'node:path';

/** The one place where the test support reads its own environment. An empty variable counts as absent. */
export function setting(name: string): string | undefined {
  const value = process.env[name];
  return value === undefined || value === '' ? undefined : value;
}

/** Where downloads and builds that outlive a clone are kept; the same directory that the scripts use. */
export function cacheDirectory(): string {
  return join(setting('XDG_CACHE_HOME') ?? join(homedir(), '.cache'), 'fleet-reloader');
}

/** Our whole environment with additions, for tools that need it (a compiler its caches, npm its settings). */
export function environmentWith(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...extra };
}
