import { readFileSync } from 'node:fs';
import { parseDuration } from '@app/contracts/policy/amounts';
import { UsageFailure } from '../failure';
import { contextFilePath, type HubContext, readContexts } from './context-file';
import type { Environment } from './environment';

export const OUTPUT_FORMATS = ['table', 'wide', 'json', 'yaml', 'name'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Flags that every command takes, as they were given. */
export type GlobalFlags = Readonly<{
  hub?: string;
  token?: string;
  tokenFile?: string;
  caFile?: string;
  context?: string;
  output?: OutputFormat;
  timeout?: string;
}>;

/** Which hub is asked, and as whom. */
export type HubSettings = Readonly<{ url: string; token: string | null; ca: string | null }>;

/**
 * Flags win over the environment, the environment over the context. A context's token is only ever sent to that
 * context's hub.
 * @throws UsageFailure when no hub is named
 */
export function hubSettings(flags: GlobalFlags, env: Environment): HubSettings {
  const context = contextOf(flags, env);
  const url = namedHub(flags, env, context);
  if (url === undefined) throw noHub();
  const address = hubAddress(url);
  const stored: Partial<HubContext> = context && hubAddress(context.hub) === address ? context : {};
  return {
    url: address,
    token: givenToken(flags, env) ?? stored.token ?? null,
    ca: authority(flags.caFile ?? env['RELOADCTL_CA_FILE'] ?? stored.caFile),
  };
}

const noHub = (): UsageFailure =>
  new UsageFailure('no hub is named', 'Give --hub URL, set RELOADCTL_HUB, or store one: reloadctl login URL');

/** Whether flags, environment or a context say which hub is meant. */
export const isHubNamed = (flags: GlobalFlags, env: Environment): boolean =>
  namedHub(flags, env, contextOf(flags, env)) !== undefined;

const namedHub = (flags: GlobalFlags, env: Environment, context: HubContext | undefined): string | undefined =>
  flags.hub ?? env['RELOADCTL_HUB'] ?? context?.hub;

/** PEM text of a file; null without one. @throws UsageFailure */
export const authority = (file: string | undefined): string | null =>
  file === undefined ? null : readText(file, 'the CA file');

/** The token from flags or the environment, without any context; undefined when none is given. @throws UsageFailure */
export function givenToken(flags: GlobalFlags, env: Environment): string | undefined {
  const token = tokenText(flags, env);
  if (token !== undefined && /[\u0000-\u001f\u007f]/.test(token))
    throw new UsageFailure('the token has more than one line: give its text and nothing else');
  return token;
}

function tokenText(flags: GlobalFlags, env: Environment): string | undefined {
  if (flags.token !== undefined && flags.tokenFile !== undefined)
    throw new UsageFailure('--token and --token-file say the same thing: give one of them');
  if (flags.token !== undefined) return flags.token;
  if (flags.tokenFile !== undefined) return readText(flags.tokenFile, 'the token file').trim();
  const file = env['RELOADCTL_TOKEN_FILE'];
  return env['RELOADCTL_TOKEN'] ?? (file === undefined ? undefined : readText(file, 'the token file').trim());
}

/** The address of a hub without what follows its host and path; one that was copied from the API will do. @throws UsageFailure */
export function hubAddress(text: string): string {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new UsageFailure(`"${text}" is not the address of a hub`, 'It looks like https://reload.example.com');
  return `${url.origin}${url.pathname}`.replace(/(\/api\/v1)?\/*$/, '');
}

/** Milliseconds of `--timeout`; undefined without it. @throws UsageFailure */
export function timeoutOf({ timeout }: GlobalFlags): number | undefined {
  return timeout === undefined ? undefined : durationOf('--timeout', timeout);
}

/** Milliseconds of a flag's duration. @throws UsageFailure */
export function durationOf(flag: string, text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0) throw new UsageFailure(`${flag} ${text}: must be a duration such as 30s, 15m or 2h`);
  return ms;
}

function contextOf(flags: GlobalFlags, env: Environment): HubContext | undefined {
  const wanted = flags.context ?? env['RELOADCTL_CONTEXT'];
  const path = contextFilePath(env);
  const { current, contexts } = readContexts(path);
  const name = wanted ?? current;
  const found = name === undefined ? undefined : contexts[name];
  if (wanted !== undefined && found === undefined) {
    const known = Object.keys(contexts).sort().join(', ');
    throw new UsageFailure(
      `there is no context "${wanted}"`,
      known === '' ? `${path ?? ''} has none` : `There are: ${known}`,
    );
  }
  return found;
}

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageFailure(
      `${what} ${path} can not be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
