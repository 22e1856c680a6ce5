import { ABSENT, canonicalClass, canonicalKeys, canonicalSource, canonicalSources } from './canonical';

const REF = { kind: 'Secret', namespace: 'shop', name: 'db' } as const;
const HEAD = ['fleet-reloader/v1', 'Secret', 'shop', 'db'];
const SECRET = { data: { b: '2', a: '1' }, binaryData: { d: '4', c: '3' } };

/** Revisions are kept for long: with another form all of them would be others, and everything would restart. */
describe('what revisions are made of stays as it is', () => {
  it('of a source', () => {
    const binary = ['binaryData', 'c', '3', 'binaryData', 'd', '4'];
    expect(canonicalSource(REF, SECRET)).toEqual([...HEAD, ...binary, 'data', 'a', '1', 'data', 'b', '2']);
  });

  it('of its single keys', () => {
    const entry = (...fields: [string, string, string]) => [
      fields[1],
      ['fleet-reloader/v1', 'key', 'Secret', 'shop', 'db', ...fields],
    ];
    expect(Object.fromEntries(canonicalKeys(REF, SECRET))).toEqual(
      Object.fromEntries([
        entry('data', 'a', '1'),
        entry('data', 'b', '2'),
        entry('binaryData', 'c', '3'),
        entry('binaryData', 'd', '4'),
      ]),
    );
  });

  it('of a class, of all sources of a workload, and of none', () => {
    const vault = { ...REF, kind: 'SecretProviderClass' } as const;
    const mounted = [['id', '7']] as const;
    expect(canonicalClass(vault, mounted)).toEqual([
      'fleet-reloader/v1',
      'SecretProviderClass',
      'shop',
      'db',
      'id',
      '7',
    ]);
    const sources = { 'Secret/db': 'x', 'ConfigMap/app': 'y' };
    expect(canonicalSources(sources)).toEqual(['fleet-reloader/v1', 'sources', 'ConfigMap/app', 'y', 'Secret/db', 'x']);
    expect(ABSENT).toEqual(['fleet-reloader/v1', 'absent']);
  });
});
