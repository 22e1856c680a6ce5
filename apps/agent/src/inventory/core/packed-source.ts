import type { SourceRef } from '@app/contracts/objects';
import { NO_MARKS } from './opt-in';
import { NO_LABELS, type SourceRecord } from './records';

/**
 * A source as one text, its name aside. There may be tens of thousands, nearly all of which nobody asks for again, and
 * an object with its parts takes twice as much memory.
 */
export type PackedSource = string;

type Fields = Omit<SourceRecord, 'ref'>;

/** In this order: what most have comes first. Whoever adds a field to the record is made to add it here. */
const FIELDS = Object.keys({
  uid: 0,
  revision: 0,
  resourceVersion: 0,
  changedAt: 0,
  labels: 0,
  parts: 0,
  contentVersion: 0,
  started: 0,
  unread: 0,
  replaced: 0,
  replacedEarlier: 0,
  marks: 0,
  asked: 0,
  misread: 0,
} satisfies Record<keyof Fields, 0>) as readonly (keyof Fields)[];

/** Stands for what is not there; at the end it is left away. No field holds a number. */
const LEFT_OUT = 0;
/** What most sources have alike. */
const USUAL: Partial<Fields> = { labels: NO_LABELS, marks: NO_MARKS };

export function packSource(record: SourceRecord): PackedSource {
  const values = FIELDS.map((field) => (isUsual(field, record) ? LEFT_OUT : record[field]));
  return JSON.stringify(values.slice(0, values.findLastIndex((value) => value !== LEFT_OUT) + 1));
}

export function unpackSource(ref: SourceRef, packed: PackedSource): SourceRecord {
  const values = JSON.parse(packed) as readonly unknown[];
  const there = values.flatMap((value, index) => (value === LEFT_OUT ? [] : [[FIELDS[index], value] as const]));
  const fields = Object.fromEntries(there) as Omit<Fields, 'contentVersion'>;
  return { ref, ...USUAL, contentVersion: fields.resourceVersion, ...fields };
}

function isUsual(field: keyof Fields, record: SourceRecord): boolean {
  const value = record[field];
  if (value === undefined || value === USUAL[field]) return true;
  if (field === 'contentVersion') return value === record.resourceVersion;
  return field === 'marks' && JSON.stringify(value) === JSON.stringify(NO_MARKS);
}
