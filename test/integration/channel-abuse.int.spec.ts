import { waitFor } from '@test/wait';
import type { HubUnderTest } from './channel/hub-under-test';
import { workloadFact } from './channel/memory-cluster';
import { type RawSocket, report } from './channel/raw-agent';
import { SharedGateway } from './channel/shared-gateway';

/** protocol: what ends a session at once. */
describe('frames on the agent channel', () => {
  const gateway = SharedGateway.forAllTests('abuse', { snapshotBytes: 1024 * 1024 });
  let hub: HubUnderTest;

  beforeAll(() => {
    hub = gateway.hub;
  });

  describe('a frame that no honest agent sends', () => {
    const abuse: readonly (readonly [string, (socket: RawSocket) => void, number])[] = [
      ['not JSON', (socket) => socket.socket.send('{"v":1'), 1008],
      ['of no known shape', (socket) => socket.send('heartbeat', { pending: 'many' }), 1008],
      ['with a field more', (socket) => socket.send('heartbeat', { pending: 0, inventoryDigest: '', data: 'x' }), 1008],
      ['a second hello', (socket) => socket.hello('uid'), 1008],
      ['binary', (socket) => socket.socket.send(Buffer.from('{}')), 1008],
      ['repeated', (socket) => socket.send('heartbeat', { pending: 0, inventoryDigest: '' }, { seq: 1 }), 1008],
      ['nested 10,000 deep', (socket) => socket.socket.send(`${'['.repeat(10_000)}${']'.repeat(10_000)}`), 1008],
      ['over 256 KiB', (socket) => socket.socket.send(`"${'x'.repeat(256 * 1024)}"`), 1009],
      ['not UTF-8', (socket) => socket.socket.send(Buffer.from([0x22, 0xff, 0xfe, 0x22]), { binary: false }), 1007],
    ];
    it.each(abuse)('protocol 59: closes the connection: %s', async (_, send, code) => {
      const [agent, socket] = await gateway.connected();
      const before = hub.inbound.said.length;
      send(socket);
      socket.send('report', report({ workloads: [workloadFact('after')] }));
      expect((await socket.close()).code).toBe(code);
      await waitFor('the end', () => hub.inbound.count('disconnected', agent.cluster) === 1);
      expect(hub.inbound.said.slice(before).filter(({ what }) => what !== 'disconnected')).toEqual([]);
      expect((await agent.connect(hub)).kind).toBe('open');
    });

    it('protocol 59: closes the connection: one that never ends, in fragments of one byte', async () => {
      const [agent, raw] = await gateway.connected();
      for (let byte = 0; byte <= 256 * 1024; byte += 1) raw.socket.send('x', { fin: false });
      expect([1008, 1009]).toContain((await raw.close()).code);
      expect((await agent.connect(hub)).kind).toBe('open');
    });

    it('closes the connection: a snapshot that is larger than there is room for, and names it', async () => {
      const [agent, raw] = await gateway.connected();
      const workloads = Array.from({ length: 200 }, (_, n) => workloadFact(`w${n}`));
      raw.send('snapshotBegin', { snapshot: 's' });
      while (raw.closed === null && raw.socket.readyState === raw.socket.OPEN) {
        raw.send('snapshotItems', { snapshot: 's', sources: [], workloads });
        await new Promise(setImmediate);
      }
      expect(await raw.close()).toMatchObject({ code: 1008, reason: 'SnapshotTooLarge' });
      const error = raw.received.find(({ t }) => t === 'error');
      expect(error?.body).toMatchObject({ code: 'SnapshotTooLarge', message: expect.stringContaining('1 MiB') });
      expect(hub.inbound.count('snapshot', agent.cluster)).toBe(1);
      expect((await agent.connect(hub)).kind).toBe('open');
    });

    it('closes it before hello, too', async () => {
      const socket = await (await gateway.joined()).open(hub);
      socket.send('heartbeat', { pending: 0, inventoryDigest: '' });
      expect(await socket.close()).toMatchObject({ code: 1008, reason: 'HelloExpected' });
    });
  });
});
