import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, pino, type Level, type Logger } from 'pino';
import { PinoPretty } from 'pino-pretty';
import type { HubConfig } from '../config/hub-config';

const NEST_LEVELS = {
  log: 'info',
  error: 'error',
  warn: 'warn',
  debug: 'debug',
  verbose: 'trace',
  fatal: 'fatal',
} as const;

/** How Nest puts itself together; of use only to who debugs that. */
const ASSEMBLY = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

/** Fields that can carry credentials, wherever a caller puts them. */
const REDACTED = ['authorization', 'token', 'password', 'cookie', 'secret', 'proof'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
]);

/** Tokens of people and scripts, enrolment tokens, bearer headers and JWTs, inside any text. */
const CREDENTIAL =
  /\bfr[a-z]?_[A-Za-z0-9]+_[A-Za-z0-9_-]{16,}|\bBearer\s+[^\s"\\]+|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g;

/** Takes credentials out of a text that is about to be shown. */
const withoutCredentials = (text: string): string => text.replace(CREDENTIAL, '[redacted]');

type LogConfig = HubConfig['log'];

/** A pino logger that never writes a credential. Tests hand in their own destination. */
export function createLogger(config: LogConfig, destination?: DestinationStream): Logger {
  return pino(
    { ...base(config), redact: REDACTED, hooks: { streamWrite: withoutCredentials } },
    output(config, destination),
  );
}

/**
 * For the one line that has to show a credential: the bootstrap token at the first start.
 * Nothing else may use it.
 */
export function createRevealingLogger(config: LogConfig): Logger {
  return pino(base(config), output(config));
}

function base(config: LogConfig) {
  return {
    level: config.level,
    base: { app: 'hub' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
}

function output({ format }: LogConfig, destination?: DestinationStream): DestinationStream {
  if (destination) return destination;
  return format === 'pretty' ? PinoPretty({ sync: true, ignore: 'app' }) : pino.destination({ fd: 1, sync: true });
}

/** Nest's logger over pino: `logger.log({ msg, rollout }, context)` keeps its fields, text stays text. */
export class PinoLoggerService implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write('log', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('verbose', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest appends the context as the last text, and for errors a stack before it. */
  private write(level: keyof typeof NEST_LEVELS, message: unknown, rest: readonly unknown[]): void {
    const context = rest.findLast((item) => typeof item === 'string');
    const stack = rest.find((item) => typeof item === 'string' && item !== context);
    const fields = { ...(context === undefined ? {} : { context }), ...(stack === undefined ? {} : { stack }) };
    const isAssembly = level === 'log' && context !== undefined && ASSEMBLY.has(context);
    this.emit(isAssembly ? 'debug' : NEST_LEVELS[level], fields, message);
  }

  private emit(level: Level, fields: object, message: unknown): void {
    if (message instanceof Error) this.logger[level]({ ...fields, err: message }, message.message);
    else if (typeof message === 'object' && message !== null) this.logger[level]({ ...fields, ...message });
    else this.logger[level](fields, String(message));
  }
}
