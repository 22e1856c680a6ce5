import { objectKey, type SourceRef } from '@app/contracts/objects';
import type { Workbench } from '../inventory/workbench.port';
import type { KubeEvents } from '../kube/kube.port';
import type { Order } from './core/order';
import { changedSources } from './core/template';
import type { Ending } from './follower';
import { failedEvent, reloadedEvent, sourceFailedEvent, sourceReloadedEvent } from './report';
import type { Written } from './template-writer';

/** More sources of one restart than this are not told one by one. */
const MOST_SOURCES = 8;

/** Tells of restarts by Kubernetes Events: on the workload, and on the sources that it restarts for. */
export class RestartNews {
  constructor(private readonly parts: Readonly<{ events: KubeEvents; workbench: Pick<Workbench, 'sourceUid'> }>) {}

  /** @returns the source that the restart is for. */
  written(order: Order, { look, reckoning, still }: Written): SourceRef | undefined {
    const sources = changedSources(order, look, reckoning);
    const [cause = order.causes[0]] = sources;
    if (cause) this.parts.events.record(reloadedEvent(order, cause, still));
    this.#onSources(sources, (source, uid) => sourceReloadedEvent(source, uid));
    return cause;
  }

  failed(order: Order, ending: Ending, written: Written | null): void {
    this.parts.events.record(failedEvent(order, ending));
    const sources = written ? changedSources(order, written.look, written.reckoning) : order.causes;
    this.#onSources(sources, (source, uid) => sourceFailedEvent(order, ending, source, uid));
  }

  /** A source that is gone has nothing that could carry an Event. */
  #onSources(
    sources: readonly SourceRef[],
    event: (source: SourceRef, uid: string) => Parameters<KubeEvents['record']>[0],
  ): void {
    const { events, workbench } = this.parts;
    for (const source of sources.slice(0, MOST_SOURCES)) {
      const uid = workbench.sourceUid(objectKey(source));
      if (uid !== undefined) events.record(event(source, uid));
    }
  }
}
