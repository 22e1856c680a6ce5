/** One column of a list of things. `wide`: shown under `-o wide` only. */
export type Column<T> = Readonly<{
  header: string;
  /** @param now epoch milliseconds, for ages. */
  value: (item: T, now: number) => string | number;
  wide?: true;
}>;

/** How things of one kind are shown. `name` is what `-o name` prints, one per line. */
export type View<T> = Readonly<{ columns: readonly Column<T>[]; name: (item: T) => string }>;

const GAP = '  ';

/**
 * Lines of a table with a header, columns aligned to the left.
 * @param width lines are cut there; null leaves them as they are, for pipes.
 */
export function tableLines(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  width: number | null,
): string[] {
  const shown = [header, ...rows.map((row) => row.map(cell))];
  const widths = header.map((_, column) => Math.max(...shown.map((row) => lengthOf(row[column] ?? ''))));
  return shown.map((row) => {
    const line = row
      .map((text, column) => pad(text, widths[column] ?? 0))
      .join(GAP)
      .trimEnd();
    return width === null ? line : truncate(line, width);
  });
}

/** The table of some items under their view. */
export function viewLines<T>(
  view: View<T>,
  items: readonly T[],
  how: Readonly<{ wide: boolean; width: number | null; now: number }>,
): string[] {
  const columns = view.columns.filter((column) => how.wide || column.wide !== true);
  const rows = items.map((item) => columns.map(({ value }) => String(value(item, how.now))));
  return tableLines(
    columns.map(({ header }) => header),
    rows,
    how.width,
  );
}

/** Text from elsewhere on one line and without control characters: it must not move the cursor of who reads it. */
export const oneLine = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');

/** Cuts at a number of characters, with an ellipsis where something was left out. */
export function truncate(text: string, width: number): string {
  const characters = Array.from(text);
  if (characters.length <= width) return text;
  return `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

/** An empty cell would shift what `awk` takes for the columns. */
const cell = (text: string): string => {
  const shown = oneLine(text).trim();
  return shown === '' ? '-' : shown;
};
const lengthOf = (text: string): number => Array.from(text).length;
const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - lengthOf(text)));
