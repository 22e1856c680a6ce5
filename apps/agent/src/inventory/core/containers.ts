import type { JsonRecord } from '../../kube/core/json';
import { type LocalKey, localKey, plainKey } from './local-key';
import { recordsAt, textAt } from './read';
import { namesInEnvironment, namesInVolume, type Reference } from './references';

/** Names of a pod's containers, and which of them stands for a source: where Reloader would leave its trace. */
export type Containers = Readonly<{
  names: readonly string[];
  /** Sources that another container than the first one uses; most workloads have none. */
  others: Readonly<Record<LocalKey, string>>;
}>;

const NONE: Containers['others'] = Object.freeze({});

/** The container that stands for a source; the first one for a source that no container uses; undefined: there is none. */
export const containerFor = (containers: Containers, source: LocalKey): string | undefined =>
  containers.others[plainKey(source)] ?? containers.names[0];

/**
 * Looks for the containers of all that a pod refers to, volumes before variables. What only an init container uses
 * stands with the first container: a trace in an init container would not be looked for there.
 */
export function containersOf(podSpec: JsonRecord): Containers {
  const names = recordsAt(podSpec, 'containers').map((container) => textAt(container, 'name') ?? '');
  if (names.length < 2) return { names, others: NONE };
  const others = [...usersOf(podSpec)].filter(([, user]) => user !== names[0]);
  return { names, others: others.length === 0 ? NONE : Object.fromEntries(others) };
}

/** Per source the name of the container that stands for it. */
function usersOf(podSpec: JsonRecord): ReadonlyMap<LocalKey, string> {
  const containers = recordsAt(podSpec, 'containers');
  const initial = recordsAt(podSpec, 'initContainers');
  const first = nameOf(containers[0]);
  const found = new Map<LocalKey, string>();
  const note = (references: readonly Reference[], container: string): void => {
    for (const [kind, name] of references) {
      const key = localKey(kind, name);
      if (!found.has(key)) found.set(key, container);
    }
  };
  const users = mountersOf(containers);
  const initialUsers = mountersOf(initial);
  for (const volume of recordsAt(podSpec, 'volumes')) {
    const user = users.get(textAt(volume, 'name'));
    if (user) note(namesInVolume(volume), nameOf(user));
    else if (initialUsers.has(textAt(volume, 'name'))) note(namesInVolume(volume), first);
  }
  for (const container of containers) note(namesInEnvironment(container), nameOf(container));
  for (const container of initial) note(namesInEnvironment(container), first);
  return found;
}

const nameOf = (container: JsonRecord | undefined): string => textAt(container, 'name') ?? '';

/** The first container that mounts each volume, by the volume's name. */
function mountersOf(containers: readonly JsonRecord[]): ReadonlyMap<string | undefined, JsonRecord> {
  const found = new Map<string | undefined, JsonRecord>();
  for (const container of containers) {
    for (const mount of recordsAt(container, 'volumeMounts')) {
      const volume = textAt(mount, 'name');
      if (!found.has(volume)) found.set(volume, container);
    }
  }
  return found;
}
