import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { sourceFact as sourceSchema, workloadFact as workloadSchema } from '@app/contracts/wire/facts';
import type { Permit } from '@app/contracts/wire/hub-messages';
import { waitFor } from '@test/wait';
import { HubClock } from '../../apps/agent/src/link/core/hub-clock';
import { Outbox } from '../../apps/agent/src/link/core/outbox';
import { Results } from '../../apps/agent/src/link/core/results';
import { LinkSession } from '../../apps/agent/src/link/link-session';
import { ToldInventory } from '../../apps/agent/src/link/told-inventory';
import { MemoryInventory, sourceFact, workloadFact } from './channel/memory-cluster';

const frame = z.object({ t: z.string(), id: z.string(), body: z.record(z.string(), z.unknown()) });
type Frame = z.infer<typeof frame>;

/** Facts as a hub of protocol 1 has them: closed, and without what came later. */
const OLDER = {
  source: sourceSchema.omit({ annotations: true }),
  workload: workloadSchema.omit({ annotations: true, budget: true }),
};
const factsIn = ({ body }: Frame): readonly z.ZodSafeParseResult<unknown>[] => [
  ...z
    .array(z.unknown())
    .parse(body['sources'])
    .map((fact) => OLDER.source.safeParse(fact)),
  ...z
    .array(z.unknown())
    .parse(body['workloads'])
    .map((fact) => OLDER.workload.safeParse(fact)),
];

/** A hub that speaks one version of the protocol and knows everything that the agent's hello says it has. */
class SpokenHub {
  readonly frames: Frame[] = [];
  private seq = 0;
  private readonly server = new WebSocketServer({ port: 0, host: '127.0.0.1' });

  /** @param early a permit that comes before the welcome. */
  constructor(
    private readonly proto: number,
    early?: Permit,
  ) {
    this.server.on('connection', (socket) => {
      socket.on('message', (data: Buffer) => {
        const got = frame.parse(JSON.parse(data.toString('utf8')));
        this.frames.push(got);
        const welcome = {
          session: 's',
          sessionEpoch: 1,
          hubEpoch: 1,
          hubVersion: '0',
          heartbeatSeconds: 25,
          credits: 8,
        };
        const rest = { proto: this.proto, snapshot: 'none', revoked: [] };
        if (got.t === 'hello' && early) this.send(socket, 'permit', early);
        if (got.t === 'hello') this.send(socket, 'welcome', { ...welcome, ...rest });
        else this.send(socket, 'ack', { disposition: 'stored', retryAfterMs: 0 }, got.id);
      });
    });
  }

  async connect(): Promise<WebSocket> {
    if (this.server.address() === null) await once(this.server, 'listening');
    const socket = new WebSocket(`ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`);
    await once(socket, 'open');
    return socket;
  }

  of(type: string): readonly Frame[] {
    return this.frames.filter(({ t }) => t === type);
  }

  stop(): Promise<void> {
    this.server.clients.forEach((client) => client.terminate());
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private send(socket: WebSocket, t: string, body: object, re?: string): void {
    this.seq += 1;
    const envelope = { v: 1, t, id: `h${this.seq}`, seq: this.seq, ts: new Date().toISOString(), body };
    socket.send(JSON.stringify(re === undefined ? envelope : { ...envelope, re }));
  }
}

describe('an agent whose hub may be older', () => {
  let hub: SpokenHub;
  let inventory: MemoryInventory;
  let outbox: Outbox;
  let session: LinkSession;
  let over: Promise<unknown>;
  let permits: Permit[];
  let rules: unknown[];

  const begin = async (proto: number, early?: Permit): Promise<void> => {
    hub = new SpokenHub(proto, early);
    [permits, rules] = [[], []];
    inventory = new MemoryInventory();
    inventory.setSource({ ...sourceFact('db'), annotations: { policy: 'careful' } });
    inventory.setWorkload({ ...workloadFact('web'), annotations: { restartAfter: ['db'] }, budget: 'web' });
    outbox = new Outbox();
    const told = new ToldInventory(inventory);
    session = new LinkSession(await hub.connect(), {
      ...{ inventory: told, outbox, results: new Results(), hubClock: new HubClock() },
      handler: {
        permit: (permit) => void permits.push(permit),
        keyRules: (told) => void rules.push(told),
        ...{ cancel: () => undefined, maxHubEpochSeen: () => 1, obey: () => undefined },
      },
      log: { info: () => undefined, warn: () => undefined },
      options: {
        ...{ hubUrl: '', clusterName: 'c1', clusterLabels: {}, enrolmentToken: null, hubCa: null },
        ...{ keyId: 'k0a1b2c', agentVersion: '0.1.0', agentEpoch: 0 },
      },
      cluster: { uid: 'uid', version: 'v1.36.0' },
      onWelcome: () => undefined,
    });
    inventory.onChange((change) => {
      outbox.changed(change, told.digest());
      session.flush();
    });
    over = session.run();
  };
  afterEach(async () => {
    session.close();
    await hub.stop();
    await over;
  });

  it('of protocol version one: tells it everything anew, in the fields that it takes and with the digest of these', async () => {
    await begin(1);
    const [end] = await waitFor('the snapshot', () => hub.of('snapshotEnd').length > 0 && hub.of('snapshotEnd'));
    expect(
      hub
        .of('snapshotItems')
        .flatMap(factsIn)
        .map(({ success }) => success),
    ).toEqual([true, true]);
    expect(end?.body['inventoryDigest']).toBe(inventory.digest(1));
    inventory.setWorkload({ ...workloadFact('api'), annotations: { policy: 'careful' } });
    const [report] = await waitFor('the report', () => hub.of('report').length > 0 && hub.of('report'));
    expect(report && factsIn(report).map(({ success }) => success)).toEqual([true]);
    expect(report?.body['inventoryDigest']).toBe(inventory.digest(1));
    expect(hub.of('error')).toEqual([]);
  });

  it('counts every key where the hub knows of none that does not count', async () => {
    await begin(2);
    await waitFor('the rules', () => rules.length > 0);
    expect(rules).toEqual([[]]);
  });

  it('tells a hub of today all there is, and nothing twice', async () => {
    await begin(3);
    inventory.setWorkload({ ...workloadFact('api'), annotations: { policy: 'careful' } });
    const [report] = await waitFor('the report', () => hub.of('report').length > 0 && hub.of('report'));
    expect(report?.body['workloads']).toContainEqual(expect.objectContaining({ annotations: { policy: 'careful' } }));
    expect(hub.of('hello')[0]?.body['proto']).toEqual({ min: 1, max: 3 });
    expect(rules).toEqual([]);
    expect(hub.of('snapshotBegin')).toEqual([]);
  });

  it('obeys no permit before the welcome, which tells what was cancelled', async () => {
    await begin(3, {
      ...{ rollout: 'r-1', policy: 'p', attempt: 1, fence: 1, hubEpoch: 1, progressDeadlineSeconds: 60, causes: [] },
      notAfter: '2099-01-01T00:00:00.000Z',
      restarts: [
        {
          ...{ permit: 'r-1.1.Deployment/shop/web', uid: 'u', toRevision: 'k0a1b2c:AAAAAAAAAAAAAAAAAAAAAA' },
          workload: { kind: 'Deployment', namespace: 'shop', name: 'web' },
        },
      ],
    });
    const [refusal] = await waitFor('the refusal', () => hub.of('error').length > 0 && hub.of('error'));
    expect(refusal?.body).toMatchObject({ code: 'WelcomeExpected' });
    expect(permits).toEqual([]);
    inventory.setWorkload(workloadFact('api'));
    await waitFor('the report', () => hub.of('report').length > 0);
  });
});
