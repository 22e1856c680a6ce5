import { containerFor, containersOf } from './containers';
import { localKey } from './local-key';

const CM = localKey('ConfigMap', 'cm');
const env = { envFrom: [{ configMapRef: { name: 'cm' } }] };
const variable = { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'cm', key: 'k' } } }] };
const volume = (name: string): object => ({ name, configMap: { name: 'cm' } });
const mount = (name: string): object => ({ volumeMounts: [{ name, mountPath: '/x' }] });
const a = (more: object = {}): object => ({ name: 'a', ...more });
const b = (more: object = {}): object => ({ name: 'b', ...more });
const c = (more: object = {}): object => ({ name: 'c', ...more });
const init = (more: object): object => ({ name: 'init', ...more });

const CASES: readonly (readonly [title: string, podSpec: Record<string, unknown>, container: string])[] = [
  ['the one that uses it', { containers: [a(), b(env)] }, 'b'],
  ['the one with a single variable', { containers: [a(), b(variable)] }, 'b'],
  ['the first of several that use it', { containers: [a(), b(env), c(env)] }, 'b'],
  ['the one that mounts it', { containers: [a(), b(mount('v'))], volumes: [volume('v')] }, 'b'],
  ['mounts before variables', { containers: [a(env), b(mount('v'))], volumes: [volume('v')] }, 'b'],
  [
    'the first volume before the second',
    { containers: [a(mount('w')), b(mount('v'))], volumes: [volume('v'), volume('w')] },
    'b',
  ],
  [
    'the first container for a volume of an init container, whoever has it in the environment',
    { containers: [a(), b(env)], initContainers: [init(mount('v'))], volumes: [volume('v')] },
    'a',
  ],
  [
    'the first one for the environment of an init container',
    { containers: [a(), b()], initContainers: [init(env)] },
    'a',
  ],
  ['a volume that nothing mounts says nothing', { containers: [a(), b(env)], volumes: [volume('v')] }, 'b'],
  ['the first one for what nothing uses', { containers: [a(), b()] }, 'a'],
];

describe('agent 90: the container that stands for a source is', () => {
  it.each(CASES)('%s', (_title, podSpec, container) => {
    expect(containerFor(containersOf(podSpec), CM)).toBe(container);
  });

  it('none where there is no container', () => {
    expect(containerFor(containersOf({}), CM)).toBeUndefined();
  });
});
