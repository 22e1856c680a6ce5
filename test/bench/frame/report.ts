import type { Outcome, Row, Scenario } from './scenario';

const COLUMNS = ['measure', 'ours', 'peer', 'floor', 'ratio', 'target', 'verdict'];

const verdict = ({ met }: Row): string => (met === null ? '' : met ? 'met' : 'MISSED');

const cells = (row: Row): string[] => [
  ...[row.measure, row.ours, row.peer, row.floor, row.ratio, row.target],
  verdict(row),
];

/** Every cell as wide as its column. */
function aligned(lines: readonly (readonly string[])[]): string[][] {
  const widths = COLUMNS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)));
}

/** For the terminal. */
export function asText({ id, title }: Scenario, { rows, notes, missed }: Outcome): string {
  const table = aligned([COLUMNS, ...rows.map(cells)]).map((line) => line.join('  ').trimEnd());
  return [`${id} ${title}`, '', ...table, '', ...notes, ...missed.map((what) => `NEVER REACHED: ${what}`)].join('\n');
}

/** `load`: the load average when the scenario began; what other things run disturbs the times. */
export type Circumstances = Readonly<{ machine: string; day: string; rounds: number; load: number }>;

/** One section of the page of results. */
export function asSection(
  scenario: Scenario,
  { rows, notes }: Outcome,
  { machine, day, rounds, load }: Circumstances,
): string {
  const [head = [], ...body] = aligned([COLUMNS, ...rows.map(cells)]);
  const table = [head, head.map((cell) => '-'.repeat(cell.length)), ...body];
  return [
    `## ${scenario.id}: ${scenario.title}`,
    '',
    `${day}, ${rounds} rounds, medians of rounds (least–most). ${machine}. Load average at the start ${load.toFixed(1)}.`,
    '',
    ...table.map((line) => `| ${line.join(' | ')} |`),
    '',
    ...notes.map((note) => `- ${note}`),
    '',
  ].join('\n');
}

const HEAD = `# Benchmarks

What \`npm run bench -- --write\` measured. Within a scenario all programs are measured in one run on one machine, in turn;
only the ratios are to be trusted elsewhere. Times run from the moment a writer sends its change to the moment an observer
sees the effect in a watch of its own. The floor is the least that could be done by anybody: see the notes of each scenario.
`;

/** The page with this section in its place; sections of other scenarios stay as they are. */
export function withSection(page: string, id: string, section: string): string {
  const others = page.split(/^(?=## )/m).filter((part) => part.startsWith('## ') && !part.startsWith(`## ${id}:`));
  const sections = [...others.map((part) => `${part.trimEnd()}\n`), section].sort((a, b) => numberOf(a) - numberOf(b));
  return [HEAD, ...sections].join('\n');
}

const numberOf = (section: string): number => Number(/^## B(\d+)/.exec(section)?.[1] ?? 0);
