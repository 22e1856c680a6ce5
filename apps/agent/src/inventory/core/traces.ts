import { RELOADER_MARKER_ANNOTATION } from '@app/contracts/annotations';
import { SOURCE_KINDS, type SourceKind } from '@app/contracts/objects';
import { isRecord, type JsonRecord } from '../../kube/core/json';
import type { Annotations } from './annotation-keys';
import { recordsAt, textAt } from './read';

/** A variable that stands for a source, as Reloader names it, and what it holds. */
export type Variable = Readonly<{ container: string; value: string }>;

/** What restarts in Reloader's way have left in a pod template: ours have keyed revisions in it, its own have SHA-1. */
export type Traces = Readonly<{
  variables: Readonly<Record<string, Variable>>;
  marker: Readonly<{ kind: SourceKind; name: string; hash: string }> | null;
}>;

/** Shared by the many workloads that carry none. */
export const NO_TRACES: Traces = Object.freeze({ variables: Object.freeze({}), marker: null });

export const VARIABLE_PREFIX = 'STAKATER_';

const SHA1 = /^[0-9a-f]{40}$/;

/** True for what only Reloader itself writes. */
export const isSha1 = (hash: string): boolean => SHA1.test(hash);

/** Reads a pod template. */
export function tracesOf(podSpec: JsonRecord, annotations: Annotations): Traces {
  const variables = Object.fromEntries(
    recordsAt(podSpec, 'containers').flatMap((container) =>
      recordsAt(container, 'env').flatMap((variable) => {
        const [name, value] = [textAt(variable, 'name') ?? '', textAt(variable, 'value')];
        const isTrace = name.startsWith(VARIABLE_PREFIX) && value !== undefined;
        return isTrace ? [[name, { container: textAt(container, 'name') ?? '', value }] as const] : [];
      }),
    ),
  );
  const marker = readMarker(annotations[RELOADER_MARKER_ANNOTATION]);
  return marker === null && Object.keys(variables).length === 0 ? NO_TRACES : { variables, marker };
}

function readMarker(text: string | undefined): Traces['marker'] {
  const marker = text === undefined ? {} : parse(text);
  const kind = SOURCE_KINDS.find((one) => one.toUpperCase() === marker['type']);
  const [name, hash] = [textAt(marker, 'name'), textAt(marker, 'hash')];
  return kind && name && hash ? { kind, name, hash } : null;
}

function parse(text: string): JsonRecord {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
