import { FIELD_MANAGER } from '@app/contracts/annotations';
import type { WorkloadRef } from '@app/contracts/objects';
import { parseJson } from '@app/contracts/parse-json';
import type { KubeAnswer, KubeClient } from './client';
import { describeFailure, patchFailure } from './core/answers';
import { isKubeObject, isRecord, type JsonRecord } from './core/json';
import { jobAnew, trialOf } from './core/jobs';
import { collectionPath, objectPath } from './core/paths';
import type { PatchAnswer, RestartWrite } from './kube.port';
import { KubeRequestError } from './request-error';
import type { KubeSecrets } from './store.port';

/** Marks the Secrets that hold Jobs between their deletion and their return: a Job's variables may be secret. */
const PART = 'job';
const MANIFEST = 'job.json';
/** The old Job may take a while to be gone, because of finalizers: a restart waits for this many looks, so many ms apart. */
const LOOKS = 25;
const LOOK_MS = 200;
/** After those it goes on beside everything else, ever more slowly. */
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;

const intentName = (uid: string): string => `fleet-reloader-job-${uid}`;

/** A Job that was, or is about to be, deleted and has to be made again. `uid`: of the old one. */
type Intent = Readonly<{ uid: string; workload: WorkloadRef; job: JsonRecord }>;

/** `settled`: the name is taken as it should be, or was never given up. `open`: not yet, and why. */
type Standing =
  | Readonly<{ kind: 'settled'; answer: PatchAnswer }>
  | Readonly<{ kind: 'open'; reason: string; message: string; passing: boolean }>;

export type RecreationOptions = Readonly<{
  /** Ends early, and in order, when the signal says so. */
  pause: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** Told what becomes of a Job after its restart was answered. */
  told: (workload: WorkloadRef, what: string) => void;
}>;

/**
 * Deletes a Job and makes it again under its name. The new Job is written down before the old one is deleted, and is
 * forgotten only when it stands: a process killed in between leaves no gap, for the next one finishes what it finds.
 */
export class JobRecreation {
  private readonly stopping = new AbortController();
  /** UIDs of the old Jobs whose return is worked on beside everything else. */
  private readonly returning = new Set<string>();

  constructor(
    private readonly client: KubeClient,
    private readonly store: KubeSecrets,
    private readonly options: RecreationOptions,
  ) {}

  async recreate(write: RestartWrite): Promise<PatchAnswer> {
    const path = objectPath(write.workload);
    const found = await this.client.request({ verb: 'GET', path });
    if (!found.ok) return patchFailure(found.failure);
    if (!isKubeObject(found.value)) return unavailable('the API server answered with something that is no Job');
    const { uid, resourceVersion } = found.value.metadata;
    if (this.returning.has(uid)) return heldBack('DeletionPending', 'its finalizers still hold the old Job');
    if (resourceVersion !== write.resourceVersion) return { kind: 'conflict' };
    const intent = { uid, workload: write.workload, job: jobAnew(found.value, write) };
    const refused = (await this.tryOut(intent)) ?? (await this.remember(intent));
    if (refused) return refused;
    const body = { preconditions: { uid, resourceVersion }, propagationPolicy: 'Background' };
    const deleted = await this.client.request({ verb: 'DELETE', path, body });
    // Refused for certain: the Job stands as it was. Without an answer it may be gone, and is looked after below.
    if (!deleted.ok && deleted.failure.kind === 'refused') {
      await this.forget(uid);
      return patchFailure(deleted.failure);
    }
    return this.bringBack(intent);
  }

  /** Takes up what an earlier process began. Throws when the API server cannot be asked for it. */
  async resume(): Promise<void> {
    for (const [name, data] of await this.store.readSecrets(PART)) {
      const intent = readIntent(name, data[MANIFEST]);
      if (intent) void this.keepTrying(intent, 0);
      else await this.store.deleteSecret(name);
    }
  }

  /** What is not finished by now is left to the next process. */
  stop(): void {
    this.stopping.abort();
  }

  /** What would not be accepted anew is not deleted. Null: nothing speaks against it. */
  private async tryOut({ workload, job }: Intent): Promise<PatchAnswer | null> {
    const path = collectionPath('Job', workload.namespace);
    const query = { dryRun: 'All', fieldManager: FIELD_MANAGER };
    const tried = await this.client.request({ verb: 'POST', path, query, body: trialOf(job) });
    if (tried.ok || tried.failure.kind !== 'refused') return null;
    const { code, message } = tried.failure;
    // The old Job's share of a quota is free once it is gone.
    const isFinal = code === 422 || (code === 403 && !message.includes('exceeded quota'));
    return isFinal ? patchFailure(tried.failure) : null;
  }

  private async bringBack(intent: Intent): Promise<PatchAnswer> {
    for (let look = 1; ; look += 1) {
      const standing = await this.make(intent);
      if (standing.kind === 'settled') return standing.answer;
      if (look === LOOKS || !standing.passing || this.stopping.signal.aborted) {
        void this.keepTrying(intent, FIRST_WAIT_MS);
        return heldBack(standing.reason, standing.message);
      }
      await this.options.pause(LOOK_MS, this.stopping.signal);
    }
  }

  /** Never rejects. */
  private async keepTrying(intent: Intent, waitMs: number): Promise<void> {
    const { options, returning, stopping } = this;
    const { uid, workload } = intent;
    if (returning.has(uid)) return;
    returning.add(uid);
    let told = '';
    for (let wait = waitMs; ; wait = Math.min(Math.max(2 * wait, FIRST_WAIT_MS), LONGEST_WAIT_MS)) {
      await options.pause(wait, stopping.signal);
      if (stopping.signal.aborted) return;
      const standing = await this.make(intent);
      if (standing.kind === 'settled') break;
      const why = `not made again yet: ${standing.reason}: ${standing.message}`;
      if (why !== told) options.told(workload, why);
      told = why;
    }
    returning.delete(uid);
    options.told(workload, 'a Job of that name is there again');
  }

  private async make({ uid, workload, job }: Intent): Promise<Standing> {
    const path = collectionPath('Job', workload.namespace);
    const made = await this.client.request({ verb: 'POST', path, query: { fieldManager: FIELD_MANAGER }, body: job });
    if (made.ok) return this.settle(uid, answerOf(made.value));
    if (made.failure.kind !== 'refused') return open('JobNotBack', describeFailure(made.failure), true);
    if (made.failure.code !== 409) {
      const { kind } = patchFailure(made.failure);
      return open(made.failure.reason, made.failure.message, kind === 'unavailable');
    }
    const there = await this.client.request({ verb: 'GET', path: objectPath(workload) });
    return (await this.takenBy(there, uid)) ?? open('DeletionPending', 'its finalizers still hold the old Job', true);
  }

  /** Who holds the name: a new Job, the old one untouched, or (null) the old one on its way out. */
  private async takenBy(there: KubeAnswer<unknown>, uid: string): Promise<Standing | null> {
    if (!there.ok || !isKubeObject(there.value)) return null;
    const object = there.value;
    if (object.metadata.uid !== uid) return this.settle(uid, { kind: 'patched', object });
    return object.metadata.deletionTimestamp ? null : this.settle(uid, { kind: 'conflict' });
  }

  private async settle(uid: string, answer: PatchAnswer): Promise<Standing> {
    await this.forget(uid);
    return { kind: 'settled', answer };
  }

  private async remember({ uid, job }: Intent): Promise<PatchAnswer | null> {
    try {
      await this.store.writeSecret(intentName(uid), PART, { [MANIFEST]: Buffer.from(JSON.stringify(job)) });
      return null;
    } catch (error) {
      if (error instanceof KubeRequestError) return patchFailure(error.failure);
      return unavailable('the Job could not be written down before its deletion');
    }
  }

  private async forget(uid: string): Promise<void> {
    // Left behind, it is found and forgotten at the next start: the Job is there by then.
    await this.store.deleteSecret(intentName(uid)).catch(() => undefined);
  }
}

const open = (reason: string, message: string, passing: boolean): Standing => ({
  kind: 'open',
  reason,
  message,
  passing,
});

const answerOf = (value: unknown): PatchAnswer =>
  isKubeObject(value) ? { kind: 'patched', object: value } : unavailable('the API server answered with no Job');

const unavailable = (message: string): PatchAnswer => ({ kind: 'unavailable', message, retryAfterMs: null });

/** The restart is answered now; the Job is worked on until it is there. */
const heldBack = (reason: string, message: string): PatchAnswer => ({
  kind: 'rejected',
  reason,
  message: `the old Job is deleted and the new one not made yet, which is tried until it is: ${message}`,
});

function readIntent(secret: string, bytes: Buffer | undefined): Intent | null {
  const job = parse(bytes);
  const { namespace, name } = job && isRecord(job['metadata']) ? job['metadata'] : {};
  if (!job || typeof namespace !== 'string' || typeof name !== 'string') return null;
  return { uid: secret.slice(intentName('').length), workload: { kind: 'Job', namespace, name }, job };
}

function parse(bytes: Buffer | undefined): JsonRecord | null {
  const value = parseJson(bytes?.toString('utf8') ?? '');
  return isRecord(value) ? value : null;
}
