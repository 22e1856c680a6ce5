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
  const collect = ([kind, name]: Reference): void => void found[kind].add(name);
  for (const container of containers) namesInEnvironment(container).forEach(collect);
  const mounted = new Set(containers.flatMap((container) => recordsAt(container, 'volumeMounts').map(nameOf)));
  for (const volume of recordsAt(podSpec, 'volumes')) {
    if (mounted.has(nameOf(volume))) namesInVolume(volume).forEach(collect);
  }
  return bySourceKind((kind) => [...found[kind]].sort());
}

const nameOf = (value: JsonRecord): string | undefined => textAt(value, 'name');

/** One reference to a source: its kind and its name. */
export type Reference = readonly [kind: SourceKind, name: string];

type Candidate = readonly [kind: SourceKind, name: string | undefined];

const named = (candidates: readonly Candidate[]): readonly Reference[] =>
  candidates.filter((one): one is Reference => one[1] !== undefined && one[1] !== '');

/** What the environment of one container refers to: single variables first. */
export function namesInEnvironment(container: JsonRecord): readonly Reference[] {
  const variables = recordsAt(container, 'env').flatMap((variable): readonly Candidate[] => [
    ['ConfigMap', textAt(variable, 'valueFrom', 'configMapKeyRef', 'name')],
    ['Secret', textAt(variable, 'valueFrom', 'secretKeyRef', 'name')],
  ]);
  const environments = recordsAt(container, 'envFrom').flatMap((environment): readonly Candidate[] => [
    ['ConfigMap', textAt(environment, 'configMapRef', 'name')],
    ['Secret', textAt(environment, 'secretRef', 'name')],
  ]);
  return named([...variables, ...environments]);
}

/** What one volume is filled from. */
export function namesInVolume(volume: JsonRecord): readonly Reference[] {
  const projected = recordsAt(volume, 'projected', 'sources').flatMap((part): readonly Candidate[] => [
    ['ConfigMap', textAt(part, 'configMap', 'name')],
    ['Secret', textAt(part, 'secret', 'name')],
  ]);
  return named([
    ['ConfigMap', textAt(volume, 'configMap', 'name')],
    ['Secret', textAt(volume, 'secret', 'secretName')],
    ['SecretProviderClass', textAt(volume, 'csi', 'volumeAttributes', 'secretProviderClass')],
    ...projected,
  ]);
}
