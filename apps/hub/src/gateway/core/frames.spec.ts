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
      word: 'evidence',
    });
  });
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
