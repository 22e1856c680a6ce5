import type { KubeObject, VariableWrite } from '../kube.port';
import { isRecord, type JsonRecord, part } from './json';

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const nameOf = (value: unknown): unknown => (isRecord(value) ? value['name'] : undefined);

/** A pod's spec with these variables set or removed; one that is there keeps its place, a new one comes last. */
export function withVariables(podSpec: JsonRecord, env: readonly VariableWrite[]): JsonRecord {
  if (env.length === 0) return podSpec;
  const containers = listOf(podSpec['containers']).map((container) => {
    const own = env.filter((one) => one.container === nameOf(container));
    if (!isRecord(container) || own.length === 0) return container;
    return { ...container, env: own.reduce(withVariable, listOf(container['env'])) };
  });
  return { ...podSpec, containers };
}

/** All containers of a workload's pod template, with these variables set or removed. */
export function containersWith(workload: KubeObject, env: readonly VariableWrite[]): unknown {
  const podSpec = part(part(workload['spec'], 'template'), 'spec');
  return withVariables(podSpec, env)['containers'];
}

function withVariable(before: readonly unknown[], { name, value }: VariableWrite): readonly unknown[] {
  if (value === null) return before.filter((one) => nameOf(one) !== name);
  const known = before.some((one) => nameOf(one) === name);
  return known ? before.map((one) => (nameOf(one) === name ? { name, value } : one)) : [...before, { name, value }];
}

/** The containers of a strategic merge patch that sets or removes these variables. */
export function containersPatch(env: readonly VariableWrite[]): readonly JsonRecord[] {
  const names = [...new Set(env.map(({ container }) => container))];
  return names.map((container) => ({
    name: container,
    env: env
      .filter((one) => one.container === container)
      .map(({ name, value }) => (value === null ? { $patch: 'delete', name } : { name, value })),
  }));
}
