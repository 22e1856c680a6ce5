import { hash } from 'node:crypto';
import { objectKey, type WorkloadKind } from '@app/contracts/objects';
import { markOf } from '../inventory/core/mark';
import { isLater } from '../inventory/core/resource-version';
import type { Stillness } from '../inventory/core/rollout-status';
import type { Workbench, WorkloadLook } from '../inventory/workbench.port';
import type { KubeWorkloads, PatchAnswer } from '../kube/kube.port';
import type { Clock } from '../platform/clock';
import { type Heard, heardOf } from './core/backoff';
import type { Reckoned, Verdict } from './core/judge';
import type { Order } from './core/order';
import { howToRestart, type Markers, restartAnnotations, restartVariables } from './core/template';
import type { Ending } from './follower';

/** A restart that was written, and what it was written upon. Wall time, epoch ms. */
export type Written = Readonly<{
  startedAt: number;
  look: WorkloadLook;
  reckoning: Reckoned;
  /** Pods of the workload itself are replaced. A Job made anew or run is there at once: its end is its own affair. */
  isFollowed: boolean;
  /** Why its pods stay as they are until someone does something; null: they are replaced. */
  still: Stillness | null;
}>;

export type WriteOutcome =
  | Readonly<{ kind: 'written'; written: Written }>
  /** The workload had changed and was read again: judge anew. */
  | Readonly<{ kind: 'again' }>
  | Readonly<{ kind: 'later'; why: string; heard: Heard }>
  | Readonly<{ kind: 'ended'; ending: Ending }>;

export type WriterOptions = Readonly<{
  markers: Markers;
  /** The annotation that holds the instant of a pause. */
  pausedAt: string;
  /** Told how many seconds each PATCH took. */
  patched: (seconds: number, kind: WorkloadKind) => void;
}>;

/** What was found to be written. */
type Judged = Extract<Verdict, { do: 'patch' }>;

type WriterParts = Readonly<{ workbench: Workbench; kube: KubeWorkloads; clock: Clock }>;

/** For the watch to tell of what was read already. */
const MOST_LOOKS = 10;
const LOOK_MS = 25;

/** Kubernetes' own bound: pods carry the name as a label. */
const MAX_JOB_NAME = 63;
const RUN_SUFFIX = 10;

/** Writes a restart: one write, bound to the version that was judged, and its record in the same breath. */
export class TemplateWriter {
  constructor(
    private readonly parts: WriterParts,
    private readonly options: WriterOptions,
  ) {}

  async write(order: Order, { look, reckoning, still }: Judged): Promise<WriteOutcome> {
    const { clock, kube, workbench } = this.parts;
    const { markers } = this.options;
    const observedAt = Math.floor(clock.wall() / 1000);
    const annotations = restartAnnotations(order, look, reckoning, { markers, observedAt });
    const how = howToRestart(look.record);
    const begunAt = clock.monotonic();
    const answer = await kube.restart({
      how,
      workload: order.workload,
      uid: look.record.uid,
      resourceVersion: look.record.resourceVersion,
      annotations,
      env: restartVariables(look, reckoning, markers),
      pause: beginsPause(look) ? this.options.pausedAt : null,
      at: new Date(observedAt * 1000).toISOString(),
      run: runName(order, look),
    });
    this.options.patched((clock.monotonic() - begunAt) / 1000, order.workload.kind);
    if (answer.kind !== 'patched') return this.#notPatched(order, answer);
    const isFollowed = still === null && (how === 'template' || how === 'restartAt');
    const { mark } = markOf(how === 'run' ? {} : annotations);
    const applied = { uid: order.uid, mark, sources: reckoning.wanted, previous: isFollowed ? reckoning.had : null };
    workbench.applied(objectKey(order.workload), applied, answer.object);
    return { kind: 'written', written: { startedAt: clock.wall(), look, reckoning, isFollowed, still } };
  }

  async #notPatched(order: Order, answer: Exclude<PatchAnswer, { kind: 'patched' }>): Promise<WriteOutcome> {
    switch (answer.kind) {
      case 'conflict':
        return this.#readAgain(order);
      case 'gone':
        return ended({ outcome: 'NOT_FOUND', reason: 'NotFound', message: 'the workload does not exist' });
      case 'rejected':
        return ended({ outcome: 'PATCH_REJECTED', reason: answer.reason, message: answer.message });
      case 'unavailable':
        return { kind: 'later', why: answer.message, heard: heardOf(answer) };
    }
  }

  async #readAgain({ workload }: Order): Promise<WriteOutcome> {
    try {
      const object = await this.parts.kube.get(workload);
      if (!object) return ended({ outcome: 'NOT_FOUND', reason: 'NotFound', message: 'the workload does not exist' });
      await this.#untilSeen(objectKey(workload), object.metadata.resourceVersion);
      this.parts.workbench.observe(workload.kind, object);
      return { kind: 'again' };
    } catch (error) {
      return {
        kind: 'later',
        why: error instanceof Error ? error.message : 'it could not be read',
        heard: { leastMs: null },
      };
    }
  }

  /** The watch tells more than a reading: who wrote when. It has some time for that. */
  async #untilSeen(key: string, version: string): Promise<void> {
    const { clock, workbench } = this.parts;
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      const known = workbench.look(key)?.record.resourceVersion;
      if (known === undefined || !isLater(version, known)) return;
      await new Promise<void>((resolve) => void clock.after(LOOK_MS, resolve));
    }
  }
}

/** A restart begins a pause where a period asks for it; one that holds already is not made longer. */
const beginsPause = ({ record }: WorkloadLook): boolean =>
  record.status.kind === 'Deployment' && !record.status.paused && (record.pause?.periodMs ?? null) !== null;

/** The name of a CronJob's run: by what it brings, so that a try whose answer was lost is not run twice. */
function runName({ workload, toRevision }: Order, { members }: WorkloadLook): string {
  const newest = members.reduce((latest, { changedAt }) => (changedAt && changedAt > latest ? changedAt : latest), '');
  const suffix = hash('sha256', `${toRevision} ${newest}`).slice(0, RUN_SUFFIX);
  return `${workload.name.slice(0, MAX_JOB_NAME - RUN_SUFFIX - 1)}-${suffix}`;
}

const ended = (ending: Ending): WriteOutcome => ({ kind: 'ended', ending });
