import { Misreadings, readHubFrame } from './hub-frame';

const frame = (change: Record<string, unknown> = {}): string =>
  JSON.stringify({
    ...{ v: 1, t: 'drain', id: '1', seq: 1, ts: '2030-01-01T00:00:00.000Z', body: { reconnectWithinMs: 5 } },
    ...change,
  });
const why = (text: string | null): string => {
  const read = readHubFrame(text);
  return read.kind === 'misread' ? `${read.code}: ${read.why}` : '';
};

describe('a frame of the hub', () => {
  it('is a message when it is exactly of the protocol', () => {
    expect(readHubFrame(frame())).toMatchObject({ kind: 'message', message: { t: 'drain' } });
  });

  it('of a word that this agent does not know is said to be unsupported, and no long word is repeated', () => {
    expect(why(frame({ t: 'freeze' }))).toBe('Unsupported: this agent does not know freeze');
    expect(why(frame({ t: 'x'.repeat(200_000) }))).toHaveLength('Unsupported: this agent does not know '.length + 64);
  });

  it.each([
    [null, 'BadFrame: the frame is binary'],
    ['{', 'BadFrame: the frame is not JSON'],
    ['null', expect.stringMatching(/^BadFrame: \/: /)],
    [frame({ t: 5 }), expect.stringMatching(/^BadFrame: \/t: /)],
    [frame({ body: { reconnectWithinMs: -1 } }), expect.stringMatching(/^BadFrame: \/body\/reconnectWithinMs: /)],
  ])('that can not be read says what is wrong: %s', (text, expected) => {
    expect(why(text)).toEqual(expected);
  });

  it('tells five problems at most, in short', () => {
    const restarts = Array.from({ length: 20 }, () => ({ permit: 7 }));
    expect(why(frame({ t: 'permit', body: { restarts } })).split('; ')).toHaveLength(5);
    expect(why(frame({ ['k'.repeat(200_000)]: 1 })).length).toBeLessThanOrEqual('BadFrame: '.length + 200);
  });
});

it('what was not understood is told once for each reason, and five times at most', () => {
  const misreadings = new Misreadings();
  expect(['a', 'a', 'b', 'c', 'd', 'e', 'f', 'a'].map((each) => misreadings.admit(each))).toEqual([
    ...[true, false, true, true, true, true, false, false],
  ]);
});
