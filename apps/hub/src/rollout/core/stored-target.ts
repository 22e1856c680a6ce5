import { objectKey, parseObjectKey, type WorkloadRef } from '@app/contracts/objects';
import type { Restart, Target } from './model';

/** Of what is stored for a target; another one whenever that can not be read as before. */
const FORM = 1;

type Rest = Omit<Restart, 'workload' | 'uid' | 'revision'>;
type Own = Omit<Target, 'cluster' | 'restarts'>;

/** A restart of which nothing has become yet: what is the same is left out. */
const FRESH: Rest = {
  ...{ after: [], phase: 'Pending', reason: '', message: '', startedAt: null, finishedAt: null },
};
/** The same for a target. */
const PLANNED: Omit<Own, 'wave' | 'expected'> = {
  ...{ phase: 'Pending', reason: '', message: '', until: null, closes: null, attempt: 0 },
  ...{ dispatchedAt: null, lostAt: null, finishedAt: null },
};

/** Key of the workload, its uid, the revision that the permit names, and how it differs from a fresh one. */
type StoredRestart = readonly [string, string, Restart['revision']?, Partial<Rest>?];
type StoredTarget = Partial<Own> &
  Pick<Target, 'wave' | 'expected'> &
  Readonly<{ form: number; restarts: readonly StoredRestart[] }>;

const PREFIX = 't:';
/** Under which the target of a cluster is stored, among what else is stored of its rollout. */
export const targetField = (cluster: string): string => PREFIX + cluster;
/** Whose target is stored there; undefined: it is something else. */
export const clusterOf = (field: string): string | undefined =>
  field.startsWith(PREFIX) ? field.slice(PREFIX.length) : undefined;

/** What is stored there for a target: rollouts of many workloads are mostly made of this. */
export function targetText({ cluster: _cluster, restarts, wave, expected, ...target }: Target): string {
  const stored: StoredTarget = {
    ...{ form: FORM, wave, expected },
    ...changedFrom<Partial<Own>>(PLANNED, target),
    restarts: restarts.map(storedRestart),
  };
  return JSON.stringify(stored);
}

/**
 * Reads what `targetText` wrote.
 * @throws Error when it is of another form, as another version of the hub may have written it.
 */
export function targetFrom(cluster: string, text: string): Target {
  const { form, restarts, ...target } = JSON.parse(text) as StoredTarget;
  if (form !== FORM) throw new Error(`target ${cluster} is stored in form ${String(form)}, this hub reads ${FORM}`);
  return { cluster, ...PLANNED, ...target, restarts: restarts.map(restartFrom) };
}

function storedRestart({ workload, uid, revision, ...restart }: Restart): StoredRestart {
  const changed = changedFrom<Partial<Rest>>(FRESH, restart);
  const key = objectKey(workload);
  if (Object.keys(changed).length > 0) return [key, uid, revision, changed];
  return revision === null ? [key, uid] : [key, uid, revision];
}

const restartFrom = ([key, uid, revision = null, changed]: StoredRestart): Restart => ({
  workload: parseObjectKey(key) as WorkloadRef,
  uid,
  revision,
  ...FRESH,
  ...changed,
});

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

function changedFrom<T extends object>(usual: T, now: T): Partial<T> {
  const changed: Partial<T> = {};
  for (const field of Object.keys(now) as (keyof T)[]) {
    const isUsual = now[field] === usual[field] || (isEmptyList(now[field]) && isEmptyList(usual[field]));
    if (!isUsual) changed[field] = now[field];
  }
  return changed;
}
