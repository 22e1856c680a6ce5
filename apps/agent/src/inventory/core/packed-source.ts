import type { SourceRef } from '@app/contracts/objects';
import { NO_MARKS } from './opt-in';
import { NO_LABELS, type SourceRecord } from './records';

/**
 * A source as one text, its name aside. There may be tens of thousands, nearly all of which nobody asks for again, and
 * an object with its parts takes twice as much memory.
 */
export type PackedSource = string;

type Fields = Omit<SourceRecord, 'ref'>;

/** In this order. Whoever adds a field to the record is made to add it here. */
const FIELDS = Object.keys({
  uid: 0,
  revision: 0,
  started: 0,
  unread: 0,
  parts: 0,
  contentVersion: 0,
  replaced: 0,
  resourceVersion: 0,
  labels: 0,
  changedAt: 0,
  marks: 0,
  asked: 0,
  misread: 0,
} satisfies Record<keyof Fields, 0>) as readonly (keyof Fields)[];

/** Stands for what is not there. No field holds a number. */
const LEFT_OUT = 0;
/** What most sources have alike. */
const USUAL: Partial<Fields> = { labels: NO_LABELS, marks: NO_MARKS };

export const packSource = (record: SourceRecord): PackedSource =>
  JSON.stringify(FIELDS.map((field) => (isUsual(field, record[field]) ? LEFT_OUT : record[field])));

export function unpackSource(ref: SourceRef, packed: PackedSource): SourceRecord {
  const values = JSON.parse(packed) as readonly unknown[];
  const entries = FIELDS.map((field, index) => [field, values[index]] as const);
  const there = entries.filter(([, value]) => value !== LEFT_OUT);
  return { ref, ...USUAL, ...(Object.fromEntries(there) as Fields) };
}

function isUsual(field: keyof Fields, value: unknown): boolean {
  if (value === undefined || value === USUAL[field]) return true;
  return field === 'marks' && JSON.stringify(value) === JSON.stringify(NO_MARKS);
}
