import { parseObjectKey, type WorkloadRef } from '@app/contracts/objects';
import type { JobEnd } from '../inventory/core/rollout-status';
import type { Workbench } from '../inventory/workbench.port';
import { regardingOf } from '../kube/core/paths';
import type { KubeEvents } from '../kube/kube.port';

export type JobEndsParts = Readonly<{
  workbench: Pick<Workbench, 'look' | 'onWorkload'>;
  events: KubeEvents;
  /** Told of each end, for the log. */
  ended: (job: WorkloadRef, end: JobEnd) => void;
}>;

const PREFIX = 'Job/';

/**
 * Tells how the Jobs end that a restart made, of their own or of a CronJob. A restart is over when its Job is there:
 * this only reports, and only of Jobs that were seen to run.
 */
export class JobEnds {
  /** UIDs of such Jobs that run, by key. */
  readonly #running = new Map<string, string>();

  constructor(private readonly parts: JobEndsParts) {
    parts.workbench.onWorkload((key) => {
      if (key.startsWith(PREFIX)) this.#look(key);
    });
  }

  #look(key: string): void {
    const record = this.parts.workbench.look(key)?.record;
    if (!record || record.stamp === null) {
      this.#running.delete(key);
      return;
    }
    const { uid, status } = record;
    if (!status.end) this.#running.set(key, uid);
    else if (this.#running.get(key) === uid) this.#tell(key, uid, status.end);
  }

  #tell(key: string, uid: string, end: JobEnd): void {
    const { events, ended } = this.parts;
    this.#running.delete(key);
    const { namespace = '', name = '' } = parseObjectKey(key) ?? {};
    const job = { kind: 'Job', namespace, name } as const;
    const why = [end.reason, end.message].filter((part) => part !== '').join(': ');
    ended(job, end);
    events.record({
      regarding: regardingOf(job, uid),
      type: end.succeeded ? 'Normal' : 'Warning',
      reason: end.succeeded ? 'RestartCompleted' : 'RestartFailed',
      action: 'Run',
      note: end.succeeded
        ? 'The Job that a restart made has completed'
        : `The Job that a restart made has failed: ${why}`,
    });
  }
}
