import type { SourceRef } from '@app/contracts/objects';
import type { RolloutVerb } from '@app/contracts/phases';
import { sourcesOf } from '../../rollout/core/cause';
import type { Instant, Rollout, Why } from '../../rollout/core/model';
import { allowedVerbs } from '../../rollout/core/verbs';

/** Something that one receiver is to be told, as it was when it came about. */
export type Notice = Readonly<
  Why & {
    /** The same at every try, so that a receiver can tell a repeat. */
    id: string;
    /** By name. */
    receiver: string;
    rollout: string;
    policy: Rollout['policy'];
    source: SourceRef | null;
    /** Of a rollout that several sources caused. */
    sources?: readonly SourceRef[];
    /** What a person could do then. */
    allowed: readonly RolloutVerb[];
    at: Instant;
    /** Tries that failed. */
    tries: number;
  }
>;

/** So long a sentence is told; the whole of it is where the link leads. */
const MESSAGE_LENGTH = 1000;

/** Whom the policy has told that the rollout is halted now, and of what. Each halt is told once. */
export function noticesOf(before: Rollout | null, after: Rollout, at: Instant): readonly Notice[] {
  const receivers = after.spec.haltWebhooks ?? [];
  if (receivers.length === 0 || after.phase !== 'Halted' || before?.phase === 'Halted') return [];
  const { id: rollout, policy, reason, message, cause } = after;
  const several = cause.group === undefined ? {} : { sources: sourcesOf(cause) };
  const told = { rollout, policy, reason, message: shortened(message), source: cause.source, ...several };
  const allowed = allowedVerbs(after);
  return receivers.map((receiver) => ({
    id: `halted_${rollout}_${at}_${receiver}`,
    ...{ receiver, ...told, allowed, at, tries: 0 },
  }));
}

const shortened = (text: string): string =>
  text.length <= MESSAGE_LENGTH ? text : `${text.slice(0, MESSAGE_LENGTH - 1)}…`;

/** What is sent: a type, when it came about, and data, as Standard Webhooks have it. @param publicUrl null: no link */
export const bodyOf = (notice: Notice, publicUrl: string | null): string => {
  const { rollout, policy, source, sources, reason, message, allowed, at } = notice;
  const url = publicUrl === null ? null : `${publicUrl}/api/v1/rollouts/${rollout}`;
  const data = { rollout, policy, source, sources, phase: 'Halted', reason, message, allowed, url };
  return JSON.stringify({ type: 'rollout.halted', timestamp: new Date(at).toISOString(), data });
};

/** One message as it is sent. `timestamp`: when, in epoch seconds. */
export type Message = Readonly<{ id: string; timestamp: number; body: string }>;

/** What the signature is made over. */
export const signedText = ({ id, timestamp, body }: Message): string => `${id}.${timestamp}.${body}`;
