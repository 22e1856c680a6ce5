import { parseJson } from '@app/contracts/parse-json';
import { isKubeObject, isRecord, type JsonRecord } from '../../kube/core/json';
import type { KubeObject } from '../../kube/kube.port';

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** What one line of a watch says. */
export type WatchLine =
  | Readonly<{ type: 'upsert'; object: KubeObject }>
  | Readonly<{ type: 'gone'; object: KubeObject }>
  /** `initialEnd`: everything that existed at the start of a streamed list has been sent. */
  | Readonly<{ type: 'bookmark'; resourceVersion: string; initialEnd: boolean }>
  /** The version we asked from is not kept any more, or does not exist yet (a restored backup): list again. */
  | Readonly<{ type: 'expired' }>
  | Readonly<{ type: 'refused'; code: number; reason: string; message: string }>
  | Readonly<{ type: 'malformed'; why: string }>;

/** Reads one decoded line; never throws, whatever the line holds. The line itself is never repeated in `why`: it may be a Secret. */
export function readWatchLine(text: string): WatchLine {
  const json = parseJson(text);
  if (!isRecord(json)) return { type: 'malformed', why: 'a line is not a JSON object' };
  const object = json['object'];
  switch (json['type']) {
    case 'ADDED':
    case 'MODIFIED':
      return isKubeObject(object)
        ? { type: 'upsert', object }
        : { type: 'malformed', why: 'an object has no identity' };
    case 'DELETED':
      return isKubeObject(object) ? { type: 'gone', object } : { type: 'malformed', why: 'an object has no identity' };
    case 'BOOKMARK':
      return readBookmark(object);
    case 'ERROR':
      return readError(isRecord(object) ? object : {});
    default:
      return { type: 'malformed', why: 'an event is of an unknown type' };
  }
}

function readBookmark(object: unknown): WatchLine {
  const metadata = isRecord(object) && isRecord(object['metadata']) ? object['metadata'] : {};
  const { resourceVersion, annotations } = metadata;
  if (typeof resourceVersion !== 'string') return { type: 'malformed', why: 'a bookmark has no resourceVersion' };
  return {
    type: 'bookmark',
    resourceVersion,
    initialEnd: isRecord(annotations) && annotations[INITIAL_EVENTS_END] === 'true',
  };
}

function readError(status: JsonRecord): WatchLine {
  const { code, reason, message } = status;
  if (code === 410 || reason === 'Expired' || reason === 'Gone' || isVersionTooLarge(status))
    return { type: 'expired' };
  return {
    type: 'refused',
    code: typeof code === 'number' ? code : 0,
    reason: typeof reason === 'string' ? reason : 'Unknown',
    message: typeof message === 'string' ? message : 'the API server ended the watch',
  };
}

function isVersionTooLarge(status: JsonRecord): boolean {
  const details = isRecord(status['details']) ? status['details'] : {};
  const causes: readonly unknown[] = Array.isArray(details['causes']) ? details['causes'] : [];
  return causes.some((cause) => isRecord(cause) && cause['reason'] === 'ResourceVersionTooLarge');
}
