import { FORCED_ANNOTATION, OUR_PREFIX, REVISION_ANNOTATION } from '@app/contracts/annotations';
import { revision, type Revision } from '@app/contracts/revision';

/**
 * Written only when a template carries the wanted revision already although its pods run something else: without it
 * a restart would change no annotation, and so restart nothing.
 */
export const AGAIN_ANNOTATION = `${OUR_PREFIX}/again`;

/** What the last restart of ours left in a pod template. */
export type Mark = Readonly<{
  /** The revision that it brought; null: there is none of ours. */
  stamp: Revision | null;
  /** Tells two restarts apart that brought the same revision one after the other; null without a stamp. */
  mark: string | null;
}>;

const NO_STAMP: Mark = Object.freeze({ stamp: null, mark: null });

/** Reads the annotations of a pod template. */
export function markOf(annotations: Readonly<Record<string, unknown>>): Mark {
  const found = annotations[REVISION_ANNOTATION];
  if (found === undefined) return NO_STAMP; // most often; and to be told so by a schema is dear
  const stamp = revision.safeParse(found);
  if (!stamp.success) return NO_STAMP;
  const again = annotations[AGAIN_ANNOTATION];
  return { stamp: stamp.data, mark: typeof again === 'string' ? `${stamp.data}#${again}` : stamp.data };
}

type Seen = Readonly<{ record: Pick<Mark, 'mark'> & { resourceVersion: string }; markedAfter: string }>;

/**
 * A version of the workload after which the write came that left this mark, or that very version; empty: not known.
 * `isNext`: there is no version between the two.
 */
export function markedAfter(before: Seen | null, now: Seen['record'], isNext: boolean): string {
  if (before === null) return '';
  if (before.record.mark === now.mark) return before.markedAfter;
  return isNext ? now.resourceVersion : before.record.resourceVersion;
}

/**
 * Where a restart leaves its mark: in the pod template; beside it in the metadata when the template must stay as it is;
 * or on what comes of the restart, and not on the workload (a CronJob's Job).
 */
export type Carrier = 'template' | 'metadata' | 'elsewhere';

/** A mark with what forced a restart last; null: nothing did. */
export type CarriedMark = Mark & Readonly<{ forced: string | null }>;

const NO_MARK: CarriedMark = { stamp: null, mark: null, forced: null };

type Values = Readonly<Record<string, unknown>>;

/** Reads the annotations that carry the mark of a workload. */
export function carriedMark(carrier: Carrier, metadata: Values, template: Values): CarriedMark {
  if (carrier === 'elsewhere') return NO_MARK;
  const values = carrier === 'metadata' ? metadata : template;
  const forced = values[FORCED_ANNOTATION];
  return { ...markOf(values), forced: typeof forced === 'string' ? forced : null };
}
