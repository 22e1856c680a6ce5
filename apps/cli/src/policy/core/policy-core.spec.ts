import { parse } from 'yaml';
import { parsePolicy } from '@app/contracts/policy/parse';
import { lineDiff } from './line-diff';
import { inOrderOf, nameOf, sameDocument, withName } from './named-document';
import { policyTemplate } from './template';

describe('the difference of two texts', () => {
  it('is nothing between equal ones', () => {
    expect(lineDiff('a\nb\n', 'a\nb\n')).toEqual([]);
  });

  it('is what goes and what comes, in its place', () => {
    expect(lineDiff('a\nb\nc\n', 'a\nx\nc\nd\n')).toEqual([' a', '-b', '+x', ' c', '+d']);
    expect(lineDiff('', 'a\nb\n')).toEqual(['+a', '+b']);
    expect(lineDiff('a\nb\na\n', 'b\na\nb\n')).toEqual(['+b', ' a', ' b', '-a']);
  });

  it('leaves out what is far from any change', () => {
    const lines = Array.from({ length: 20 }, (_, at) => `${at}`);
    const changed = lines.map((line) => (line === '10' ? 'ten' : line));
    expect(lineDiff(lines.join('\n'), changed.join('\n'))).toEqual([
      '...',
      ' 7',
      ' 8',
      ' 9',
      '-10',
      '+ten',
      ' 11',
      ' 12',
      ' 13',
      '...',
    ]);
  });
});

describe('documents', () => {
  it('have their name in one of two places', () => {
    expect(nameOf({ name: 'a', rollout: 'canary' })).toBe('a');
    expect(nameOf({ kind: 'RolloutPolicy', metadata: { name: 'b' } })).toBe('b');
    expect(nameOf({ rollout: 'canary', metadata: { name: 'b' } })).toBeUndefined();
  });

  it('get the name that they had by their address', () => {
    expect(withName('a', { rollout: 'canary' })).toEqual({ name: 'a', rollout: 'canary' });
    expect(withName('a', { name: 'a', rollout: 'canary' })).toEqual({ name: 'a', rollout: 'canary' });
  });

  it('are the same in any order of keys, but not of list items', () => {
    expect(sameDocument({ a: 1, b: [{ c: 1, d: 2 }] }, { b: [{ d: 2, c: 1 }], a: 1 })).toBe(true);
    expect(sameDocument({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
    expect(sameDocument({ a: '1' }, { a: 1 })).toBe(false);
  });

  it('are put into the order of another to be compared', () => {
    const ordered = inOrderOf({ b: { y: 0, x: 0 }, a: 0 }, { a: 1, c: 3, b: { x: 1, y: 2 } });
    expect(JSON.stringify(ordered)).toBe('{"b":{"y":2,"x":1},"a":1,"c":3}');
  });

  it('are valid as the template gives them', () => {
    expect(parsePolicy(parse(policyTemplate('mine')))).toMatchObject({ ok: true, policy: { name: 'mine' } });
  });
});
