import { type ArgumentsHost, Logger } from '@nestjs/common';
import { Problem } from './core/problem';
import { ProblemFilter } from './problem.filter';
import { ProblemTranslator } from './problem-translator';

const logged: unknown[] = [];
const silent = () => undefined;

/** @returns the status of the answer. */
function answer(error: unknown): number {
  const statuses: number[] = [];
  const reply = {
    sent: false,
    code: (status: number) => (statuses.push(status), reply),
    header: () => reply,
    send: silent,
  };
  const http = { getRequest: () => ({ id: 'r-1', method: 'POST', url: '/' }), getResponse: () => reply };
  const host = { switchToHttp: () => http } as unknown as ArgumentsHost;
  new ProblemFilter(new ProblemTranslator([])).catch(error, host);
  return statuses[0] ?? 0;
}

describe('errors as problems', () => {
  beforeEach(() => {
    logged.length = 0;
    Logger.overrideLogger({ log: silent, warn: silent, error: (message: unknown) => logged.push(message) });
  });
  afterAll(() => Logger.overrideLogger(false));

  it('are logged where nobody foresaw them, and not where the hub itself says no', () => {
    expect(answer(new Problem(501, 'NOT_SUPPORTED_YET', 'not yet'))).toBe(501);
    expect(logged).toEqual([]);
    expect(answer(new Error('odd'))).toBe(500);
    expect(logged).toHaveLength(1);
  });
});
