import { OUR_PREFIX, POLICY_ANNOTATION, RELOADER_PREFIX, RESTART_AFTER_ANNOTATION } from '@app/contracts/annotations';
import type { SourceKind } from '@app/contracts/objects';

/** The words that opt in or out. Each names one annotation under Reloader's prefix; a flag can replace that key. */
export type AnnotationKeys = Readonly<{
  auto: string;
  search: string;
  match: string;
  ignore: string;
  /** Argo Rollouts: `restart` sets `spec.restartAt` and leaves the pod template alone. */
  rolloutStrategy: string;
  /** Deployments: how long a restart is held back, so that more changes can join it. */
  pausePeriod: string;
  /** Written by the agent: the instant of such a pause. Only the one that Reloader knows, or a flag names, is used. */
  pausedAt: string;
  typedAuto: Readonly<Record<SourceKind, string>>;
  named: Readonly<Record<SourceKind, string>>;
  exclude: Readonly<Record<SourceKind, string>>;
}>;

const keysUnder = (prefix: string): AnnotationKeys => ({
  auto: `${prefix}/auto`,
  search: `${prefix}/search`,
  match: `${prefix}/match`,
  ignore: `${prefix}/ignore`,
  rolloutStrategy: `${prefix}/rollout-strategy`,
  pausePeriod: `deployment.${prefix}/pause-period`,
  pausedAt: `deployment.${prefix}/paused-at`,
  typedAuto: {
    ConfigMap: `configmap.${prefix}/auto`,
    Secret: `secret.${prefix}/auto`,
    SecretProviderClass: `secretproviderclass.${prefix}/auto`,
  },
  named: {
    ConfigMap: `configmap.${prefix}/reload`,
    Secret: `secret.${prefix}/reload`,
    SecretProviderClass: `secretproviderclass.${prefix}/reload`,
  },
  exclude: {
    ConfigMap: `configmaps.exclude.${prefix}/reload`,
    Secret: `secrets.exclude.${prefix}/reload`,
    SecretProviderClass: `secretproviderclasses.exclude.${prefix}/reload`,
  },
});

/** Reloader's own keys, as long as no flag replaces one. */
export const RELOADER_KEYS: AnnotationKeys = keysUnder(RELOADER_PREFIX);
/** The same words under our prefix; no flag changes these. */
export const OUR_KEYS: AnnotationKeys = { ...keysUnder(OUR_PREFIX), pausePeriod: `${OUR_PREFIX}/pause-period` };

/** Ours alone: `used` makes only the keys count that a container consumes. */
export const KEYS_ANNOTATION = `${OUR_PREFIX}/keys`;

/** Ours alone: what happens to a change of this workload while the hub can not be reached. */
export const UNREACHABLE_ANNOTATION = `${OUR_PREFIX}/hub-unreachable`;

const OURS_ALONE = [KEYS_ANNOTATION, UNREACHABLE_ANNOTATION, POLICY_ANNOTATION, RESTART_AFTER_ANNOTATION];

export type Annotations = Readonly<Record<string, string>>;

const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);

/** True as Go's ParseBool reads it; everything else, spaces included, is false. */
export const parseBool = (value: string | undefined): boolean => value !== undefined && TRUE.has(value);

/** The values of one word, ours before Reloader's; empty when neither key is there. */
export function valuesOf(annotations: Annotations, ours: string, reloaders: string): readonly string[] {
  return [annotations[ours], annotations[reloaders]].filter((value) => typeof value === 'string');
}

/** The opting words of one object's annotations as text; empty when it has none. */
export function wordsOf(annotations: Annotations, keys: AnnotationKeys): string {
  const found = wordKeys(keys).filter((key) => annotations[key] !== undefined);
  return found.length === 0 ? '' : JSON.stringify(found.map((key) => [key, annotations[key]]));
}

/** There is one set of keys in a process, and each event of each workload asks for it. */
const keysOf = new WeakMap<AnnotationKeys, readonly string[]>();

function wordKeys(keys: AnnotationKeys): readonly string[] {
  const known = keysOf.get(keys) ?? [...OURS_ALONE, ...everyKey(OUR_KEYS), ...everyKey(keys)];
  keysOf.set(keys, known);
  return known;
}

const everyKey = (keys: AnnotationKeys): readonly string[] =>
  Object.values(keys).flatMap((key) => (typeof key === 'string' ? [key] : Object.values(key)));
