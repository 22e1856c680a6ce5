import { TestClock, turn } from '../testing/test-clock';
import type { KubeCall } from './client';
import { ApiKubeEvents, COUNT_AFTER_MS } from './events.kube';
import type { ObjectEvent } from './kube.port';

const event = (name: string): ObjectEvent => ({
  regarding: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'n', name, uid: `uid-${name}` },
  type: 'Normal',
  reason: 'Reloaded',
  action: 'Restart',
  note: 'x',
});

function recorder() {
  const calls: KubeCall[] = [];
  const clock = new TestClock();
  const client = {
    request: (call: KubeCall) => {
      calls.push(call);
      return Promise.resolve({ ok: true as const, value: null });
    },
  };
  const events = new ApiKubeEvents(client, { instance: 'agent-0', lost: () => undefined }, clock);
  return { calls, clock, events };
}

const countsOf = (calls: readonly KubeCall[]): unknown[] =>
  calls.filter(({ verb }) => verb === 'PATCH').map(({ body }) => (body as { series: { count: number } }).series.count);

describe('Events', () => {
  it('are written at once when they are news, and counted together when they are told again', async () => {
    const { calls, clock, events } = recorder();
    events.record(event('a'));
    events.record(event('b'));
    await turn();
    expect(calls.map(({ verb }) => verb)).toEqual(['POST', 'POST']);
    const labels = { 'app.kubernetes.io/managed-by': 'fleet-reloader' };
    expect(calls[0]?.body).toMatchObject({ metadata: { labels } });
    for (let n = 0; n < 5; n++) {
      events.record(event('a'));
      await clock.advance(COUNT_AFTER_MS / 10);
    }
    expect(calls).toHaveLength(2);
    await clock.advance(COUNT_AFTER_MS);
    expect(countsOf(calls)).toEqual([6]);
  });

  it('are all written when the agent ends', async () => {
    const { calls, events } = recorder();
    events.record(event('a'));
    await events.flush();
    events.record(event('a'));
    await events.flush();
    expect(countsOf(calls)).toEqual([2]);
  });
});
