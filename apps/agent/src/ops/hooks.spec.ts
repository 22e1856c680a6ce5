import { pino } from 'pino';
import type { Order } from '../restart/core/order';
import { restartHooks } from './hooks';
import { Metrics } from './metrics';

const order = (name: string): Order => ({
  id: name,
  permit: name,
  rollout: 'local',
  attempt: 1,
  workload: { kind: 'Deployment', namespace: 'shop', name },
  uid: name,
  toRevision: 'k1a2b3c:x',
  causes: [],
  progressDeadlineMs: 1,
  terms: null,
});

describe('a restart that is tried again', () => {
  it('is said once for each reason, however often it is tried', () => {
    const lines: string[] = [];
    const log = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
    const hooks = restartHooks(log, new Metrics('1'));
    const [one, other] = [order('one'), order('other')];
    for (let tries = 0; tries < 100; tries += 1) hooks.delayed(one, 'the API server is away', 1000);
    hooks.delayed(other, 'the API server is away', 1000);
    hooks.delayed(one, 'it is busy', 1000);
    const told = lines.map((line) => JSON.parse(line) as { workload: string; why: string });
    expect(told.map(({ workload, why }) => `${workload}: ${why}`)).toEqual([
      'Deployment/shop/one: the API server is away',
      'Deployment/shop/other: the API server is away',
      'Deployment/shop/one: it is busy',
    ]);
  });
});
