#!/usr/bin/env node
// Prints the path of the Node that runs the project; progress and problems go to stderr.
import { ensureNode, progress } from './lib/node.mjs';

try {
  process.stdout.write(`${ensureNode()}\n`);
} catch (error) {
  progress(error.message);
  process.exitCode = 1;
}
