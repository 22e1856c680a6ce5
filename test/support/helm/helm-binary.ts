import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setting } from '../environment';
import { runCommand } from '../processes/run-command';

let found: Promise<string> | undefined;

/** The path of a Helm: $HELM, the one of PATH, or one downloaded once. Fails with all remedies. */
export function helmBinary(): Promise<string> {
  const given = setting('HELM');
  return (found ??= given === undefined ? askTheScript() : Promise.resolve(given));
}

/** The static checks need Helm too, and run without a compiler: the search for it is theirs. */
async function askTheScript(): Promise<string> {
  const printed = await runCommand(process.execPath, ['--disable-warning=ExperimentalWarning', script()]);
  return printed.trim().split('\n').at(-1) ?? '';
}

function script(): string {
  for (let directory = __dirname; ; directory = dirname(directory)) {
    const path = join(directory, 'scripts', 'helm-path.mjs');
    if (existsSync(path)) return path;
    if (directory === dirname(directory))
      throw new Error('the clone is not complete: scripts/helm-path.mjs is missing');
  }
}
