import { NO_MARKS } from './opt-in';
import { packSource, unpackSource } from './packed-source';
import { NO_LABELS, type SourceRecord } from './records';

const least: SourceRecord = {
  ref: { kind: 'Secret', namespace: 'shop', name: 'db' },
  uid: undefined,
  revision: null,
  contentVersion: '',
  resourceVersion: '7',
  labels: {},
  changedAt: null,
  marks: { ignore: false, match: false },
};
const most: SourceRecord = {
  ...least,
  uid: '00000000-0000-0000-0000-000000000001',
  revision: 'k123456:abcdefghijklmnopqrstuv',
  started: null,
  unread: true,
  parts: ';key=abcdefghijklmnop',
  contentVersion: '5',
  replaced: 'k123456:vutsrqponmlkjihgfedcba',
  labels: { 'app.kubernetes.io/name': 'a"b' },
  changedAt: '2026-01-01T00:00:00Z',
  marks: { ignore: false, match: true },
};

it('a source shares what most have alike', () => {
  const { labels, marks } = unpackSource(least.ref, packSource({ ...least, labels: NO_LABELS }));
  expect(labels).toBe(NO_LABELS);
  expect(marks).toBe(NO_MARKS);
});

it('what is as with most sources takes no place, at the end none at all', () => {
  const usual = { ...least, contentVersion: '7', labels: NO_LABELS };
  expect(JSON.parse(packSource(usual))).toEqual([0, null, '7', null]);
});

it.each([
  ['with nothing that it may lack', least],
  ['whose content is of its last write', { ...most, contentVersion: '7' }],
  ['with all that it may have', most],
  ['whose last part is all that is not as usual', { ...least, misread: 'no such annotation' }],
])('a source %s comes out as it went in', (_title, record) => {
  expect(unpackSource(record.ref, packSource(record))).toEqual(record);
});
