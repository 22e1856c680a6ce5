import pino, { type Logger } from 'pino';

export type LogOptions = Readonly<{ level: string; format: 'json' | 'pretty' }>;

/** Places where a secret would stand if somebody logged a whole object by mistake. */
const SECRETS = [
  'authorization',
  'token',
  'enrolmentToken',
  'fingerprintKey',
  'password',
  'privateKey',
  'data',
  'stringData',
  'binaryData',
];
const REDACTED = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** One JSON object per line on stdout; `pretty` for people. */
export async function makeLogger({ level, format }: LogOptions): Promise<Logger> {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: REDACTED, censor: '[redacted]' },
  };
  const withLevelNames = { ...options, formatters: { level: (label: string) => ({ level: label }) } };
  if (format === 'json') return pino(withLevelNames);
  const { default: pretty } = await import('pino-pretty');
  return pino(options, pretty({ sync: true, singleLine: true }));
}
