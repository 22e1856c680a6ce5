import { durationMs, fateOf } from './kubelet';

describe('durationMs', () => {
  it.each([
    ['3s', 3_000],
    ['500ms', 500],
    ['1m30s', 90_000],
    ['1.5s', 1_500],
    ['soon', undefined],
    ['', undefined],
  ])('%s is %s', (text, expected) => expect(durationMs(text)).toBe(expected));
});

describe('fateOf', () => {
  const revision = { 'fleet-reloader.io/revision': 'k1:x' };
  it.each([
    [{}, 'ready'],
    [{ 'test.fleet-reloader.io/pods': 'crash' }, 'crash'],
    [{ 'test.fleet-reloader.io/pods': 'never-ready' }, 'never-ready'],
    [{ 'test.fleet-reloader.io/restarted': 'crash' }, 'ready'],
    [{ ...revision, 'test.fleet-reloader.io/restarted': 'crash' }, 'crash'],
    [{ ...revision, 'test.fleet-reloader.io/restarted': 'never-ready' }, 'never-ready'],
    [revision, 'ready'],
  ] as const)('%j: %s', (annotations, expected) => expect(fateOf(annotations)).toBe(expected));
});
