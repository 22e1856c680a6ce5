#!/usr/bin/env node
// Prints the path of the Helm that checks and tests use; downloads one when the machine has none.
import { ensureHelm } from './lib/helm.mjs';
import { progress } from './lib/node.mjs';

try {
  process.stdout.write(`${await ensureHelm()}\n`);
} catch (error) {
  progress(error.message);
  process.exitCode = 1;
}
