import { pino } from 'pino';
import type { WorkloadFact } from '@app/contracts/wire/facts';
import type { ObjectEvent } from '../kube/kube.port';
import type { Order } from '../restart/core/order';
import { orderHooks, restartHooks, suspendedHook } from './hooks';
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

describe('the order of restarts', () => {
  const events: ObjectEvent[] = [];
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
  const recorder = { record: (event: ObjectEvent) => void events.push(event) };
  const hooks = orderHooks(log, recorder);
  const fact = (name: string): WorkloadFact => ({
    ...{ kind: 'Deployment', namespace: 'shop', name, uid: name, labels: {}, state: 'Pending', reason: '' },
    ...{ message: '', want: 'k1a2b3c:y', have: 'k1a2b3c:x', proof: 'exact', sources: [] },
    pods: { desired: 1, updated: 1, ready: 1 },
  });
  beforeEach(() => [events, lines].forEach((one) => one.splice(0)));

  it('a circle is a warning in the log and on each of its workloads', () => {
    hooks.circle([fact('a'), fact('b')]);
    expect(events.map(({ regarding, type, reason }) => [regarding.name, type, reason])).toEqual([
      ['a', 'Warning', 'InvalidAnnotation'],
      ['b', 'Warning', 'InvalidAnnotation'],
    ]);
    expect(events[0]?.note).toContain('restart-after goes in a circle');
    expect(JSON.parse(lines.join())).toMatchObject({
      level: 40,
      workloads: ['Deployment/shop/a', 'Deployment/shop/b'],
    });
  });

  it('a wait is in the log, and one for what failed on the workload, too', () => {
    hooks.waits(fact('web'), { reason: 'Order', message: 'restarts after db', holding: [] });
    expect(events).toEqual([]);
    hooks.waits(fact('web'), { reason: 'PredecessorFailed', message: 'waits for db', holding: [] });
    expect(events).toMatchObject([{ type: 'Warning', reason: 'PredecessorFailed', note: 'waits for db' }]);
    expect(lines.map((line) => (JSON.parse(line) as { reason: string }).reason)).toEqual([
      'Order',
      'PredecessorFailed',
    ]);
  });

  it('agent 105: what its owner has suspended is told in the log and on it', () => {
    suspendedHook(log, recorder)({ ...fact('nightly'), reason: 'Suspended', message: 'it is suspended' });
    expect(events).toMatchObject([
      { regarding: { name: 'nightly' }, type: 'Normal', reason: 'Suspended', note: 'it is suspended' },
    ]);
    expect(JSON.parse(lines.join())).toMatchObject({ workload: 'Deployment/shop/nightly', reason: 'Suspended' });
  });
});
