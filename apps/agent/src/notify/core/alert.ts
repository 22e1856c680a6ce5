import type { SourceRef, WorkloadRef } from '@app/contracts/objects';

export type Alert = Readonly<{ source: SourceRef; workload: WorkloadRef }>;
export const ALERT_SINKS = ['slack', 'teams', 'gchat', 'raw'] as const;
export type AlertSink = (typeof ALERT_SINKS)[number];
export type Letter = Readonly<{ contentType: string; body: string }>;

/** One sentence, with Reloader's words: people have rules on it. `info` stands before it. */
export function alertText({ source, workload }: Alert, info: string | null): string {
  const sentence =
    `Reloader detected changes in *${source.name}* of type *${source.kind.toUpperCase()}* ` +
    `in namespace *${source.namespace}*. Hence reloaded *${workload.name}* of type *${workload.kind}* ` +
    `in namespace *${workload.namespace}*`;
  return info === null ? sentence : `${info} : ${sentence}`;
}

/** The sentence in the form that the sink takes. */
export function alertLetter(sink: AlertSink, text: string): Letter {
  switch (sink) {
    case 'slack':
      return json({ attachments: [{ text, color: 'good', author_name: 'Reloader' }] });
    case 'teams':
    case 'gchat':
      return json({ text });
    case 'raw':
      return { contentType: 'text/plain', body: text.replaceAll('*', '') };
  }
}

/** Did the sink take it? A redirect is an answer of something else than the sink. */
export const isTaken = (sink: AlertSink, status: number): boolean =>
  sink === 'teams' || sink === 'gchat' ? status === 200 : status >= 200 && status < 300;

const json = (body: unknown): Letter => ({ contentType: 'application/json', body: JSON.stringify(body) });
