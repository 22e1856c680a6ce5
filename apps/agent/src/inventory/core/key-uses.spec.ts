import { keysUsedBy, readKeysMode } from './key-uses';

const variable = (key: string): object => ({ valueFrom: { configMapKeyRef: { name: 'cm', key } } });
const mount = (more: object = {}): object => ({ volumeMounts: [{ name: 'v', mountPath: '/v', ...more }] });
const volume = (more: object): object => ({ volumes: [{ name: 'v', ...more }] });
const items = [{ key: 'a', path: 'x/a' }];
const CM = 'ConfigMap/cm';

type Case = readonly [title: string, podSpec: object, used: Record<string, readonly string[]>];

const CASES: readonly Case[] = [
  ['single variables', { containers: [{ env: [variable('b'), variable('a')] }] }, { [CM]: ['a', 'b'] }],
  [
    'variables of init containers too',
    { containers: [{ env: [variable('b')] }], initContainers: [{ env: [variable('a')] }] },
    { [CM]: ['a', 'b'] },
  ],
  [
    'a variable of a Secret',
    { containers: [{ env: [{ valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] }] },
    { 'Secret/s': ['k'] },
  ],
  ['an environment is whole', { containers: [{ envFrom: [{ configMapRef: { name: 'cm' } }] }] }, {}],
  [
    'a whole environment of a Secret beats single ones',
    {
      containers: [
        { envFrom: [{ secretRef: { name: 's' } }], env: [{ valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] },
      ],
    },
    {},
  ],
  ['a variable that names no key', { containers: [{ env: [{ valueFrom: { configMapKeyRef: { name: 'cm' } } }] }] }, {}],
  [
    'whole beats single, in any order',
    { containers: [{ envFrom: [{ configMapRef: { name: 'cm' } }] }, { env: [variable('a')] }] },
    {},
  ],
  ['a volume is whole', { containers: [mount()], ...volume({ configMap: { name: 'cm' } }) }, {}],
  ['items of a volume', { containers: [mount()], ...volume({ configMap: { name: 'cm', items } }) }, { [CM]: ['a'] }],
  [
    'items of a Secret volume',
    { containers: [mount()], ...volume({ secret: { secretName: 's', items } }) },
    { 'Secret/s': ['a'] },
  ],
  [
    'items of a projected volume',
    {
      containers: [mount()],
      ...volume({ projected: { sources: [{ secret: { name: 's', items } }, { configMap: { name: 'cm' } }] } }),
    },
    { 'Secret/s': ['a'] },
  ],
  ['a volume that nothing mounts', { containers: [{}], ...volume({ configMap: { name: 'cm', items } }) }, {}],
  [
    'one file of a volume',
    { containers: [mount({ subPath: 'a' })], ...volume({ configMap: { name: 'cm' } }) },
    { [CM]: ['a'] },
  ],
  [
    'a file in a directory of a volume',
    { containers: [mount({ subPath: 'dir/a' })], ...volume({ configMap: { name: 'cm' } }) },
    { [CM]: ['dir'] },
  ],
  [
    'one file here, all of it there',
    { containers: [mount({ subPath: 'a' }), mount()], ...volume({ configMap: { name: 'cm' } }) },
    {},
  ],
  ['nothing at all', {}, {}],
];

describe('the keys that a pod consumes', () => {
  it.each(CASES)('%s', (_title, podSpec, used) => {
    expect(keysUsedBy({ ...podSpec })).toEqual(used);
  });
});

describe('the annotation that asks for them', () => {
  const KEYS = 'fleet-reloader.io/keys';

  it.each([
    ['nothing', {}, {}, false, 0],
    ['on the workload', { [KEYS]: ' used ' }, {}, true, 0],
    ['on the pod template', {}, { [KEYS]: 'used' }, true, 0],
    ['the workload first', { [KEYS]: '' }, { [KEYS]: 'used' }, false, 0],
    ['another word', { [KEYS]: 'some' }, {}, false, 1],
  ] as const)('%s', (...[, metadata, template, onlyUsed, warnings]) => {
    const read = readKeysMode(metadata, template);
    expect([read.onlyUsed, read.warnings.length]).toEqual([onlyUsed, warnings]);
  });
});
