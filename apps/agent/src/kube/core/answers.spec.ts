import { patchFailure, refusal, retryAfterMs } from './answers';

const status = (reason: string, message: string) => ({ kind: 'Status', reason, message });

describe('what an answer means', () => {
  it.each([
    ['7', 7000],
    ['Thu, 01 Jan 1970 00:00:30 GMT', 20_000],
    ['Thu, 01 Jan 1970 00:00:01 GMT', 0],
    ['999999', 300_000],
    ['soon', null],
    ['', null],
    [null, null],
  ])('Retry-After %s is %s ms', (header, ms) => {
    expect(retryAfterMs(header, 10_000)).toBe(ms);
  });

  it('keeps reason and message of a Status, and makes do without one', () => {
    expect(refusal(403, status('Forbidden', 'no\n  way'), null)).toMatchObject({
      reason: 'Forbidden',
      message: 'no way',
    });
    expect(refusal(502, '<html>', null)).toMatchObject({ reason: 'Http502', message: 'the API server answered 502' });
  });

  it.each([
    [409, 'conflict'],
    [404, 'gone'],
    [400, 'rejected'],
    [403, 'rejected'],
    [413, 'rejected'],
    [422, 'rejected'],
    [401, 'unavailable'],
    [408, 'unavailable'],
    [429, 'unavailable'],
    [500, 'unavailable'],
    [503, 'unavailable'],
  ])('a PATCH that is answered %i is %s', (code, kind) => {
    expect(patchFailure(refusal(code, status('Why', 'because'), null)).kind).toBe(kind);
  });

  it('a PATCH that may work later says what the API server said', () => {
    expect(patchFailure(refusal(503, status('Why', 'because'), 7000))).toEqual({
      kind: 'unavailable',
      message: '503 Why: because',
      retryAfterMs: 7000,
    });
  });

  it('a PATCH without an answer may have been done: it is unavailable, to be judged again', () => {
    expect(patchFailure({ kind: 'unreachable', reason: 'Timeout', message: 'late' })).toEqual({
      kind: 'unavailable',
      message: 'Timeout: late',
      retryAfterMs: null,
      noAnswer: true,
    });
  });
});
