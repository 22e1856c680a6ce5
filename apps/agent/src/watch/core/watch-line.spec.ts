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
});
