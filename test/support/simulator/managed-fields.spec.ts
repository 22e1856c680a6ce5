import { recordWriter } from './managed-fields';
import { configMap } from './manifests';
import type { SourceObject } from './objects';

const at = (seconds: number) => `2026-01-01T00:00:0${seconds}Z`;

function written(
  before: SourceObject | undefined,
  data: Record<string, string>,
  manager: string,
  time: string,
): SourceObject {
  const object = { ...configMap('shop', 'a', data) };
  const metadata = { ...object.metadata, ...(before ? { managedFields: before.metadata.managedFields ?? [] } : {}) };
  const managedFields = recordWriter(before, { ...object, metadata }, { manager, time });
  return { ...object, metadata: { ...metadata, managedFields } };
}

const owners = ({ metadata }: SourceObject) =>
  metadata.managedFields?.map(({ manager, time, fieldsV1 }) => [manager, time, fieldsV1['f:data']]);

describe('recordWriter', () => {
  const created = written(undefined, { a: '1', b: '1' }, 'first', at(0));

  it('gives the creator every field', () => {
    expect(owners(created)).toEqual([['first', at(0), { '.': {}, 'f:a': {}, 'f:b': {} }]]);
  });

  it('hands a changed field to who changed it', () => {
    const changed = written(created, { a: '2', b: '1' }, 'second', at(1));
    expect(owners(changed)).toEqual([
      ['first', at(0), { '.': {}, 'f:b': {} }],
      ['second', at(1), { 'f:a': {} }],
    ]);
  });

  it('forgets fields that are gone, and writers that own nothing any more', () => {
    const changed = written(created, { a: '2', b: '2' }, 'second', at(1));
    const removed = written(changed, { b: '2' }, 'third', at(2));
    expect(owners(removed)).toEqual([
      ['first', at(0), { '.': {} }],
      ['second', at(1), { 'f:b': {} }],
    ]);
  });
});
