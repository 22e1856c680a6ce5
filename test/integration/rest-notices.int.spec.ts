import type { PolicyView, Problem } from '@app/contracts/api/views';
import { ask, startHub } from './rest-hub';
import { SharedHub } from './shared-hub';

const secret = Buffer.alloc(32, 'k').toString('base64');
const receiver = { url: 'https://receiver.example/in', secret };
const HEAD = 'apiVersion: fleet-reloader.io/v1\nkind: RolloutPolicy\nmetadata: { name: told }\nspec:\n  rollout: all\n';
const told = (...names: string[]): string =>
  `${HEAD}  onHalt:\n    notify:\n${names.map((name) => `      - webhook:${name}\n`).join('')}`;

describe('policies that have people told of a halt', () => {
  const hub = SharedHub.forAllTests({ env: { HUB_WEBHOOKS: JSON.stringify({ pager: receiver, chat: receiver }) } });
  const YAML = { 'Content-Type': 'application/yaml' };

  it.each(['PUT /policies/told', 'POST /policies:validate'])(
    '%s: name receivers that the hub has, or are refused with those that it has',
    async (request) => {
      const refused = await ask(hub, request, { body: told('pager', 'beeper', 'mail'), headers: YAML });
      const { errors } = refused.body as Problem;
      expect([refused.status, errors.map(({ pointer, code, line }) => `${line} ${code} ${pointer}`)]).toEqual([
        422,
        ['9 RECEIVER_UNKNOWN /spec/onHalt/notify/1', '10 RECEIVER_UNKNOWN /spec/onHalt/notify/2'],
      ]);
      expect(errors[0]).toMatchObject({
        detail: expect.stringContaining('no receiver beeper') as string,
        expected: 'one of webhook:chat, webhook:pager',
      });
      expect((await ask(hub, 'GET /policies/told')).status).toBe(404);
    },
  );

  it('stay in force where a receiver is taken away, with a warning', async () => {
    const stored = await ask(hub, 'PUT /policies/told', { body: told('pager', 'chat'), headers: YAML });
    expect(stored).toMatchObject({ status: 200, body: { version: 1, warnings: [] } });
    const other = await startHub(hub.redis, { env: { HUB_WEBHOOKS: JSON.stringify({ chat: receiver }) } });
    try {
      const { body } = await ask(other, 'GET /policies/told');
      expect((body as PolicyView).warnings).toEqual([
        { code: 'RECEIVER_UNKNOWN', detail: expect.stringContaining('no receiver pager') as string },
      ]);
    } finally {
      await other.close();
    }
  });
});
