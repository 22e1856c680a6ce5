/** What completion has to know of a command. */
export type CommandShape = Readonly<{
  names: readonly string[];
  /** Long flags, and whether a value follows. */
  flags: readonly Readonly<{
    long: string;
    short: string | undefined;
    takesValue: boolean;
    values: readonly string[];
  }>[];
  commands: readonly CommandShape[];
}>;

/**
 * What may stand where the last word is being written.
 * @param words behind the name of the program; the last is the one that is written, perhaps empty.
 */
export function candidates(root: CommandShape, words: readonly string[]): string[] {
  const writing = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const path = commandsOf(root, before);
  const flags = path.flatMap((command) => command.flags);
  const open = flags.find((flag) => flag.takesValue && isFlag(flag, before.at(-1)));
  const all = open ? open.values : writing.startsWith('-') ? flags.map(({ long }) => long) : subcommands(path.at(-1));
  return [...new Set(all)].filter((word) => word.startsWith(writing)).sort();
}

/** The command that the words name, and those around it, from the outside in. */
function commandsOf(root: CommandShape, words: readonly string[]): CommandShape[] {
  const path = [root];
  let skip = false;
  for (const word of words) {
    const flag = path.flatMap(({ flags }) => flags).find((candidate) => isFlag(candidate, word));
    const next = skip ? undefined : path.at(-1)?.commands.find(({ names }) => names.includes(word));
    skip = flag?.takesValue === true;
    if (next) path.push(next);
  }
  return path;
}

const subcommands = (command: CommandShape | undefined): string[] =>
  (command?.commands ?? []).flatMap(({ names }) => names.slice(0, 1));

const isFlag = ({ long, short }: { long: string; short: string | undefined }, word: string | undefined): boolean =>
  word !== undefined && (word === long || word === short);
