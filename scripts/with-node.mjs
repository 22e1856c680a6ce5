#!/usr/bin/env node
// Runs a command of node_modules/.bin under the project's own Node: node scripts/with-node.mjs COMMAND ARGS…
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { environmentFor, ensureNode, progress } from './lib/node.mjs';
import { runToEnd } from './lib/run.mjs';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const [command, ...args] = process.argv.slice(2);

try {
  if (!command) throw new Error('usage: node scripts/with-node.mjs COMMAND ARGS…');
  const node = ensureNode();
  const script = realpathSync(join(root, 'node_modules', '.bin', command));
  process.exitCode = await runToEnd(node, [script, ...args], { env: environmentFor(node) });
} catch (error) {
  progress(error.code === 'ENOENT' ? `no command ${command} is installed; run: npm ci` : error.message);
  process.exitCode = 1;
}
