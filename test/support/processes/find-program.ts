import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setting } from '../environment';

/** The first of these programs that PATH has, as a full path. */
export function findProgram(...names: readonly string[]): string | undefined {
  const directories = (setting('PATH') ?? '').split(delimiter).filter((directory) => directory !== '');
  for (const name of names) {
    const found = directories.map((directory) => join(directory, name)).find(isExecutable);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
