import { readWish } from './unreachable';

const KEY = 'fleet-reloader.io/hub-unreachable';

describe('what a workload asks for while the hub can not be reached', () => {
  it.each<[string, Record<string, string>, Record<string, string>, object | null]>([
    ['nothing', {}, {}, null],
    ['by its metadata', { [KEY]: ' immediate ' }, {}, { kind: 'immediate' }],
    ['by its pod template', {}, { [KEY]: 'fallback:10m' }, { kind: 'fallback', afterMs: 600_000 }],
    ['by its metadata before its pod template', { [KEY]: 'hold' }, { [KEY]: 'immediate' }, { kind: 'hold' }],
  ])('is read: %s', (_where, metadata, template, wish) => {
    expect(readWish(metadata, template)).toEqual({ wish, warnings: [] });
  });

  it.each(['soon', 'fallback:', ''])('is to hold, and said, where it can not be understood: "%s"', (text) => {
    const { wish, warnings } = readWish({ [KEY]: text }, { [KEY]: 'immediate' });
    expect(wish).toEqual({ kind: 'hold' });
    expect(warnings).toEqual([
      `"${text}" is none of hold, fallback:<duration>, immediate: without the hub it is not restarted`,
    ]);
  });
});
