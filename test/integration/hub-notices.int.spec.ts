import { waitFor } from '@test/wait';
import { WebhookReceiver } from '@test/webhook-receiver';
import { NoticeStore } from '../../apps/hub/src/notify/notice.store';
import { HubMetrics } from '../../apps/hub/src/ops/metrics';
import { dueMember } from '../../apps/hub/src/platform/core/due';
import { RolloutService } from '../../apps/hub/src/rollout/rollout.service';
import { Reconciler } from '../../apps/hub/src/wake/reconciler';
import { WorkQueues } from '../../apps/hub/src/wake/work-queues';
import { change, type FlowAgent } from './flow-agent';
import type { FlowHub } from './flow-hub';
import { FreshHubs } from './fresh-hubs';

jest.setTimeout(60_000);

const PERSON = { actor: 'ann', from: '10.0.0.1', why: 'because' };
const FAILS = { outcome: 'ROLLOUT_FAILED', reason: 'CrashLoop' } as const;

describe('a rollout that halts, of a policy that has people told', () => {
  const hubs = FreshHubs.forEachTest();
  let pager: WebhookReceiver;
  let chat: WebhookReceiver;

  beforeEach(async () => {
    [pager, chat] = [await WebhookReceiver.start(), await WebhookReceiver.start()];
    hubs.policies.set('default', { rollout: 'all', onHalt: { notify: ['webhook:pager'] } });
  });
  afterEach(() => Promise.all([pager.stop(), chat.stop()]));

  const start = (): Promise<FlowHub> =>
    hubs.start({
      HUB_WEBHOOKS: JSON.stringify({ pager: pager.settings, chat: chat.settings }),
      HUB_PUBLIC_URL: 'https://hub.example/',
    });
  /** A cluster whose restarts fail. */
  async function failing(hub: FlowHub): Promise<FlowAgent> {
    const agent = await hub.join('c1');
    agent.behaviour = FAILS;
    return agent;
  }
  const told = (receiver: WebhookReceiver, count = 1): Promise<boolean> =>
    waitFor(`${count} messages`, () => receiver.received.length >= count);
  const idsOf = (receiver: WebhookReceiver): string[] => receiver.received.map(({ id }) => id);

  type Event = Readonly<Record<string, string>>;
  async function eventsOf({ redis, keys }: FlowHub): Promise<readonly Event[]> {
    const entries = await redis.xrange(keys.events(), '-', '+');
    return entries
      .map(([, flat]) => Object.fromEntries(flat.flatMap((text, at) => (at % 2 ? [] : [[text, flat[at + 1] ?? '']]))))
      .filter((event: Event) => event.type?.startsWith('notification.'));
  }
  const over = (hub: FlowHub, count = 1): Promise<readonly Event[]> =>
    waitFor('how the notifications ended', async () => {
      const events = await eventsOf(hub);
      return events.length >= count && events;
    });
  /** Nothing is left to be told, and no timer rings for it. */
  async function expectNothingLeft({ redis, keys }: FlowHub): Promise<void> {
    const due = await redis.zrange(keys.due(), '0', '-1');
    expect([await redis.hlen(keys.notices()), due.filter((member) => member.startsWith('n:'))]).toEqual([0, []]);
  }
  /** A halt whose replica dies before it tells anybody. */
  async function diesAtHalt(): Promise<void> {
    const hub = await start();
    const queues = hub.module.get(WorkQueues);
    const ring = queues.ring.bind(queues);
    queues.ring = (members) => ring(members.filter((member) => !member.startsWith('n:')));
    await change('B', await failing(hub));
    await hub.inPhase('Halted');
    await hub.stop();
    expect(pager.received).toEqual([]);
  }
  /** A replica that finds no timer for what is to be told, and sees that one is missing. */
  async function takesOver(): Promise<FlowHub> {
    const hub = await start();
    const [member = ''] = (await hub.redis.hkeys(hub.keys.notices())).map((id) => dueMember({ type: 'notice', id }));
    expect(await hub.redis.zrem(hub.keys.due(), member)).toBe(1);
    await hub.module.get(Reconciler).run();
    return hub;
  }

  it('tells each receiver once, signed, which rollout it is, why, and what can be done', async () => {
    hubs.policies.set('default', { rollout: 'all', onHalt: { notify: ['webhook:pager', 'webhook:chat'] } });
    const replicas = [await start(), await start()];
    const [hub] = replicas as [FlowHub, FlowHub];
    await change('B', await failing(hub));
    const [{ id, reason, message }] = await hub.inPhase('Halted');
    expect((await over(hub, 2)).map(({ type, rollout }) => [type, rollout])).toEqual([
      ['notification.Delivered', id],
      ['notification.Delivered', id],
    ]);
    await hub.settled();
    for (const { received } of [pager, chat]) {
      expect(received).toEqual([expect.objectContaining({ isSigned: true, path: 'POST /hook' })]);
      expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({
        type: 'rollout.halted',
        data: {
          ...{ rollout: id, policy: { name: 'default', version: 1 }, reason, message },
          allowed: ['retry', 'resume', 'skip', 'cancel', 'replan'],
          url: `https://hub.example/api/v1/rollouts/${id}`,
        },
      });
    }
    await expectNothingLeft(hub);
    const metrics = await Promise.all(replicas.map(({ module }) => module.get(HubMetrics).registry.metrics()));
    expect(metrics.join('\n')).toMatch(/notifications_total\{receiver="pager",result="delivered"\} 1/);
  });

  it('tries again with the same id while the receiver is in trouble', async () => {
    pager.answers = [500, 503, 200];
    const hub = await start();
    await change('B', await failing(hub));
    await over(hub);
    expect(pager.received.map(({ isSigned }) => isSigned)).toEqual([true, true, true]);
    expect(new Set(idsOf(pager)).size).toBe(1);
    await expectNothingLeft(hub);
  });

  it('tells of a second halt after a retry, with another id', async () => {
    const hub = await start();
    await change('B', await failing(hub));
    const [{ id }] = await hub.inPhase('Halted');
    await told(pager);
    await hub.module.get(RolloutService).verb(id, 'retry', PERSON);
    await told(pager, 2);
    expect(new Set(idsOf(pager)).size).toBe(2);
    await over(hub, 2);
    expect(pager.received).toHaveLength(2);
  });

  it('tells what a replica that died was to tell, also where the timer for it was lost', async () => {
    await diesAtHalt();
    const next = await takesOver();
    await over(next);
    expect(pager.received).toEqual([expect.objectContaining({ isSigned: true })]);
    await expectNothingLeft(next);
  });

  it('delays nothing else where a receiver hangs', async () => {
    hubs.policies.set('default', { rollout: 'all', onHalt: { notify: ['webhook:pager', 'webhook:chat'] } });
    pager.answers = [null];
    const hub = await start();
    await change('B', await failing(hub));
    const [{ id }] = await hub.inPhase('Halted');
    await Promise.all([told(pager), told(chat)]);
    const verbs = hub.module.get(RolloutService);
    for (let halts = 2; halts <= 6; halts += 1) {
      await verbs.verb(id, 'retry', PERSON);
      await told(chat, halts);
    }
    expect((await verbs.verb(id, 'cancel', PERSON)).phase).toMatch(/^Cancel/);
    expect(chat.received.every(({ isSigned }) => isSigned)).toBe(true);
    expect(pager.received.length).toBeLessThanOrEqual(2);
  });

  it.each([
    [404, 'NotificationRefused', /webhook:pager: the receiver answered 404/],
    [302, 'NotificationRefused', /webhook:pager: the receiver answered 302/],
  ])('says so where the receiver answers %i, and calls nobody else', async (status, reason, message) => {
    pager.answers = [status];
    const hub = await start();
    await change('B', await failing(hub));
    const [{ id }] = await hub.inPhase('Halted');
    expect(await over(hub)).toEqual([
      expect.objectContaining({
        ...{ type: 'notification.Failed', rollout: id, reason },
        message: expect.stringMatching(message) as string,
      }),
    ]);
    await hub.settled();
    expect(pager.received.map(({ path }) => path)).toEqual(['POST /hook']);
    await expectNothingLeft(hub);
  });

  it('says so when it was tried for a day', async () => {
    await diesAtHalt();
    pager.answers = [500];
    const hub = await takesOver();
    const store = hub.module.get(NoticeStore);
    const get = store.get.bind(store);
    store.get = async (id) => {
      const notice = await get(id);
      return notice && { ...notice, tries: 35 };
    };
    expect(await over(hub)).toEqual([
      expect.objectContaining({ type: 'notification.Failed', reason: 'NotificationExpired' }),
    ]);
  });

  it('says so when the receiver is not configured any more', async () => {
    const hub = await hubs.start();
    await change('B', await failing(hub));
    expect(await over(hub)).toEqual([
      expect.objectContaining({
        ...{ type: 'notification.Failed', reason: 'ReceiverUnknown' },
        message: expect.stringContaining('webhook:pager') as string,
      }),
    ]);
    await expectNothingLeft(hub);
  });

  it('tells nothing and stores nothing where the policy names nobody', async () => {
    hubs.policies.set('default', { rollout: 'all' });
    const hub = await start();
    await change('B', await failing(hub));
    await hub.inPhase('Halted');
    await hub.settled();
    expect([pager.received, await eventsOf(hub)]).toEqual([[], []]);
  });
});
