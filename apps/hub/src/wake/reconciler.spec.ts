import { Logger } from '@nestjs/common';
import type { ChangeService } from '../change/judging/change.service';
import type { InventoryStore } from '../fleet/inventory.store';
import { ClockInDoubt } from '../platform/clock';
import { StoreUnavailable } from '../platform/redis';
import type { DueStore } from './due.store';
import { Reconciler } from './reconciler';
import type { WorkQueues } from './work-queues';

/** Which clusters were looked at in one round, and whether workers that are stuck were replaced. */
async function round(fail: (cluster: string) => Error | null) {
  const looked: string[] = [];
  let replaced = false;
  const inventory = { clustersWithPending: () => Promise.resolve(['a', 'b', 'c']) };
  const lookAt = (cluster: string): Promise<void> => {
    looked.push(cluster);
    const error = fail(cluster);
    return error ? Promise.reject(error) : Promise.resolve();
  };
  const reconciler = new Reconciler(
    { repair: () => Promise.resolve(0) } as unknown as DueStore,
    inventory as unknown as InventoryStore,
    { lookAt } as unknown as ChangeService,
    { areStuck: () => true, restartWorkers: () => (replaced = true) } as unknown as WorkQueues,
  );
  const ending = await reconciler.run().then(
    () => 'done',
    (error: unknown) => (error as Error).constructor.name,
  );
  return { looked, replaced, ending };
}

describe('a round of the reconciler', () => {
  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(['log', 'warn', 'error']));

  it('looks at every cluster, also behind one that can not be judged', async () => {
    const found = await round((cluster) => (cluster === 'a' ? new Error('others keep deciding') : null));
    expect(found).toEqual({ looked: ['a', 'b', 'c'], replaced: true, ending: 'done' });
  });

  it.each([new StoreUnavailable('away'), new ClockInDoubt()])(
    'ends where nothing can be done for anybody, workers replaced (%s)',
    async (outage) => {
      const found = await round(() => outage);
      expect(found).toEqual({ looked: ['a'], replaced: true, ending: outage.constructor.name });
    },
  );
});
