import type { EventView } from '@app/contracts/api/views';
import { fieldsOf, instantOf } from '../../../audit/core/stream';

/** An entry of the event stream as the API shows it. */
export function eventView(id: string, flat: readonly string[]): EventView {
  const { at, type, rollout, cluster, reason, message } = fieldsOf(flat);
  return {
    id,
    at: new Date(Number(at ?? instantOf(id))).toISOString(),
    type: type ?? '',
    rollout: rollout === undefined || rollout === '' ? null : rollout,
    cluster: cluster === undefined || cluster === '' ? null : cluster,
    reason: reason ?? '',
    message: message ?? '',
  };
}

/** A server-sent event. The id lets a client that lost its connection go on from here. */
export const sseFrame = (event: EventView): string =>
  `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

/** Comment that keeps proxies from closing a quiet stream. */
export const SSE_HEARTBEAT = ': still here\n\n';

/** Told when entries after the client's `Last-Event-ID` are gone already: it has to read the state anew. */
export const sseGap = (lastId: string): string => `event: Gap\ndata: ${JSON.stringify({ lastId })}\n\n`;

/** Told to a client whose stream the hub ends; what it may do about it is in `detail`. */
export const sseClosed = (reason: string, detail: string): string =>
  `event: Closed\ndata: ${JSON.stringify({ reason, detail })}\n\n`;

export const SSE_PREAMBLE = 'retry: 2000\n\n';
