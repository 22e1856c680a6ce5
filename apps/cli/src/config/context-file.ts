import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { UsageFailure } from '../failure';
import type { Environment } from './environment';

const context = z.strictObject({
  hub: z.string(),
  token: z.string().optional(),
  /** Path of a PEM file. */
  caFile: z.string().optional(),
});
const contexts = z.strictObject({
  /** The context that is used when none is named. */
  current: z.string().optional(),
  contexts: z.record(z.string(), context).default({}),
});
/** A hub and a token for it, under a name of one's own. */
export type HubContext = z.infer<typeof context>;
export type HubContexts = z.infer<typeof contexts>;

/** `$XDG_CONFIG_HOME/reloadctl/config.yaml`, else under `~/.config`; undefined when neither directory is known. */
export function contextFilePath(env: Environment): string | undefined {
  // Set to nothing is not set: tokens must not end in whatever directory one is in.
  const home = env['XDG_CONFIG_HOME'] || (env['HOME'] ? join(env['HOME'], '.config') : '');
  return home === '' ? undefined : join(home, 'reloadctl', 'config.yaml');
}

/** The contexts in the file; none when there is no file. @throws UsageFailure when it can not be understood */
export function readContexts(path: string | undefined): HubContexts {
  const text = path === undefined ? undefined : readIfThere(path);
  if (text === undefined) return { contexts: {} };
  const read = contexts.safeParse(parseYaml(path ?? '', text));
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw new UsageFailure(`${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'can not be read'}`);
}

/**
 * Replaces the file, in one step; only its owner may read it, because it holds tokens.
 * @throws UsageFailure when it can not be written
 */
export function writeContexts(path: string, value: HubContexts): void {
  try {
    replace(path, value);
  } catch (error) {
    throw new UsageFailure(
      `${path} can not be written: ${error instanceof Error ? error.message : String(error)}`,
      'Set XDG_CONFIG_HOME to a directory of yours, or do without a context: --hub and --token-file.',
    );
  }
}

function replace(path: string, value: HubContexts): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const next = `${path}.${process.pid}`;
  try {
    writeFileSync(next, stringify(value), { mode: 0o600 });
    chmodSync(next, 0o600);
    renameSync(next, path);
  } finally {
    rmSync(next, { force: true });
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw new UsageFailure(`${path} can not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parseYaml(path: string, text: string): unknown {
  try {
    return parse(text) ?? {};
  } catch (error) {
    throw new UsageFailure(
      `${path} is not YAML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''}`,
    );
  }
}
