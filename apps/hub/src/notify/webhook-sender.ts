import { createHmac } from 'node:crypto';
import type { Webhook } from '../config/webhook-config';
import type { Answer } from './core/delivery';
import { type Message, signedText } from './core/notice';

/** A receiver that has not answered by then has hung. */
const DEADLINE_MS = 10_000;

/** The headers that prove who sent a message, as Standard Webhooks have them. */
export const signatureHeaders = (
  message: Message,
  { key }: Pick<Webhook, 'key'>,
): Readonly<Record<string, string>> => ({
  'webhook-id': message.id,
  'webhook-timestamp': String(message.timestamp),
  'webhook-signature': `v1,${createHmac('sha256', Buffer.from(key.reveal(), 'base64')).update(signedText(message)).digest('base64')}`,
});

/**
 * Sends one message to the address that was configured, and to no other. Never throws for what the receiver does.
 * @param stop ends it early; what it comes to then means nothing.
 */
export async function sendWebhook(message: Message, webhook: Webhook, stop: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(webhook.url.reveal(), {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json', ...signatureHeaders(message, webhook) },
      body: message.body,
      signal: AbortSignal.any([stop, AbortSignal.timeout(DEADLINE_MS)]),
    });
    await response.body?.cancel().catch(() => undefined); // what it says is of no interest, nor whether it ends
    return { status: response.status, retryAfter: response.headers.get('retry-after') };
  } catch (error) {
    return { why: whyOf(error) };
  }
}

/** The code alone: messages hold the address. */
function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the connection failed';
  if (error.name === 'TimeoutError') return `no answer within ${DEADLINE_MS / 1000} s`;
  const { cause } = error;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? `the connection failed: ${code}` : 'the connection failed';
}
