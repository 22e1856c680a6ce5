import { FIELD_MANAGER } from '@app/contracts/annotations';
import type { KubeAnswer, KubeClient } from './client';
import { patchFailure } from './core/answers';
import { isKubeObject, isRecord, type JsonRecord } from './core/json';
import { jobAnew } from './core/jobs';
import { collectionPath, objectPath } from './core/paths';
import type { KubeObject, PatchAnswer, RestartWrite } from './kube.port';
import type { KubeSecrets } from './store.port';

/** Marks the Secrets that hold Jobs between their deletion and their return: a Job's variables may be secret. */
const PART = 'job';
const MANIFEST = 'job.json';
/** The old Job may take a while to be gone, because of finalizers: this many looks, so many ms apart. */
const LOOKS = 25;
const LOOK_MS = 200;

const intentName = (uid: string): string => `fleet-reloader-job-${uid}`;

export type Pause = (ms: number) => Promise<void>;

/**
 * Deletes a Job and makes it again under its name. The new Job is written down before the old one is deleted, so
 * that a process killed in between leaves no gap: the next one finishes what it finds.
 */
export class JobRecreation {
  constructor(
    private readonly client: KubeClient,
    private readonly store: KubeSecrets,
    private readonly pause: Pause,
  ) {}

  async recreate(write: RestartWrite): Promise<PatchAnswer> {
    const path = objectPath(write.workload);
    const found = await this.client.request({ verb: 'GET', path });
    if (!found.ok) return patchFailure(found.failure);
    if (!isKubeObject(found.value)) return unavailable('the API server answered with something that is no Job');
    const { uid, resourceVersion } = found.value.metadata;
    if (resourceVersion !== write.resourceVersion) return { kind: 'conflict' };
    const job = jobAnew(found.value, write.annotations);
    const failed = await this.#remember(uid, job);
    if (failed) return failed;
    const body = { preconditions: { uid, resourceVersion }, propagationPolicy: 'Background' };
    const deleted = await this.client.request({ verb: 'DELETE', path, body });
    if (!deleted.ok) {
      // Refused for certain: the Job stands as it was. Without an answer it may be gone, and is looked after below.
      if (deleted.failure.kind === 'refused') return this.#forget(uid, patchFailure(deleted.failure));
    }
    return this.#create(uid, write.workload, job);
  }

  /** Finishes what an earlier process began. Throws when the API server cannot be asked. */
  async resume(): Promise<void> {
    for (const [name, data] of await this.store.readSecrets(PART)) {
      const job = parse(data[MANIFEST]);
      const uid = name.slice(intentName('').length);
      const ref = job && isRecord(job['metadata']) ? job['metadata'] : {};
      const { namespace, name: jobName } = ref;
      if (!job || typeof namespace !== 'string' || typeof jobName !== 'string') {
        await this.store.deleteSecret(name);
        continue;
      }
      const answer = await this.#create(uid, { kind: 'Job', namespace, name: jobName }, job);
      if (answer.kind === 'unavailable') throw new Error(`Job ${namespace}/${jobName}: ${answer.message}`);
    }
  }

  async #create(uid: string, workload: RestartWrite['workload'], job: JsonRecord): Promise<PatchAnswer> {
    const path = collectionPath('Job', workload.namespace);
    for (let look = 0; look < LOOKS; look += 1) {
      const made = await this.client.request({ verb: 'POST', path, query: { fieldManager: FIELD_MANAGER }, body: job });
      if (made.ok) return this.#forget(uid, answerOf(made.value));
      if (made.failure.kind !== 'refused' || made.failure.code !== 409) return this.#notMade(uid, made);
      const there = await this.client.request({ verb: 'GET', path: objectPath(workload) });
      const settled = there.ok && isKubeObject(there.value) ? takenBy(there.value, uid) : null;
      if (settled) return this.#forget(uid, settled);
      await this.pause(LOOK_MS);
    }
    return unavailable('the old Job is still being deleted: its finalizers hold it');
  }

  /** What is refused for good is given up, and said; what may pass is kept for the next try. */
  #notMade(uid: string, made: Extract<KubeAnswer<unknown>, { ok: false }>): Promise<PatchAnswer> | PatchAnswer {
    const answer = patchFailure(made.failure);
    return answer.kind === 'rejected' ? this.#forget(uid, answer) : answer;
  }

  async #remember(uid: string, job: JsonRecord): Promise<PatchAnswer | null> {
    try {
      await this.store.writeSecret(intentName(uid), PART, { [MANIFEST]: Buffer.from(JSON.stringify(job)) });
      return null;
    } catch (error) {
      const why = error instanceof Error ? error.message : 'no answer';
      return unavailable(`the Job could not be written down before its deletion: ${why}`);
    }
  }

  async #forget<T>(uid: string, answer: T): Promise<T> {
    // Left behind, it is found and forgotten at the next start: the Job is there by then.
    await this.store.deleteSecret(intentName(uid)).catch(() => undefined);
    return answer;
  }
}

/** Who holds the name: the old Job on its way out (wait), the old Job untouched, or a new one. */
function takenBy(there: KubeObject, uid: string): PatchAnswer | null {
  if (there.metadata.uid !== uid) return { kind: 'patched', object: there };
  return there.metadata.deletionTimestamp ? null : { kind: 'conflict' };
}

const answerOf = (value: unknown): PatchAnswer =>
  isKubeObject(value) ? { kind: 'patched', object: value } : unavailable('the API server answered with no Job');

const unavailable = (message: string): PatchAnswer => ({ kind: 'unavailable', message, retryAfterMs: null });

function parse(bytes: Buffer | undefined): JsonRecord | null {
  try {
    const value: unknown = JSON.parse((bytes ?? Buffer.alloc(0)).toString('utf8'));
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}
