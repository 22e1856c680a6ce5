import { isOfHub, readRefusal, UNKNOWN_IDENTITY } from './refusal';

const problem = (more: Record<string, unknown>): string =>
  JSON.stringify({ type: 'urn:fleet-reloader:problem:TokenUsed', title: 'Unauthorized', detail: 'used', ...more });

describe('a refusal of the hub', () => {
  it('has the code of the problem, its sentence, and what the hub says about coming back', () => {
    expect(readRefusal(403, problem({ terminal: false, retryAfterSeconds: 5 }))).toEqual({
      code: 'TokenUsed',
      message: 'used',
      terminal: false,
      retryAfterMs: 5_000,
    });
  });

  it.each([
    [399, false],
    [400, true],
    [401, true],
    [499, true],
    [500, false],
    [409, true],
    [429, false],
    [404, false],
    [503, false],
  ])('is for good or not by its status when it does not say: %i → %s', (status, terminal) => {
    expect(readRefusal(status, problem({})).terminal).toBe(terminal);
  });

  it.each(['', '<html>Bad gateway</html>', '{"error":"forbidden"}', 'null'])(
    'is never for good when it is not the hub’s own: %s',
    (body) => {
      expect(readRefusal(403, body)).toMatchObject({ code: 'Http403', terminal: false, retryAfterMs: 0 });
    },
  );

  it.each([
    ['4', 4_000],
    ['0', 0],
    ['86400', 600_000],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 0],
    ['-1', 0],
    [undefined, 0],
  ])('heeds Retry-After of something in between, within bounds: %s', (header, retryAfterMs) => {
    expect(readRefusal(503, '', header)).toMatchObject({ code: 'Http503', terminal: false, retryAfterMs });
  });

  it('by a redirect says what to do', () => {
    for (const status of [300, 302, 399]) {
      expect(readRefusal(status, '').message).toMatch(new RegExp(`^the answer was HTTP ${status}: .*HUB_URL`));
    }
    expect([299, 400].map((status) => readRefusal(status, '').message)).toEqual([
      ...['the answer was HTTP 299', 'the answer was HTTP 400'],
    ]);
  });

  it('is told apart from what something in between says', () => {
    expect([readRefusal(403, problem({})), readRefusal(403, '')].map(isOfHub)).toEqual([true, false]);
    expect(isOfHub({ code: 'HttpOdd' })).toBe(true);
  });

  it('of an identity that the hub does not know can be mended by enrolling anew', () => {
    expect([...UNKNOWN_IDENTITY].sort()).toEqual(['ClusterUnknown', 'WrongHub']);
  });
});
