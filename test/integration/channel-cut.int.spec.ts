import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { waitFor } from '@test/wait';
import { connect } from '../../apps/agent/src/link/connect';
import { FrameProxy } from '../e2e/frame-proxy';
import type { HubUnderTest } from './channel/hub-under-test';
import { LinkedAgents, linkOptions } from './channel/linked-agents';
import { workloadFact } from './channel/memory-cluster';
import { SharedGateway } from './channel/shared-gateway';

jest.setTimeout(30_000);

/** The agent's real link and the real gateway, with a wire between them that can be cut anywhere. */
describe('a link that is cut', () => {
  const gateway = SharedGateway.forAllTests('cut');
  const agents = LinkedAgents.forEachTest(gateway);
  let hub: HubUnderTest;
  let proxy: FrameProxy;

  beforeEach(async () => {
    hub = gateway.hub;
    proxy = await FrameProxy.start(hub.url);
  });
  afterEach(() => proxy.close());

  const linked = async (workloads: number) => {
    const own = agents.cluster();
    const { name, inventory } = own;
    for (let n = 0; n < workloads; n++) inventory.setWorkload(workloadFact(`w${n}`));
    const link = agents.link(own, await agents.tokenFor(own), proxy.url);
    const facts = () => hub.inbound.facts(name);
    const agreed = () => waitFor('both to agree', () => facts().digest === inventory.digest(), { intervalMs: 5 });
    await agreed();
    return { name, inventory, link, facts, agreed };
  };

  it('protocol 1: a report whose acknowledgement is lost is known once', async () => {
    const { inventory, facts, agreed } = await linked(1);
    proxy.keepBack(({ direction, type }) => direction === 'down' && type === 'ack');
    inventory.setWorkload(workloadFact('w0', { message: 'changed' }));
    const stored = () => JSON.stringify([...facts().workloads.values()]).includes('changed');
    await waitFor('the report to be stored', stored, { intervalMs: 5 });
    proxy.keepBack(() => false);
    proxy.cutAll();
    inventory.setWorkload(workloadFact('w1'));
    await agreed();
    expect([...facts().workloads.values()]).toEqual([workloadFact('w0', { message: 'changed' }), workloadFact('w1')]);
  });

  it('protocol 1: a report that is lost itself is sent again', async () => {
    const { inventory, facts, agreed } = await linked(1);
    proxy.keepBack(({ direction, type }) => direction === 'up' && type === 'report');
    inventory.setWorkload(workloadFact('w0', { message: 'changed' }));
    await waitFor('the report', () => proxy.frames.some(({ type }) => type === 'report'), { intervalMs: 5 });
    proxy.keepBack(() => false);
    proxy.cutAll();
    await agreed();
    expect([...facts().workloads.values()]).toEqual([workloadFact('w0', { message: 'changed' })]);
  });

  it('protocol 2: five hundred changes while apart are told once for each workload', async () => {
    const { inventory, link, facts, agreed } = await linked(5);
    proxy.cutAll();
    await waitFor('the end', () => !link.status().connected, { intervalMs: 5 });
    const before = proxy.frames.length;
    for (let n = 0; n < 500; n++) inventory.setWorkload(workloadFact(`w${n % 5}`, { message: `change ${n}` }));
    await agreed();
    const said = proxy.frames.slice(before).filter(({ direction }) => direction === 'up');
    const told = said.flatMap(({ text }) => [...text.matchAll(/"message":"change (\d+)"/g)].map(([, n]) => Number(n)));
    expect(told.sort()).toEqual([495, 496, 497, 498, 499]);
    expect(facts().workloads.size).toBe(5);
  });

  it('protocol 21: a cluster that has really become empty is known as empty, after a second look', async () => {
    const { name, inventory, link, facts, agreed } = await linked(3);
    proxy.cutAll();
    await waitFor('the end', () => !link.status().connected, { intervalMs: 5 });
    for (let n = 0; n < 3; n++) inventory.removeWorkload(`Deployment/shop/w${n}`);
    const before = hub.inbound.count('snapshot', name);
    await agreed();
    expect(facts().workloads.size).toBe(0);
    expect(hub.inbound.count('snapshot', name)).toBe(before + 1);
    const refusals = proxy.frames.filter(({ text }) => text.includes('SnapshotUnconfirmed'));
    expect(refusals).toHaveLength(1);
  });

  it('protocol 31: everybody whose connection is dropped at once is back by itself', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => linked(1)));
    proxy.cutAll();
    for (const { inventory } of all) inventory.setWorkload(workloadFact('later'));
    await Promise.all(all.map(({ agreed }) => agreed()));
    expect(all.map(({ link }) => link.status().connected)).toEqual(all.map(() => true));
  });

  it('protocol 13: a hub that takes the connection and says nothing is given up by the deadline', async () => {
    const mute: Server = createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const began = performance.now();
    const answer = await connect(linkOptions(url, 'a', null), 'token', 200);
    expect(answer.kind).toBe('unreachable');
    expect(performance.now() - began).toBeLessThan(5000);
    mute.close();
  });
});
