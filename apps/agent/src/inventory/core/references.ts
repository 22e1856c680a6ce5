import { bySourceKind, type SourceKind } from '@app/contracts/objects';
import type { JsonRecord } from '../../kube/core/json';
import { recordsAt, textAt } from './read';

/** Names of the sources that a pod template consumes, sorted, per kind. */
export type References = Readonly<Record<SourceKind, readonly string[]>>;

type Found = Readonly<Record<SourceKind, Set<string>>>;

/**
 * What the containers and init containers of a pod consume: single variables, whole environments, and volumes
 * that at least one of them mounts. Not looked at: image pull secrets, ephemeral containers, volumes that nothing
 * mounts. `optional` and `subPath` make no difference.
 */
export function referencesOf(podSpec: JsonRecord): References {
  const found: Found = bySourceKind(() => new Set());
  const containers = [...recordsAt(podSpec, 'containers'), ...recordsAt(podSpec, 'initContainers')];
  for (const container of containers) collectEnvironment(container, found);
  const mounted = new Set(containers.flatMap((container) => recordsAt(container, 'volumeMounts').map(nameOf)));
  for (const volume of recordsAt(podSpec, 'volumes')) {
    if (mounted.has(nameOf(volume))) collectVolume(volume, found);
  }
  return bySourceKind((kind) => [...found[kind]].sort());
}

const nameOf = (value: JsonRecord): string | undefined => textAt(value, 'name');

function collectEnvironment(container: JsonRecord, found: Found): void {
  for (const variable of recordsAt(container, 'env')) {
    add(found.ConfigMap, textAt(variable, 'valueFrom', 'configMapKeyRef', 'name'));
    add(found.Secret, textAt(variable, 'valueFrom', 'secretKeyRef', 'name'));
  }
  for (const environment of recordsAt(container, 'envFrom')) {
    add(found.ConfigMap, textAt(environment, 'configMapRef', 'name'));
    add(found.Secret, textAt(environment, 'secretRef', 'name'));
  }
}

function collectVolume(volume: JsonRecord, found: Found): void {
  add(found.ConfigMap, textAt(volume, 'configMap', 'name'));
  add(found.Secret, textAt(volume, 'secret', 'secretName'));
  add(found.SecretProviderClass, textAt(volume, 'csi', 'volumeAttributes', 'secretProviderClass'));
  for (const part of recordsAt(volume, 'projected', 'sources')) {
    add(found.ConfigMap, textAt(part, 'configMap', 'name'));
    add(found.Secret, textAt(part, 'secret', 'name'));
  }
}

function add(names: Set<string>, name: string | undefined): void {
  if (name) names.add(name);
}
