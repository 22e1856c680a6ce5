import { readWatchLine } from './watch-line';

const metadata = { name: 'a', namespace: 'n', uid: 'u', resourceVersion: '7' };
const status = (fields: object): string => JSON.stringify({ type: 'ERROR', object: { kind: 'Status', ...fields } });

describe('readWatchLine', () => {
  it.each(['ADDED', 'MODIFIED'])('reads %s as an object that is there', (type) => {
    expect(readWatchLine(JSON.stringify({ type, object: { metadata } }))).toEqual({
      type: 'upsert',
      object: { metadata },
    });
  });

  it('reads DELETED as gone', () => {
    expect(readWatchLine(JSON.stringify({ type: 'DELETED', object: { metadata } }))).toMatchObject({ type: 'gone' });
  });

  it.each([
    [{}, false],
    [{ annotations: { 'k8s.io/initial-events-end': 'true' } }, true],
  ])('reads a bookmark with %j', (more, initialEnd) => {
    const line = JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '9', ...more } } });
    expect(readWatchLine(line)).toEqual({ type: 'bookmark', resourceVersion: '9', initialEnd });
  });

  it.each([
    ['a compacted version', { code: 410, reason: 'Expired', message: 'too old resource version' }],
    [
      'a version from before a restored backup',
      { code: 504, reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
    ],
  ])('reads %s as expired', (_, fields) => {
    expect(readWatchLine(status(fields))).toEqual({ type: 'expired' });
  });

  it('keeps the reason of any other error', () => {
    expect(readWatchLine(status({ code: 500, reason: 'InternalError', message: 'etcd has no leader' }))).toEqual({
      type: 'refused',
      code: 500,
      reason: 'InternalError',
      message: 'etcd has no leader',
    });
  });

  it.each([
    ['cut JSON', '{"type":"ADDED","object":{"data":{"password":"hunter2"'],
    ['a list', '[]'],
    ['an unknown type', '{"type":"WHAT","object":{}}'],
    ['an object without identity', '{"type":"ADDED","object":{"metadata":{"name":"hunter2"}}}'],
    ['a bookmark without version', '{"type":"BOOKMARK","object":{}}'],
  ])('reads %s as malformed and does not repeat it', (_, text) => {
    const line = readWatchLine(text);
    expect(line.type).toBe('malformed');
    expect(JSON.stringify(line)).not.toContain('hunter2');
  });

  it.each<[string, string, string]>([
    ['text', '{', 'a line is not a JSON object'],
    ['an object without identity', JSON.stringify({ type: 'ADDED', object: {} }), 'an object has no identity'],
    ['a deletion of one', JSON.stringify({ type: 'DELETED', object: {} }), 'an object has no identity'],
    ['a bookmark without a version', JSON.stringify({ type: 'BOOKMARK' }), 'a bookmark has no resourceVersion'],
    ['an event of no known type', JSON.stringify({ type: 'ODD' }), 'an event is of an unknown type'],
  ])('says what is wrong with %s', (_what, line, why) => {
    expect(readWatchLine(line)).toEqual({ type: 'malformed', why });
  });

  it.each([{ code: 410 }, { reason: 'Expired' }, { reason: 'Gone', code: 500 }])('takes %j for expired', (fields) => {
    expect(readWatchLine(status(fields))).toEqual({ type: 'expired' });
  });

  it('takes any other error for a refusal, whatever it lacks', () => {
    const unsaid = { type: 'refused', code: 0, reason: 'Unknown', message: 'the API server ended the watch' };
    expect(readWatchLine(status({}))).toEqual(unsaid);
    expect(readWatchLine(JSON.stringify({ type: 'ERROR' }))).toEqual(unsaid);
    expect(readWatchLine(status({ code: '5', reason: 5, message: 5 }))).toEqual(unsaid);
    expect(readWatchLine(JSON.stringify({ type: 'ERROR', object: 'odd' }))).toEqual(unsaid);
    expect(readWatchLine(status({ details: { causes: [null, 'x'] } }))).toEqual(unsaid);
  });
});
