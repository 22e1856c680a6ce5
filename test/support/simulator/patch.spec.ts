import { jsonPatch, mergePatch, strategicMergePatch } from './patch';

describe('mergePatch', () => {
  it.each([
    [{ a: 1 }, { b: 2 }, { a: 1, b: 2 }],
    [{ a: { b: 1, c: 2 } }, { a: { b: null } }, { a: { c: 2 } }],
    [{ a: [1, 2] }, { a: [3] }, { a: [3] }],
    [{}, { a: { b: null, c: 1 } }, { a: { c: 1 } }],
    [{ a: 'text' }, { a: { b: 1 } }, { a: { b: 1 } }],
    [{ a: 1 }, 'text', 'text'],
  ])('%j patched with %j is %j', (target, patch, expected) => {
    const before = structuredClone(target);
    expect(mergePatch(target, patch)).toEqual(expected);
    expect(target).toEqual(before);
  });
});

describe('strategicMergePatch', () => {
  const target = {
    containers: [{ name: 'a', image: '1', env: [{ name: 'X', value: '1' }] }, { name: 'b' }],
    args: [1],
  };

  it.each([
    [
      'merges items by their key',
      { containers: [{ name: 'a', image: '2' }] },
      [{ name: 'a', image: '2', env: target.containers[0]?.env }, { name: 'b' }],
    ],
    ['adds new items', { containers: [{ name: 'c' }] }, [...target.containers, { name: 'c' }]],
    ['deletes items by directive', { containers: [{ name: 'a', $patch: 'delete' }] }, [{ name: 'b' }]],
  ])('%s', (_title, patch, containers) => {
    expect(strategicMergePatch(target, patch)).toEqual({ ...target, containers });
  });

  it('replaces other lists, and a map by directive', () => {
    expect(strategicMergePatch({ args: [1], map: { a: 1 } }, { args: [2], map: { $patch: 'replace', b: 2 } })).toEqual({
      args: [2],
      map: { b: 2 },
    });
  });
});

describe('jsonPatch', () => {
  it('adds, replaces, removes, moves, copies and tests', () => {
    const operations = [
      { op: 'test', path: '/a', value: 1 },
      { op: 'add', path: '/list/0', value: 'first' },
      { op: 'add', path: '/list/-', value: 'last' },
      { op: 'copy', from: '/a', path: '/copy' },
      { op: 'move', from: '/a', path: '/m~1oved' },
      { op: 'remove', path: '/gone' },
    ];
    expect(jsonPatch({ a: 1, list: ['x'], gone: 1 }, operations)).toEqual({
      list: ['first', 'x', 'last'],
      copy: 1,
      'm/oved': 1,
    });
  });

  it.each([
    [{ op: 'test', path: '/a', value: 2 }],
    [{ op: 'remove', path: '/none' }],
    [{ op: 'add', path: 'a', value: 1 }],
    [{ op: 'twist', path: '/a' }],
  ])('refuses %j', (operation) => {
    expect(() => jsonPatch({ a: 1 }, [operation])).toThrow();
  });
});
