import { stringify } from 'yaml';
import type { CommandContext } from '../context';
import { oneLine, type View, viewLines } from './core/table';

/** Whether things are asked for as they are, for programs, and not as tables or names for people. */
export const isData = ({ output }: Pick<CommandContext, 'output'>): boolean => output === 'json' || output === 'yaml';

/** Prints a list in the format that was asked for; as JSON and YAML it is `{items: […]}`, with every field. */
export function print<T>(context: CommandContext, view: View<T>, items: readonly T[]): void {
  if (isData(context)) printData(context, { items });
  else printText(context, view, items);
}

/** Prints one thing: a table of one row; as JSON and YAML the thing itself. */
export function printOne<T>(context: CommandContext, view: View<T>, item: T): void {
  if (isData(context)) printData(context, item);
  else printText(context, view, [item]);
}

/** Tells that something was done to one thing; as JSON and YAML the thing as it is now, as a name its name. */
export function printDone<T>(context: CommandContext, view: View<T>, item: T, sentence: string): void {
  if (context.output === 'table' || context.output === 'wide') context.io.stdout.write(`${oneLine(sentence)}\n`);
  else printOne(context, view, item);
}

/** Prints data as YAML under `-o yaml`, else as JSON. */
export function printData({ io, output }: CommandContext, data: unknown): void {
  io.stdout.write(output === 'yaml' ? stringify(data, { lineWidth: 0 }) : `${JSON.stringify(data, null, 2)}\n`);
}

function printText<T>({ io, output }: CommandContext, view: View<T>, items: readonly T[]): void {
  if (output === 'name') {
    for (const item of items) io.stdout.write(`${view.name(item)}\n`);
    return;
  }
  if (items.length === 0) {
    io.stderr.write('nothing found\n');
    return;
  }
  const how = { wide: output === 'wide', width: io.isTerminal ? io.columns : null, now: io.now() };
  for (const line of viewLines(view, items, how)) io.stdout.write(`${line}\n`);
}
