import { hash } from 'node:crypto';
import type { JsonRecord } from '../kube/core/json';
import type { DigestedKind } from './core/adoption';
import { recordAt } from './core/read';

/**
 * The SHA-1 that Reloader would write for a ConfigMap or a Secret. Anyone can try out short values on it: it is for
 * comparing with a mark that Reloader left, and must never leave the process.
 */
export function reloaderDigest(kind: DigestedKind, object: JsonRecord): string {
  const data = Object.entries(recordAt(object, 'data')).map(([key, value]) => {
    const content = kind === 'Secret' ? Buffer.from(String(value), 'base64') : Buffer.from(String(value));
    return Buffer.concat([Buffer.from(`${key}=`), content]);
  });
  const binary = kind === 'ConfigMap' ? Object.entries(recordAt(object, 'binaryData')) : [];
  const all = [...data, ...binary.map(([key, value]) => Buffer.from(`${key}=${String(value)}`))];
  const sorted = all.sort((a, b) => Buffer.compare(a, b));
  return hash('sha1', Buffer.concat(sorted.flatMap((part, at) => (at === 0 ? [part] : [SEPARATOR, part]))));
}

const SEPARATOR = Buffer.from(';');
