import pino from 'pino';
import type { SourceRef } from '@app/contracts/objects';
import { type Arrival, ListeningEndpoint } from '@test/listening-endpoint';
import { waitFor } from '@test/wait';
import { WebhookOrders } from '../../apps/agent/src/notify/webhook-orders';

const SOURCE: SourceRef = { kind: 'Secret', namespace: 'shop', name: 'db' };
const MOVES = ['created', 'deleted', 'updated'] as const;

let endpoint: ListeningEndpoint;
let orders: WebhookOrders | undefined;

beforeEach(async () => {
  endpoint = await ListeningEndpoint.start();
});
afterEach(async () => {
  orders?.stop();
  await endpoint.stop();
});

const told = (): readonly Arrival[] => endpoint.arrivals.filter(({ method }) => method !== 'GET');

/** What is told of a source that comes, goes and changes, before everything is known and after it. */
async function toldOf(onCreate: boolean, onDelete: boolean): Promise<readonly Arrival[]> {
  orders = new WebhookOrders(new URL(`${endpoint.url}/hook?a=b`), { onCreate, onDelete }, pino({ enabled: false }));
  for (const how of MOVES) orders.sourceMoved(SOURCE, how);
  await orders.start(Promise.resolve());
  for (const how of MOVES) orders.sourceMoved(SOURCE, how);
  await waitFor('the change to be told', () => told().length > Number(onCreate) + Number(onDelete));
  // Whatever was sent by now comes before what begins now.
  for (let at = 0; at < 5; at += 1) await fetch(endpoint.url);
  return told();
}

describe('agent 187: the webhook', () => {
  it.each([
    [false, false, 1],
    [true, false, 2],
    [false, true, 2],
    [true, true, 3],
  ])(
    'with appearances %p and deletions %p is told of what happens once everything is known',
    async (onCreate, onDelete, times) => {
      const body = '{"webhook":"update successful"}';
      const letter = { method: 'POST', path: '/hook?a=b', contentType: 'application/json', body };
      expect(await toldOf(onCreate, onDelete)).toEqual(Array.from({ length: times }, () => letter));
    },
  );
});
