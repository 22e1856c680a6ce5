import { objectKey } from '@app/contracts/objects';
import type { Workbench } from '../inventory/workbench.port';
import type { HubLink } from '../link/hub-link.port';
import type { Clock } from '../platform/clock';
import { PAUSE_PERIOD, podsNow } from './core/holding';
import type { Order } from './core/order';

/** Whoever ordered a restart takes silence for a failure after a while; a pause may last for hours. In ms. */
const EVERY_MS = 60_000;

/** Tells again and again that a restart waits for the end of its pause, until that or the restart itself is over. */
export function tellWhilePaused(
  { workbench, clock }: Readonly<{ workbench: Workbench; clock: Clock }>,
  order: Order,
  sink: Pick<HubLink, 'progress'>,
  ending: Promise<unknown>,
): void {
  const { rollout, permit, attempt, workload } = order;
  let cancel: () => void = () => undefined;
  void ending.then(() => cancel());
  const wait = (): void => {
    const { reason, message } = podsNow(workbench.look(objectKey(workload)), clock.wall());
    if (reason !== PAUSE_PERIOD) return;
    cancel = clock.after(EVERY_MS, () => {
      sink.progress({ rollout, permit, attempt, workload, phase: 'RollingOut', message });
      wait();
    });
  };
  wait();
}
