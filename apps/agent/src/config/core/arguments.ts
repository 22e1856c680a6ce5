/** How a flag's value is read. `switch` may stand without a value; `list` is comma-separated with quotes and may be repeated. */
export type FlagType = 'switch' | 'text' | 'list';
export type FlagTable = Readonly<Record<string, FlagType>>;
export type RawSettings = Readonly<{ values: ReadonlyMap<string, readonly string[]>; problems: readonly string[] }>;

/** The environment's spelling of a flag: `is-Argo-Rollouts` → `IS_ARGO_ROLLOUTS`. */
export const envNameOf = (flag: string): string => flag.replace(/-/g, '_').toUpperCase();

/**
 * Collects what the command line and the environment say for each flag of the table; the command line wins.
 * Unknown flags and stray words are problems: a misspelt flag must not be a flag that silently does nothing.
 */
export function readSettings(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  table: FlagTable,
): RawSettings {
  const problems: string[] = [];
  const values = new Map<string, string[]>();
  for (const flag of Object.keys(table)) {
    const value = env[envNameOf(flag)];
    if (value !== undefined && value !== '') values.set(flag, [value]);
  }
  const given = new Map<string, string[]>();
  for (let at = 0; at < argv.length;) at += takeArgument(argv.slice(at), table, given, problems);
  for (const [flag, list] of given) values.set(flag, list);
  return { values, problems };
}

/** Reads the first argument; the number of arguments it used up. */
function takeArgument(
  rest: readonly string[],
  table: FlagTable,
  given: Map<string, string[]>,
  problems: string[],
): number {
  const { word, flag, attached } = split(rest[0] ?? '');
  const type = new Map(Object.entries(table)).get(flag);
  if (type === undefined) {
    problems.push(`${word}: is no flag of the agent: docs/agent.md lists them`);
    return 1;
  }
  const takesNext = attached === undefined && type !== 'switch';
  const value = takesNext ? rest[1] : (attached ?? 'true');
  if (value === undefined) problems.push(`--${flag}: needs a value`);
  else given.set(flag, [...((type === 'list' && given.get(flag)) || []), value]);
  return takesNext ? 2 : 1;
}

/** `word`: the argument without its value, which may be a secret. */
function split(argument: string): Readonly<{ word: string; flag: string; attached: string | undefined }> {
  const [, flag = '', attached] = /^--?([A-Za-z][A-Za-z-]*)(?:=(.*))?$/s.exec(argument) ?? [];
  return { word: argument.replace(/=.*/s, ''), flag, attached };
}

/** Comma-separated values, where double quotes keep a comma inside and are themselves dropped, as in CSV. */
export function splitList(values: readonly string[]): readonly string[] {
  return values.flatMap((value) => {
    const parts = value.match(/(?:"(?:[^"]|"")*"|[^,])+/g) ?? [];
    return parts
      .map((part) => part.replace(/""/g, '\u0000').replace(/"/g, '').replaceAll('\u0000', '"').trim())
      .filter((part) => part !== '');
  });
}

/** Go's `strconv.ParseBool`; undefined for anything else. */
export function parseSwitch(value: string): boolean | undefined {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(value)) return true;
  return ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(value) ? false : undefined;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** A duration as Go writes them, such as `1s`, `500ms`, `1h30m` or `0`, in ms; undefined for anything else and below 0. */
export function parseDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^\+?((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * (UNIT_MS[unit ?? ''] ?? 0),
    0,
  );
}
