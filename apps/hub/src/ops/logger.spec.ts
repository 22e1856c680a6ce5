import { Writable } from 'node:stream';
import { createLogger, PinoLoggerService } from './logger';

function recorded(use: (logger: PinoLoggerService) => void): { text: string; lines: Record<string, unknown>[] } {
  let text = '';
  const sink = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  use(new PinoLoggerService(createLogger({ level: 'info', format: 'json' }, sink)));
  return {
    text,
    lines: text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

describe('the log', () => {
  it('keeps fields, context and level', () => {
    const { lines } = recorded((logger) => {
      logger.log({ msg: 'wave started', rollout: 'r-1' }, 'RolloutService');
      logger.warn('plain', 'Gateway');
      logger.debug('not shown');
    });
    expect(lines).toMatchObject([
      { level: 'info', msg: 'wave started', rollout: 'r-1', context: 'RolloutService' },
      { level: 'warn', msg: 'plain', context: 'Gateway' },
    ]);
    expect(lines).toHaveLength(2);
  });

  it('shows no credential, in a field or inside a text', () => {
    const { text } = recorded((logger) => {
      logger.log({ msg: 'request', headers: { authorization: 'Basic canary-1' }, token: 'canary-2' });
      logger.log(
        'a token fr_ab12_canary3canary3canary3 and Bearer canary-4 and eyJhbGciOiJFZERTQSJ9.eyJjYW5hcnkiOjV9.canarycanary',
      );
      logger.error(
        new Error('refused fre_ab12_canary6canary6canary6'),
        'stack of fr_zz_canary7canary7canary7',
        'Context',
      );
    });
    expect(text).not.toMatch(/canary|eyJ/);
    expect(text).toContain('[redacted]');
  });
});
