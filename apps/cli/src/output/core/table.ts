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

/** A column is not cut to fewer characters than this. */
const LEAST_WIDTH = 12;

/**
 * Lines of a table with a header, columns aligned to the left.
 * @param width what is too wide for it is cut: the widest columns first, never the first one, which names things; null
 * leaves all as it is, for pipes.
 */
export function tableLines(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  width: number | null,
): string[] {
  const shown = [header, ...rows.map((row) => row.map(cell))];
  const needed = header.map((_, column) => Math.max(...shown.map((row) => lengthOf(row[column] ?? ''))));
  const widths = width === null ? needed : fitted(needed, width);
  return shown.map((row) => {
    const cells = row.map((text, column) => pad(truncate(text, widths[column] ?? 0), widths[column] ?? 0));
    const line = cells.join(GAP).trimEnd();
    return width === null ? line : truncate(line, width);
  });
}

/** The columns that are cut so that all fit: the end of a line says what is wrong, so it must not be what is lost. */
function fitted(needed: readonly number[], width: number): readonly number[] {
  const widths = [...needed];
  const total = (): number => widths.reduce((sum, each) => sum + each, GAP.length * (widths.length - 1));
  for (let excess = total() - width; excess > 0; excess = total() - width) {
    const widest = Math.max(...widths.slice(1));
    if (widest <= LEAST_WIDTH) break;
    widths[widths.indexOf(widest, 1)] = widest - 1;
  }
  return widths;
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
