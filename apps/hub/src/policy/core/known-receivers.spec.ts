import { unknownReceivers } from './known-receivers';

describe('receivers that a policy names', () => {
  it('are all to be known to the hub, which says whom it knows', () => {
    const policy = { haltWebhooks: ['pager', 'chat', 'mail'] };
    expect(unknownReceivers(policy, ['mail', 'chat', 'pager'])).toEqual([]);
    expect(unknownReceivers(policy, ['team', 'chat'])).toEqual([
      expect.objectContaining({
        ...{
          pointer: '/spec/onHalt/notify/0',
          code: 'RECEIVER_UNKNOWN',
          expected: 'one of webhook:chat, webhook:team',
        },
        detail: 'the hub has no receiver pager; there is webhook:chat, webhook:team (HUB_WEBHOOKS)',
      }),
      expect.objectContaining({ pointer: '/spec/onHalt/notify/2' }),
    ]);
    expect(unknownReceivers(policy, [])[0]).toMatchObject({
      detail: 'the hub has no receiver pager; there is none (HUB_WEBHOOKS)',
      expected: 'none: the hub is configured with no receiver',
    });
    expect(unknownReceivers({}, [])).toEqual([]);
  });
});
