import { Logger } from '@nestjs/common';
import { StoreUnavailable } from '../platform/redis';
import { RolloutAlarm } from './rollout-alarm';
import { RolloutContended } from './rollout-errors';
import type { RolloutQueries } from './rollout.queries';
import type { RolloutService } from './rollout.service';

/** The rollouts that are told to look, when the first of three fails like this. */
async function told(failure: Error): Promise<readonly string[]> {
  const woken: string[] = [];
  const active = ['r-1', 'r-2', 'r-3'].map((id) => ({ rollout: { id } }));
  const wake = (id: string): Promise<void> => {
    woken.push(id);
    return id === 'r-1' ? Promise.reject(failure) : Promise.resolve();
  };
  const queries = { active: () => Promise.resolve(active) } as unknown as RolloutQueries;
  new RolloutAlarm(queries, { wake } as unknown as RolloutService).ring();
  await new Promise((resolve) => setImmediate(resolve));
  return woken;
}

describe('the alarm of rollouts', () => {
  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(['log', 'warn', 'error']));

  it('reaches those behind one that can not look now', async () => {
    expect(await told(new RolloutContended('r-1'))).toEqual(['r-1', 'r-2', 'r-3']);
  });

  it('tries no other while the store is away', async () => {
    expect(await told(new StoreUnavailable('away'))).toEqual(['r-1']);
  });
});
