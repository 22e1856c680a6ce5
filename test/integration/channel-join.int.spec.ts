import { generateKeyPairSync } from 'node:crypto';
import { waitFor } from '@test/wait';
import { IDENTITY_SECRET } from '../../apps/agent/src/link/identity';
import type { HubUnderTest } from './channel/hub-under-test';
import { LinkedAgents, online } from './channel/linked-agents';
import { sourceFact, workloadFact } from './channel/memory-cluster';
import { SharedGateway } from './channel/shared-gateway';

jest.setTimeout(30_000);

/** How an agent gets to be known by the real gateway, and what it says when it is not let in. */
describe('the link of an agent', () => {
  const gateway = SharedGateway.forAllTests('join');
  const agents = LinkedAgents.forEachTest(gateway);
  let hub: HubUnderTest;

  beforeAll(() => {
    hub = gateway.hub;
  });

  it('enrols, keeps its identity in the cluster, and tells everything', async () => {
    const own = agents.cluster();
    for (let n = 0; n < 450; n++) own.inventory.setWorkload(workloadFact(`w${n}`));
    own.inventory.setSource(sourceFact('db'));
    const link = agents.link(own, await agents.tokenFor(own));
    await waitFor('the snapshot', () => hub.inbound.facts(own.name).workloads.size === 450);
    expect(hub.inbound.facts(own.name)).toMatchObject({ digest: own.inventory.digest() });
    expect(own.handler.epoch).toBeGreaterThan(0);
    const secret = own.store.secrets.get(IDENTITY_SECRET);
    expect(Object.keys(secret ?? {}).sort()).toEqual(['cluster', 'hubId', 'privateKey']);
    await link.stop();
    await online(agents.link(own, null));
  });

  it('survives a restart between making its key and storing the answer', async () => {
    const own = agents.cluster();
    const token = await agents.tokenFor(own);
    const update = own.store.updateSecret.bind(own.store);
    own.store.updateSecret = () => Promise.reject(new Error('the API server is away'));
    const dying = agents.link(own, token);
    await waitFor('the registration', () => hub.registry.get(own.name));
    await dying.stop();
    own.store.updateSecret = update;
    await online(agents.link(own, token));
  });

  it('says why it is not let in, and does not hammer', async () => {
    const own = agents.cluster();
    const without = agents.link(own, null);
    await waitFor('the reason', () => without.status().detail.startsWith('EnrolmentTokenMissing'));
    const wrong = agents.link(agents.cluster(), `fre_aaaaaaaaaaaa_${'x'.repeat(43)}`);
    await waitFor('the reason', () => wrong.status().detail.startsWith('TokenUnknown'));
    const nowhere = agents.link(agents.cluster(), 'fre_x', 'http://127.0.0.1:1');
    await waitFor('the reason', () => nowhere.status().detail.startsWith('hub unreachable'));
  });

  it('enrols again with a new token when the hub has forgotten it', async () => {
    const own = agents.cluster();
    const first = agents.link(own, await agents.tokenFor(own));
    await online(first);
    await first.stop();
    await hub.registry.remove(own.name);
    await online(agents.link(own, await agents.tokenFor(own)));
  });

  it('says why the hub rejected it after the connection was open', async () => {
    const [own, copy] = [agents.cluster(), agents.cluster()];
    const first = agents.link(own, await agents.tokenFor(own));
    await online(first);
    await first.stop();
    for (const [name, data] of own.store.secrets) copy.store.secrets.set(name, data);
    const link = agents.link(copy, null);
    await waitFor('the reason', () => link.status().detail.startsWith('IdentityConflict: '));
  });

  it('refuses an identity that is no Ed25519 key, and says which Secret holds it', async () => {
    const own = agents.cluster();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    own.store.secrets.set(IDENTITY_SECRET, {
      privateKey: Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    });
    const link = agents.link(own, 'fre_x');
    await waitFor('the reason', () => link.status().detail.includes(IDENTITY_SECRET));
  });
});
