import { objectKey } from '@app/contracts/objects';
import { markOf } from '../inventory/core/mark';
import type { Workbench, WorkloadLook } from '../inventory/workbench.port';
import type { KubeWorkloads, PatchAnswer } from '../kube/kube.port';
import type { Clock } from '../platform/clock';
import type { Reckoned } from './core/judge';
import type { Order } from './core/order';
import { restartAnnotations } from './core/template';
import type { Ending } from './follower';

/** A template that was written, and what it was written upon. Wall time, epoch ms. */
export type Written = Readonly<{ startedAt: number; look: WorkloadLook; reckoning: Reckoned }>;

export type WriteOutcome =
  | Readonly<{ kind: 'written'; written: Written }>
  /** The workload had changed and was read again: judge anew. */
  | Readonly<{ kind: 'again' }>
  | Readonly<{ kind: 'later'; why: string; leastMs: number | null }>
  | Readonly<{ kind: 'ended'; ending: Ending }>;

export type WriterOptions = Readonly<{
  /** Write Reloader's own marker beside our annotations. */
  markers: boolean;
  /** Told how many seconds each PATCH took. */
  patched: (seconds: number) => void;
}>;

type WriterParts = Readonly<{ workbench: Workbench; kube: KubeWorkloads; clock: Clock }>;

/** Writes a restart: one PATCH, bound to the version that was judged, and its record in the same breath. */
export class TemplateWriter {
  constructor(
    private readonly parts: WriterParts,
    private readonly options: WriterOptions,
  ) {}

  async write(order: Order, look: WorkloadLook, reckoning: Reckoned): Promise<WriteOutcome> {
    const { clock, kube } = this.parts;
    const { markers } = this.options;
    const observedAt = Math.floor(clock.wall() / 1000);
    const templateAnnotations = restartAnnotations(order, look, reckoning, { markers, observedAt });
    const begunAt = clock.monotonic();
    const answer = await kube.patchTemplate({
      workload: order.workload,
      resourceVersion: look.record.resourceVersion,
      templateAnnotations,
    });
    this.options.patched((clock.monotonic() - begunAt) / 1000);
    if (answer.kind !== 'patched') return this.#notPatched(order, answer);
    const { mark } = markOf(templateAnnotations);
    const applied = { uid: order.uid, mark, sources: reckoning.wanted, previous: reckoning.had };
    this.parts.workbench.applied(objectKey(order.workload), applied, answer.object);
    return { kind: 'written', written: { startedAt: clock.wall(), look, reckoning } };
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
        return { kind: 'later', why: answer.message, leastMs: answer.retryAfterMs };
    }
  }

  async #readAgain({ workload }: Order): Promise<WriteOutcome> {
    try {
      const object = await this.parts.kube.get(workload);
      if (!object) return ended({ outcome: 'NOT_FOUND', reason: 'NotFound', message: 'the workload does not exist' });
      this.parts.workbench.observe(workload.kind, object);
      return { kind: 'again' };
    } catch (error) {
      return { kind: 'later', why: error instanceof Error ? error.message : 'it could not be read', leastMs: null };
    }
  }
}

const ended = (ending: Ending): WriteOutcome => ({ kind: 'ended', ending });
