/** The flat `[name, value, …]` of a stream entry as an object. */
export function fieldsOf(flat: readonly string[]): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {};
  for (let at = 0; at + 1 < flat.length; at += 2) fields[flat[at] ?? ''] = flat[at + 1] ?? '';
  return fields;
}

/** `<milliseconds>-<sequence>`, as Redis writes it. */
export const STREAM_ID = /^(\d{1,15})-(\d{1,19})$/;

/** The instant that an entry's id holds, in epoch milliseconds; 0 when it is not an id. */
export const instantOf = (id: string): number => Number(STREAM_ID.exec(id)?.[1] ?? 0);
