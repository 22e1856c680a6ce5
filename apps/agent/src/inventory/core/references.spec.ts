import { referencesOf } from './references';

const cm = { configMapRef: { name: 'cm' } };
const secret = { secretRef: { name: 's' } };
const mount = (name: string, more = {}): object => ({ name, mountPath: '/x', ...more });
const projected = { name: 'v', projected: { sources: [{ configMap: { name: 'cm' } }, { secret: { name: 's' } }] } };

const CASES: readonly (readonly [
  title: string,
  podSpec: Record<string, unknown>,
  configMaps: string[],
  secrets: string[],
])[] = [
  ['agent 1: envFrom', { containers: [{ envFrom: [cm] }] }, ['cm'], []],
  ['agent 2: envFrom of a Secret', { containers: [{ envFrom: [secret] }] }, [], ['s']],
  [
    'agent 17: one variable',
    { containers: [{ env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'cm', key: 'k' } } }] }] },
    ['cm'],
    [],
  ],
  [
    'agent 18: one variable of a Secret',
    { containers: [{ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] }] },
    [],
    ['s'],
  ],
  [
    'agent 19–22: projected volume',
    { containers: [{ volumeMounts: [mount('v')] }], volumes: [projected] },
    ['cm'],
    ['s'],
  ],
  [
    'agent 23, 24: init container, envFrom',
    { containers: [{}], initContainers: [{ envFrom: [cm, secret] }] },
    ['cm'],
    ['s'],
  ],
  [
    'agent 25: init container, mount',
    {
      containers: [{}],
      initContainers: [{ volumeMounts: [mount('v')] }],
      volumes: [{ name: 'v', configMap: { name: 'cm' } }],
    },
    ['cm'],
    [],
  ],
  [
    'agent 28: volume',
    { containers: [{ volumeMounts: [mount('v')] }], volumes: [{ name: 'v', configMap: { name: 'cm' } }] },
    ['cm'],
    [],
  ],
  [
    'agent 29: volume of a Secret',
    { containers: [{ volumeMounts: [mount('v')] }], volumes: [{ name: 'v', secret: { secretName: 's' } }] },
    [],
    ['s'],
  ],
  ['agent 30: several containers', { containers: [{ envFrom: [cm] }, { envFrom: [cm] }] }, ['cm'], []],
  [
    'agent 31: the second container',
    { containers: [{ envFrom: [cm] }, { envFrom: [{ configMapRef: { name: 'b' } }] }] },
    ['b', 'cm'],
    [],
  ],
  ['agent 32: mounted nowhere', { containers: [{}], volumes: [{ name: 'v', configMap: { name: 'cm' } }] }, [], []],
  ['agent 33: image pull secret', { containers: [{}], imagePullSecrets: [{ name: 's' }] }, [], []],
  ['agent 34: ephemeral container', { containers: [{}], ephemeralContainers: [{ envFrom: [cm] }] }, [], []],
  ['agent 37: optional', { containers: [{ envFrom: [{ configMapRef: { name: 'cm', optional: true } }] }] }, ['cm'], []],
  [
    'agent 38: subPath',
    {
      containers: [{ volumeMounts: [mount('v', { subPath: 'a' })] }],
      volumes: [{ name: 'v', configMap: { name: 'cm' } }],
    },
    ['cm'],
    [],
  ],
  [
    'agent 39: in two volumes, the second is mounted',
    {
      containers: [{ volumeMounts: [mount('w')] }],
      volumes: [
        { name: 'v', configMap: { name: 'cm' } },
        { name: 'w', configMap: { name: 'cm' } },
      ],
    },
    ['cm'],
    [],
  ],
  [
    'agent 32: one of two volumes is mounted',
    {
      containers: [{ volumeMounts: [mount('w')] }],
      volumes: [{ name: 'v', configMap: { name: 'cm' } }, { name: 'w' }],
    },
    [],
    [],
  ],
  ['nothing at all', {}, [], []],
  ['shapes that no API server sends', { containers: 'x', volumes: [1, null], initContainers: [{ env: {} }] }, [], []],
];

describe('sources that a pod consumes', () => {
  it.each(CASES)('%s', (_title, podSpec, configMaps, secrets) => {
    expect(referencesOf(podSpec)).toMatchObject({ ConfigMap: configMaps, Secret: secrets });
  });
});
