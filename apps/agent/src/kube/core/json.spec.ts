import { isKubeObject, isRecord, readList } from './json';

const object = (metadata: object = {}) => ({ metadata: { name: 'a', uid: 'u', resourceVersion: '1', ...metadata } });
const list = (metadata: object = {}, items: unknown = [object()]) => ({
  metadata: { resourceVersion: '7', ...metadata },
  items,
});

it.each([
  [{}, true],
  [null, false],
  [[], false],
  ['text', false],
  [undefined, false],
])('%j as a record: %s', (value, expected) => {
  expect(isRecord(value)).toBe(expected);
});

it.each<[string, unknown, boolean]>([
  ['with its identity', object(), true],
  ['without a name', object({ name: undefined }), false],
  ['without a uid', object({ uid: 5 }), false],
  ['without a version', object({ resourceVersion: null }), false],
  ['without metadata', { metadata: 'x' }, false],
  ['that is none', 'x', false],
])('an object %s', (_what, value, expected) => {
  expect(isKubeObject(value)).toBe(expected);
});

describe('a list', () => {
  it('has objects, a version, and may go on', () => {
    expect(readList(list())).toEqual({ items: [object()], resourceVersion: '7', next: null });
    expect(readList(list({ continue: 'c' }))?.next).toBe('c');
    expect(readList(list({ continue: '' }))?.next).toBeNull();
    expect(readList(list({ continue: 5 }))?.next).toBeNull();
  });

  it.each<[string, unknown]>([
    ['text', 'x'],
    ['without items', { metadata: { resourceVersion: '7' } }],
    ['without metadata', { items: [] }],
    ['without a version', list({ resourceVersion: 7 })],
    ['with something else in it', list({}, [object(), 'x'])],
  ])('is none: %s', (_what, body) => {
    expect(readList(body)).toBeNull();
  });
});
