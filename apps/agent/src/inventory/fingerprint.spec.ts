import fc from 'fast-check';
import { revision } from '@app/contracts/revision';
import { canonicalSource, canonicalSources } from './core/canonical';
import { Fingerprinter } from './fingerprint';

const fingerprinter = new Fingerprinter(Buffer.alloc(32, 7));
const ref = { kind: 'ConfigMap', namespace: 'shop', name: 'app' } as const;
const of = (object: Record<string, unknown>, where = ref as Parameters<typeof canonicalSource>[0]): string =>
  fingerprinter.revision(canonicalSource(where, object));

const key = fc.stringMatching(/^[-._a-zA-Z0-9]{1,8}$/);
const data = fc.dictionary(key, fc.string({ unit: 'binary', maxLength: 12 }), { maxKeys: 5 });

describe('revision of a source', () => {
  it('has the form that both sides of the wire agree on', () => {
    expect(revision.safeParse(of({ data: { a: '1' } })).success).toBe(true);
  });

  it('is equal exactly when data and binaryData are', () => {
    fc.assert(
      fc.property(data, data, data, data, (a, aBinary, b, bBinary) => {
        const same = sorted(a) === sorted(b) && sorted(aBinary) === sorted(bBinary);
        expect(of({ data: a, binaryData: aBinary }) === of({ data: b, binaryData: bBinary })).toBe(same);
      }),
    );
  });

  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(data, (a) => {
        expect(of({ data: a })).toBe(of({ data: Object.fromEntries(Object.entries(a).reverse()) }));
      }),
    );
  });

  it.each([
    ['a separator inside a value', { data: { a: '1;b=2' } }, { data: { a: '1', b: '2' } }],
    ['text and bytes under one key', { data: { a: 'YQ==' } }, { binaryData: { a: 'YQ==' } }],
    ['a value moved to the next key', { data: { a: 'xy', b: '' } }, { data: { a: 'x', b: 'y' } }],
    ['agent 14: only binaryData', { data: {}, binaryData: { a: 'YQ==' } }, { data: {}, binaryData: { a: 'Yg==' } }],
    ['agent 15: a key that nobody reads', { data: { a: '1' } }, { data: { a: '1', unused: '2' } }],
  ])('%s is told apart', (_title, a, b) => {
    expect(of(a)).not.toBe(of(b));
  });

  it.each([
    ['agent 4, 5: labels', { metadata: { labels: { x: 'y' } } }],
    ['agent 12: annotations', { metadata: { annotations: { x: 'y' } } }],
    ['agent 13: type', { type: 'kubernetes.io/tls' }],
    ['agent 13: immutable', { immutable: true }],
  ])('%s is left out', (_title, more) => {
    expect(of({ data: { a: '1' }, ...more })).toBe(of({ data: { a: '1' } }));
  });

  it('protocol 55: differs between two objects with equal content, and between two keys', () => {
    const object = { data: { a: '1' } };
    const others = [
      of(object, { ...ref, name: 'other' }),
      of(object, { ...ref, namespace: 'other' }),
      of(object, { ...ref, kind: 'Secret' }),
      new Fingerprinter(Buffer.alloc(32, 8)).revision(canonicalSource(ref, object)),
    ];
    expect(new Set([of(object), ...others]).size).toBe(5);
  });
});

describe('revision of a workload', () => {
  it('does not depend on the order in which sources are known', () => {
    const a = { 'Secret/x': 'k000000:1', 'ConfigMap/y': 'k000000:2' };
    const b = { 'ConfigMap/y': 'k000000:2', 'Secret/x': 'k000000:1' };
    expect(canonicalSources(a)).toEqual(canonicalSources(b));
  });

  it('refuses a key of another length', () => {
    expect(() => new Fingerprinter(Buffer.alloc(16))).toThrow('32 bytes');
  });
});

const sorted = (entries: Record<string, string>): string => JSON.stringify(Object.entries(entries).sort());
