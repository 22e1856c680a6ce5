import pino, { type Logger } from 'pino';
import { censored } from './core/censored';

export type LogOptions = Readonly<{ level: string; format: 'json' | 'pretty' }>;

/** One JSON object per line on stdout; `pretty` for people. */
export async function makeLogger({ level, format }: LogOptions): Promise<Logger> {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: (error: Error) => censored(pino.stdSerializers.err(error)) },
  };
  // Its own redaction looks for each path in each line, which costs more than all the rest of the line.
  const log = (object: Record<string, unknown>): Record<string, unknown> => censored(object);
  if (format === 'json') return pino({ ...options, formatters: { log, level: (label) => ({ level: label }) } });
  const { default: pretty } = await import('pino-pretty');
  return pino({ ...options, formatters: { log } }, pretty({ sync: true, singleLine: true }));
}
