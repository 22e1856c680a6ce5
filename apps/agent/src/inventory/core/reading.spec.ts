import { canonicalSource, canonicalSources } from './canonical';
import { ignoredIn, keyWith, localKey, localParts, plainKey } from './local-key';
import { carriedMark, markOf } from './mark';
import { partOf, partsOf } from './parts';
import { podSelectorOf, podTemplateOf, selectorText } from './pod-template';
import { countAt, recordAt, recordsAt, textAt } from './read';
import { isLater, isOutdated } from './resource-version';
import { shardOf } from './shard';
import { isSha1, NO_TRACES, tracesOf } from './traces';

const REVISION = `k0a1b2c:${'R'.repeat(22)}`;

describe('what stands under a path of an object', () => {
  const object = { a: { b: 'text', n: 3, list: [{ x: 1 }, 'no', null] } };

  it('is read when it is of the kind that is asked for, and else left out', () => {
    expect([textAt(object, 'a', 'b'), textAt(object, 'a', 'n'), textAt(object, 'b', 'b')]).toEqual([
      ...['text', undefined, undefined],
    ]);
    expect([recordAt(object, 'a', 'b'), recordsAt(object, 'a', 'list'), recordsAt(object, 'a')]).toEqual([
      ...[{}, [{ x: 1 }], []],
    ]);
  });

  it.each([
    [3, 3],
    [0, 0],
    [-1, 9],
    [1.5, 9],
    ['3', 9],
    [undefined, 9],
  ])('is a count: %j reads as %i', (value, count) => {
    expect(countAt({ value }, 9, 'value')).toBe(count);
  });
});

describe('a pod template', () => {
  const template = { metadata: { labels: { a: 'b' } } };
  it.each(['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'Rollout', 'DeploymentConfig'] as const)(
    'of a %s is the one of its spec',
    (kind) => {
      expect(podTemplateOf(kind, { spec: { template } })).toBe(template);
    },
  );

  it('of a CronJob is the one of the Jobs that it makes', () => {
    expect(podTemplateOf('CronJob', { spec: { template: {}, jobTemplate: { spec: { template } } } })).toBe(template);
  });

  it('selects pods by labels and expressions, and a DeploymentConfig by labels alone', () => {
    const matchExpressions = [
      { key: 'tier', operator: 'In', values: ['a', 'b'] },
      { key: 'zone', operator: 'NotIn', values: [3] },
      { key: 'up', operator: 'Exists' },
      { key: 'down', operator: 'DoesNotExist' },
      { key: 'odd', operator: 'Gt', values: ['1'] },
      { operator: 'Exists' },
    ];
    const selector = { matchLabels: { app: 'web', n: 1 }, matchExpressions };
    const text = 'app=web,n=1,tier in (a,b),zone notin (3),up,!down';
    expect(podSelectorOf('Deployment', { spec: { selector } })).toBe(text);
    expect(selectorText(selector)).toBe(text);
    expect(podSelectorOf('DeploymentConfig', { spec: { selector: { app: 'web' } } })).toBe('app=web');
    expect(selectorText({ matchExpressions: [{ key: 'k', operator: 'In' }] })).toBe('k in ()');
  });
});

describe('traces of restarts in the way of Reloader', () => {
  const MARKER = 'reloader.stakater.com/last-reloaded-from';
  const containers = [
    {
      name: 'main',
      env: [
        { name: 'STAKATER_DB_SECRET', value: 'v' },
        { name: 'STAKATER_REF', valueFrom: {} },
        { name: 'OTHER', value: 'x' },
      ],
    },
    { env: [{ name: 'STAKATER_APP_CONFIGMAP', value: 'w' }] },
  ];

  it('are its variables, with the container that each stands in', () => {
    expect(tracesOf({ containers }, {}).variables).toEqual({
      STAKATER_DB_SECRET: { container: 'main', value: 'v' },
      STAKATER_APP_CONFIGMAP: { container: '', value: 'w' },
    });
  });

  it('are its annotation, when that names a source and a digest', () => {
    const marker = { type: 'SECRET', name: 'db', hash: 'h' };
    const read = (text: unknown) => tracesOf({}, { [MARKER]: typeof text === 'string' ? text : JSON.stringify(text) });
    expect(read(marker).marker).toEqual({ kind: 'Secret', name: 'db', hash: 'h' });
    for (const odd of [
      { ...marker, type: 'Secret' },
      { ...marker, name: '' },
      { ...marker, hash: undefined },
      '{',
      '7',
      'null',
    ])
      expect(read(odd)).toBe(NO_TRACES);
    expect(tracesOf({ containers: [{ name: 'main' }] }, {})).toBe(NO_TRACES);
  });

  it('are of Reloader itself when they are SHA-1', () => {
    const sha1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';
    expect([sha1, sha1.toUpperCase(), `${sha1}0`, sha1.slice(1), ''].map(isSha1)).toEqual([
      ...[true, false, false, false, false],
    ]);
  });
});

describe('the mark of a restart', () => {
  const KEYS = { revision: 'fleet-reloader.io/revision', again: 'fleet-reloader.io/again' };
  const forced = 'fleet-reloader.io/forced';

  it('is the revision that it brought, told apart from another one of the same', () => {
    expect(markOf({ [KEYS.revision]: REVISION })).toEqual({ stamp: REVISION, mark: REVISION });
    expect(markOf({ [KEYS.revision]: REVISION, [KEYS.again]: '5' })).toEqual({
      stamp: REVISION,
      mark: `${REVISION}#5`,
    });
    expect(markOf({ [KEYS.revision]: REVISION, [KEYS.again]: 5 })).toEqual({ stamp: REVISION, mark: REVISION });
    expect(markOf({ [KEYS.revision]: 'odd', [KEYS.again]: '5' })).toEqual({ stamp: null, mark: null });
  });

  it('stands in the template, in the metadata, or on what comes of the restart', () => {
    const [metadata, template] = [{ [KEYS.revision]: REVISION, [forced]: 'r-1' }, { [forced]: 7 }];
    const none = { stamp: null, mark: null, forced: null };
    expect(carriedMark('metadata', metadata, template)).toEqual({ stamp: REVISION, mark: REVISION, forced: 'r-1' });
    expect(carriedMark('template', metadata, template)).toEqual(none);
    expect(carriedMark('elsewhere', metadata, metadata)).toEqual(none);
  });
});

describe('what revisions are made of', () => {
  const ref = { kind: 'Secret', namespace: 'shop', name: 'db' } as const;

  it('is the same for ever: every agent and every version writes the fields in this order', () => {
    expect(canonicalSource(ref, { binaryData: { a: 'Yg==' }, data: { b: '2', a: '1' } })).toEqual([
      ...['fleet-reloader/v1', 'Secret', 'shop', 'db'],
      ...['binaryData', 'a', 'Yg==', 'data', 'a', '1', 'data', 'b', '2'],
    ]);
    expect(canonicalSources({ 'Secret/b': 'r2', 'ConfigMap/a': 'r1' })).toEqual([
      ...['fleet-reloader/v1', 'sources', 'ConfigMap/a', 'r1', 'Secret/b', 'r2'],
    ]);
  });
});

describe('names within a namespace', () => {
  it('are read as they were written, with or without the keys that count', () => {
    const key = localKey('SecretProviderClass', 'db');
    const some = keyWith(key, { used: ['a', 'b'], ignored: [] });
    expect([key, some]).toEqual(['SecretProviderClass/db', 'SecretProviderClass/db?a,b']);
    const fewer = [null, ['a', 'b']].map((used) => keyWith(key, { used, ignored: ['*.x', 'y'] }));
    expect(fewer).toEqual([`${key}!*.x,y`, `${some}!*.x,y`]);
    expect([key, some, ...fewer].map(plainKey)).toEqual([key, key, key, key]);
    expect([some, ...fewer].map((one) => ignoredIn(one, key))).toEqual([undefined, ['*.x', 'y'], undefined]);
    expect([key, ...fewer].map((one) => ignoredIn(one, some))).toEqual([undefined, undefined, ['*.x', 'y']]);
    expect(localParts(some)).toEqual({ kind: 'SecretProviderClass', name: 'db' });
    expect(localParts('Secret/x')).toEqual({ kind: 'Secret', name: 'x' });
  });
});

describe('digests of single keys', () => {
  it('are found by the whole key, and are nothing for a key that is not there', () => {
    const parts = partsOf([
      ['ab', 'k0a1b2c:AAAAAAAAAAAAAAAAAAAAAA'],
      ['b', 'k0a1b2c:BBBBBBBBBBBBBBBBBBBBBB'],
    ]);
    expect(['ab', 'b', 'a', 'c'].map((key) => partOf(parts, key))).toEqual([
      ...['A'.repeat(16), 'B'.repeat(16), '', ''],
    ]);
    expect(parts).toBe(`;ab=${'A'.repeat(16)};b=${'B'.repeat(16)}`);
  });
});

describe('versions of objects', () => {
  it.each<[string, string, boolean]>([
    ['10', '9', true],
    ['9', '10', false],
    ['12', '11', true],
    ['11', '11', false],
    ['x', '1', false],
    ['2', 'x', false],
    ['2', '01', false],
  ])('%s is certainly later than %s: %s', (a, b, later) => {
    expect(isLater(a, b)).toBe(later);
  });

  it('that are known, or come late on a live stream, bring nothing; a listing may go back', () => {
    const version = (resourceVersion: string) => ({ resourceVersion });
    expect(isOutdated(version('5'), version('5'), false)).toBe(true);
    expect(isOutdated(version('5'), version('4'), true)).toBe(true);
    expect(isOutdated(version('5'), version('4'), false)).toBe(false);
    expect(isOutdated(version('5'), version('6'), true)).toBe(false);
  });
});

it('a workload keeps its place among the state ConfigMaps: the digest is FNV-1a', () => {
  // Published values of the digest: 811c9dc5, e40c292c, bf9cf968.
  expect(['', 'a', 'foobar'].map(shardOf)).toEqual([0x5, 0xc, 0x8]);
});
