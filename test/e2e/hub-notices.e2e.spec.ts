import { Redis } from 'ioredis';
import type { EventView } from '@app/contracts/api/views';
import type { ProcessFleet } from '@test/fleet/process-fleet';
import { startSimulatedFleet } from '@test/fleet/simulated-fleet';
import { POD_BEHAVIOUR } from '@test/pod-template';
import { Program } from '@test/processes/program';
import { everythingIn } from '@test/redis/everything-in';
import { waitFor } from '@test/wait';
import { WebhookReceiver } from '@test/webhook-receiver';

jest.setTimeout(90_000);

const CANARY = 'canary-of-notices-5f1b0c';

describe('a hub as a process that has somebody told of a halt', () => {
  let fleet: ProcessFleet;
  let pager: WebhookReceiver;

  beforeAll(async () => {
    pager = await WebhookReceiver.start();
    fleet = await startSimulatedFleet({
      clusters: { 'dev-1': {} },
      secret: { password: 'a' },
      rollout: 'all',
      podAnnotations: { [POD_BEHAVIOUR.restarted]: 'crash' },
      hubEnv: { HUB_WEBHOOKS: JSON.stringify({ pager: pager.settings }), LOG_LEVEL: 'trace' },
      spec: { onHalt: { notify: ['webhook:pager'] } },
    });
  }, 90_000);
  afterAll(async () => {
    await fleet?.stopAll();
    await pager?.stop();
  });

  /** How often the one notice was tried and failed, as it is stored. */
  async function failures(): Promise<number> {
    const client = new Redis(fleet.redis.url);
    const [text] = await client.hvals('{fr}:notices');
    await client.quit();
    return text === undefined ? 0 : (JSON.parse(text) as { tries: number }).tries;
  }

  it('survives a SIGKILL between the halt and the delivery', async () => {
    pager.answers = [503];
    await fleet.putSecret({ password: CANARY });
    const { id } = await fleet.untilRollouts(1, 'Halted');
    await waitFor('a try that failed', async () => (await failures()) > 0);
    await fleet.hub.program.kill();
    const tries = pager.received.length;
    pager.answers = [200];
    await fleet.restartHub();
    await waitFor('the delivery to be told', async () => {
      const events = await fleet.items<EventView>(`/rollouts/${id}/events`);
      return events.some(({ type }) => type === 'notification.Delivered');
    });
    const last = pager.received.slice(tries);
    expect(last).toEqual([expect.objectContaining({ isSigned: true, id: pager.received[0]?.id })]);
    expect(JSON.parse(last[0]?.body ?? '')).toMatchObject({
      type: 'rollout.halted',
      data: { rollout: id, reason: 'FailureLimit', url: `${fleet.hub.url}/api/v1/rollouts/${id}` },
    });
  });

  it('tells nobody what is secret', async () => {
    const { url, secret } = pager.settings;
    const told = {
      ...{
        bodies: JSON.stringify(pager.received),
        log: fleet.hub.program.logs(),
        redis: await everythingIn(fleet.redis),
      },
      metrics: await (await fetch(`${fleet.hub.opsUrl}/metrics`)).text(),
    };
    expect(told.log).toContain('a notification could not be delivered');
    expect(told.metrics).toContain('notifications_total{receiver="pager",result="delivered"} 1');
    for (const text of Object.values(told)) {
      for (const word of [CANARY, secret.slice('whsec_'.length), url]) expect(text.includes(word)).toBe(false);
    }
  });

  it('does not start with receivers that are wrong, and says what is', async () => {
    const receivers = { pager: { url: 'hunter2' }, chat: { url: 'http://x', secret: 'hunter2' } };
    const hub = new Program('hub', { HUB_WEBHOOKS: JSON.stringify(receivers), HUB_PORT: 'x' });
    hub.start();
    expect((await hub.ended()).code).toBe(78);
    expect(hub.logs().match(/^HUB_(WEBHOOKS: (pager|chat)|PORT): /gm)).toHaveLength(4);
    expect(hub.logs()).not.toContain('hunter2');
  });
});
