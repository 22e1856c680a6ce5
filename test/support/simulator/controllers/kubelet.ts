import { REVISION_ANNOTATION } from '@app/contracts/annotations';
import type { JsonObject } from '../objects';
import { POD_BEHAVIOUR } from '../../pod-template';
import { PODS } from '../resources';
import type { Pod } from '../workload-types';
import type { ControllerContext } from './context';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a duration like `1m30s`; undefined when it is none. */
export function durationMs(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ''] ?? 0), 0);
}

type Fate = 'ready' | 'never-ready' | 'crash';

/** What becomes of a pod. `restarted` concerns only pods that a restart of ours made: they carry a revision. */
export function fateOf(annotations: Readonly<Record<string, string>>): Fate {
  const told =
    annotations[POD_BEHAVIOUR.pods] ??
    (annotations[REVISION_ANNOTATION] ? annotations[POD_BEHAVIOUR.restarted] : undefined);
  if (told === undefined) return 'ready';
  return told === 'crash' ? 'crash' : 'never-ready';
}

/** The nodes: pods turn ready, stay unready or crash as their annotations say. */
export class Kubelet {
  constructor(
    private readonly context: ControllerContext,
    private readonly readyAfterMs: number,
  ) {}

  /** Runs a new pod. `active` is asked when its time has come: a stopped cluster runs nothing. */
  start(pod: Pod, active: () => boolean): void {
    const { annotations = {} } = pod.metadata;
    const fate = fateOf(annotations);
    const told = durationMs(annotations[POD_BEHAVIOUR.readyAfter] ?? '') ?? this.readyAfterMs;
    this.context.clock.after(fate === 'ready' ? told : 0, () => {
      const current = this.context.latest(pod);
      if (!active() || !current || current.metadata.uid !== pod.metadata.uid) return;
      this.context.updatePodStatus(PODS, current, statusOf(current, fate, this.context.now()));
    });
  }
}

function statusOf(pod: Pod, fate: Fate, now: string): JsonObject {
  const ready = fate === 'ready';
  const verdict = ready ? { status: 'True' } : { status: 'False', reason: 'ContainersNotReady' };
  const condition = (type: string, state: JsonObject) => ({ type, ...state, lastTransitionTime: now });
  return {
    ...pod.status,
    phase: 'Running',
    startTime: now,
    conditions: [
      condition('PodScheduled', { status: 'True' }),
      condition('Initialized', { status: 'True' }),
      condition('ContainersReady', verdict),
      condition('Ready', verdict),
    ],
    containerStatuses: (pod.spec?.containers ?? []).map(({ name, image = '' }) => ({
      name,
      image,
      imageID: '',
      ready,
      ...containerState(fate, now),
    })),
  };
}

function containerState(fate: Fate, now: string): JsonObject {
  if (fate !== 'crash') return { started: true, restartCount: 0, state: { running: { startedAt: now } } };
  const message = 'back-off restarting failed container';
  return {
    started: false,
    restartCount: 5,
    state: { waiting: { reason: 'CrashLoopBackOff', message } },
    lastState: { terminated: { exitCode: 1, reason: 'Error', startedAt: now, finishedAt: now } },
  };
}
