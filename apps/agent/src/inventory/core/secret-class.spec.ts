import type { KubeObject } from '../../kube/kube.port';
import { type Content, newer, readPodStatus, standingOf } from './secret-class';

const T = (second: number): string => `2026-01-01T00:00:0${second}Z`;
const status = (metadata: object = {}, more: object = {}): KubeObject => ({
  metadata: { name: 'p', uid: 'u', resourceVersion: '5', namespace: 'shop', creationTimestamp: T(1), ...metadata },
  status: { secretProviderClassName: 'db', objects: [], ...more },
});
const written = (time: string, field = 'f:status') => ({ time, fieldsV1: { [field]: {} } });

describe('what a pod has mounted of a class', () => {
  it('is read by id and version, in an order of its own', () => {
    const one = (id: unknown, version: unknown) => ({ id, version });
    const objects = [one('b', '2'), one('a', '9'), one('b', '1'), one('a', '9'), one(5, undefined)];
    expect(readPodStatus(status({}, { objects }))).toEqual({
      ref: { kind: 'SecretProviderClass', namespace: 'shop', name: 'db' },
      objects: [
        ['', ''],
        ['a', '9'],
        ['a', '9'],
        ['b', '1'],
        ['b', '2'],
      ],
      ...{ at: T(1), rotated: false },
    });
    expect(readPodStatus(status({}, { secretProviderClassName: '' }))).toBeUndefined();
  });

  it.each<[string, object, string | null, boolean]>([
    ['the driver wrote it as the pod started', { managedFields: [written(T(1))] }, T(1), false],
    ['it was written later', { managedFields: [written(T(3)), written(T(2))] }, T(3), true],
    ['something else was written later', { managedFields: [written(T(3), 'f:metadata')] }, T(1), false],
    ['the object was changed', { generation: 2 }, T(1), true],
    ['the object is as it was made', { generation: 1 }, T(1), false],
    ['no time is known', { creationTimestamp: undefined }, null, false],
  ])('was rotated under a running pod or not: %s', (_what, metadata, at, rotated) => {
    expect(readPodStatus(status(metadata))).toMatchObject({ at, rotated });
  });
});

describe('of two contents of a class', () => {
  const content = (letter: string, at: string | null, version = '5'): Content => ({ revision: letter, at, version });
  const [old, later] = [content('A', T(1)), content('B', T(2), '4')];

  it('the newer counts, by time and then by version', () => {
    expect([newer(null, old), newer(old, later), newer(later, old)]).toEqual([old, later, later]);
    const [low, high] = [content('C', T(1), '6'), content('D', T(1), '7')];
    expect([newer(low, high), newer(high, low)]).toEqual([high, high]);
    const again = content('E', T(1));
    expect(newer(old, again)).toBe(again);
    expect(newer(content('F', null), old)).toBe(old);
    expect(newer(old, content('F', null))).toBe(old);
  });

  it('the rotated one is the revision, and what pods started with since is told beside it', () => {
    expect(standingOf({ rotated: null, started: null })).toEqual({ revision: null, started: null, content: null });
    expect(standingOf({ rotated: null, started: old })).toEqual({ revision: null, started: 'A', content: old });
    expect(standingOf({ rotated: old, started: later })).toEqual({ revision: 'A', started: 'B', content: old });
    expect(standingOf({ rotated: later, started: old })).toEqual({ revision: 'B', started: null, content: later });
  });
});
