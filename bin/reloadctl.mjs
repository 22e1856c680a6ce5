#!/usr/bin/env node
// The bundler drops the first line that makes a file a command.
import { existsSync } from 'node:fs';
import process from 'node:process';
import { URL } from 'node:url';

const program = new URL('../dist/apps/cli/main.js', import.meta.url);
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

/** Older ones end in a stack trace of a library. */
const isOld = major < 22 || (major === 22 && minor < 19);
const fault = isOld
  ? `reloadctl needs Node 22.19 or newer, and this is ${process.versions.node}: $(npm run -s node-path) bin/reloadctl.mjs`
  : existsSync(program)
    ? undefined
    : 'reloadctl is not built: npm run build';

if (fault === undefined) await import(program);
else {
  process.stderr.write(`error: ${fault}\n`);
  process.exitCode = 2;
}
