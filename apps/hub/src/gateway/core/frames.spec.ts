import { readFrame, Sequence } from './frames';

const frame = (change: Record<string, unknown> = {}): string =>
  JSON.stringify({
    v: 1,
    t: 'heartbeat',
    id: '1',
    seq: 1,
    ts: '2030-01-01T00:00:00.000Z',
    body: { pending: 0, inventoryDigest: '' },
    ...change,
  });

describe('an arriving frame', () => {
  it('is a message when it is exactly of the protocol', () => {
    expect(readFrame(frame())).toMatchObject({ kind: 'message', type: 'heartbeat' });
  });

  it.each([
    ['not JSON', '{', 'BadJson'],
    ['a word', '"hello"', 'BadFrame'],
    ['null', 'null', 'BadFrame'],
    ['of another version', frame({ v: 2 }), 'BadFrame'],
    ['with a cluster of its own choice', frame({ cluster: 'other' }), 'BadFrame'],
    ['with more in its body', frame({ body: { pending: 0, inventoryDigest: '', data: 'c2VjcmV0' } }), 'BadFrame'],
    ['with a negative number', frame({ body: { pending: -1, inventoryDigest: '' } }), 'BadFrame'],
  ])('is abuse: %s', (_, text, code) => {
    expect(readFrame(text)).toMatchObject({ kind: 'abuse', code });
  });

  it('is not repeated in the reason of its refusal', () => {
    expect(JSON.stringify(readFrame(frame({ t: 'report', body: { sources: [{ canary: 'hunter2' }] } })))).not.toContain(
      'hunter2',
    );
  });

  it('of a word that this hub does not know is no abuse', () => {
    expect(readFrame(frame({ t: 'evidence', id: '7' }))).toEqual({
      kind: 'unsupported',
      type: 'unknown',
      id: '7',
      seq: 1,
      word: 'evidence',
    });
    expect(readFrame(frame({ t: 'evidence', seq: '2' }))).toMatchObject({ kind: 'unsupported', seq: undefined });
  });
});

describe('the refusal of a frame', () => {
  it('labels with a word of the protocol, and else with none of the sender', () => {
    const types = [frame({ v: 2 }), frame({ v: 2, t: 'evidence' }), 'null', '"x"', '{', frame({ t: 5 })].map(
      (text) => readFrame(text).type,
    );
    expect(types).toEqual(['heartbeat', 'unknown', 'unknown', 'unknown', 'unknown', 'unknown']);
  });

  it('tells the places, and no more than five of them', () => {
    expect(readFrame(frame({ seq: 'a', ts: 1, body: 1 }))).toMatchObject({
      detail: expect.stringMatching(/^\/seq: [^;]+; \/ts: [^;]+; \/body: [^;]+$/) as string,
    });
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`k${at}`, { kind: 'Odd' }]));
    const body = {
      sources: Object.values(many),
      workloads: [],
      goneSources: [],
      goneWorkloads: [],
      inventoryDigest: '',
    };
    const refused = readFrame(frame({ t: 'report', body }));
    expect(refused.kind === 'abuse' && refused.detail.split('; ')).toHaveLength(5);
  });

  it('repeats no name that is as long as the frame', () => {
    const long = { ['k'.repeat(200_000)]: 1 };
    for (const change of [long, { body: { pending: 0, inventoryDigest: '', ...long } }]) {
      const refused = readFrame(frame(change));
      expect(refused.kind === 'abuse' && refused.detail.length).toBeLessThanOrEqual(200);
    }
  });

  it('answers only an id that is a text of ordinary length, and repeats no long word', () => {
    const [long, most] = ['x'.repeat(65), 'x'.repeat(64)];
    expect(readFrame(frame({ t: long, id: most }))).toMatchObject({ id: most, word: most });
    expect(readFrame(frame({ t: 'evidence', id: long }))).toMatchObject({ id: undefined });
    expect(readFrame(frame({ t: 'evidence', id: 7 }))).toMatchObject({ id: undefined });
  });
});

it('a place within the body is told as a pointer, and what is not JSON as that', () => {
  expect(readFrame(frame({ body: { pending: -1, inventoryDigest: '' } }))).toMatchObject({
    detail: expect.stringMatching(/^\/body\/pending: /) as string,
  });
  expect(readFrame('{')).toMatchObject({ detail: 'the frame is not JSON' });
});

describe('the sequence of a session', () => {
  it('tells a gap from a repeat', () => {
    const sequence = new Sequence();
    expect([1, 2, 5, 6, 6, 3].map((seq) => sequence.take(seq))).toEqual([
      'next',
      'next',
      'gap',
      'next',
      'repeated',
      'repeated',
    ]);
  });
});
