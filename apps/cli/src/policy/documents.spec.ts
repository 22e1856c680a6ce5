import { documentsIn } from './documents';
import { lineOf } from './faults';

const TEXT = `# comment
apiVersion: fleet-reloader.io/v1
metadata:
  name: prod
spec:
  waves:
    - name: a
    - name: b
      "odd/key": 1
---
---
name: quick
rollout: canary
`;

describe('policies in files', () => {
  it('are found between the lines, empty documents left out', () => {
    expect(documentsIn('p.yaml', TEXT).documents.map(({ name }) => name)).toEqual(['prod', 'quick']);
    expect(documentsIn('p.yaml', '').documents).toEqual([]);
  });

  it.each([
    ['', 'p.yaml:2:1'],
    ['/metadata/name', 'p.yaml:4:3'],
    ['/spec/waves/1', 'p.yaml:8:7'],
    ['/spec/waves/1/odd~1key', 'p.yaml:9:7'],
    ['/spec/waves/1/missing', 'p.yaml:8:7'],
    ['/spec/missing/deeper', 'p.yaml:5:1'],
    ['/spec/waves/7', 'p.yaml:6:3'],
  ])('%s is at %s', (pointer, place) => {
    expect(documentsIn('p.yaml', TEXT).documents[0]?.place(pointer)).toBe(place);
  });

  it('may come as a list, and know their places in it', () => {
    const { documents } = documentsIn(
      'l.json',
      '{"items":[\n {"name":"a","rollout":"canary"},\n {"name":"b","rollout":1}]}',
    );
    expect(documents.map(({ name, place }) => [name, place('/rollout')])).toEqual([
      ['a', 'l.json:2:14'],
      ['b', 'l.json:3:14'],
    ]);
  });

  it.each([
    ['a: [', /^p\.yaml:1:\d: /],
    ['a: 1\na: 2', /^p\.yaml:2:1: .*unique/],
    ['- 1', /^p\.yaml:1:1: a policy is an object/],
    ['a: *nowhere', /^p\.yaml:1:\d: .*nowhere/],
  ])('%j is a fault with its place', (text, fault) => {
    const { documents, faults } = documentsIn('p.yaml', text);
    expect([documents, faults.map(lineOf)]).toEqual([[], [expect.stringMatching(fault)]]);
  });
});
