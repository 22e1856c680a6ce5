import type { SourceKind } from '@app/contracts/objects';
import type { JsonRecord } from '../../kube/core/json';
import { type Annotations, KEYS_ANNOTATION } from './annotation-keys';
import { type LocalKey, localKey } from './local-key';
import { at, recordsAt, textAt } from './read';

/** The keys that a pod takes of a source, sorted. A source that it takes whole is not in it. */
export type KeysUsed = Readonly<Record<LocalKey, readonly string[]>>;

const USED = 'used';

/** What the workload asks for, and what of it cannot be understood. */
export function readKeysMode(
  metadata: Annotations,
  template: Annotations,
): Readonly<{ onlyUsed: boolean; warnings: readonly string[] }> {
  const value = (metadata[KEYS_ANNOTATION] ?? template[KEYS_ANNOTATION] ?? '').trim();
  if (value === '' || value === USED) return { onlyUsed: value === USED, warnings: [] };
  const warning = `"${value.slice(0, 100)}" is no value of ${KEYS_ANNOTATION}: the only one is "${USED}"; every key counts`;
  return { onlyUsed: false, warnings: [warning] };
}

/** null: whole. */
type Uses = Map<LocalKey, Set<string> | null>;

/** Which keys the containers of a pod consume, of those sources of which none consumes all. */
export function keysUsedBy(podSpec: JsonRecord): KeysUsed {
  const uses: Uses = new Map();
  const containers = [...recordsAt(podSpec, 'containers'), ...recordsAt(podSpec, 'initContainers')];
  for (const container of containers) noteEnvironment(uses, container);
  const mounts = mountsByVolume(containers);
  for (const volume of recordsAt(podSpec, 'volumes')) {
    const own = mounts.get(textAt(volume, 'name'));
    if (own) noteVolume(uses, volume, filesOf(own));
  }
  const partly = [...uses].filter((entry): entry is [LocalKey, Set<string>] => entry[1] !== null);
  return Object.fromEntries(partly.map(([key, keys]) => [key, [...keys].sort()]));
}

function mountsByVolume(containers: readonly JsonRecord[]): ReadonlyMap<string | undefined, readonly JsonRecord[]> {
  const found = new Map<string | undefined, JsonRecord[]>();
  for (const mount of containers.flatMap((container) => recordsAt(container, 'volumeMounts'))) {
    const volume = textAt(mount, 'name');
    const own = found.get(volume);
    if (own) own.push(mount);
    else found.set(volume, [mount]);
  }
  return found;
}

function noteEnvironment(uses: Uses, container: JsonRecord): void {
  for (const variable of recordsAt(container, 'env')) {
    for (const [kind, field] of VARIABLES) {
      const key = textAt(variable, 'valueFrom', field, 'key');
      note(uses, kind, textAt(variable, 'valueFrom', field, 'name'), key === undefined ? null : [key]);
    }
  }
  for (const environment of recordsAt(container, 'envFrom')) {
    note(uses, 'ConfigMap', textAt(environment, 'configMapRef', 'name'), null);
    note(uses, 'Secret', textAt(environment, 'secretRef', 'name'), null);
  }
}

const VARIABLES = [
  ['ConfigMap', 'configMapKeyRef'],
  ['Secret', 'secretKeyRef'],
] as const;

/** The files of a volume that are mounted one by one; null: all of it is mounted somewhere. */
function filesOf(mounts: readonly JsonRecord[]): readonly string[] | null {
  const files = mounts.map((mount) => textAt(mount, 'subPath')?.split('/')[0] ?? '');
  return files.includes('') ? null : files;
}

function noteVolume(uses: Uses, volume: JsonRecord, files: readonly string[] | null): void {
  const parts = [volume, ...recordsAt(volume, 'projected', 'sources')];
  for (const part of parts) {
    const configMap = at(part, 'configMap');
    const secret = at(part, 'secret');
    note(uses, 'ConfigMap', textAt(configMap, 'name'), itemsOf(configMap) ?? files);
    note(uses, 'Secret', textAt(secret, 'secretName') ?? textAt(secret, 'name'), itemsOf(secret) ?? files);
  }
}

/** The keys that a volume chooses; null: it takes them all. */
function itemsOf(source: unknown): readonly string[] | null {
  const items = recordsAt(source, 'items');
  return items.length === 0 ? null : items.flatMap((item) => textAt(item, 'key') ?? []);
}

function note(uses: Uses, kind: SourceKind, name: string | undefined, keys: readonly string[] | null): void {
  if (!name) return;
  const source = localKey(kind, name);
  const known = uses.get(source);
  if (keys === null || known === null) uses.set(source, null);
  else if (known === undefined) uses.set(source, new Set(keys));
  else for (const key of keys) known.add(key);
}
