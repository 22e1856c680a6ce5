#!/usr/bin/env node
// Lists the files of node_modules that a program needs in its image, one path a line: what `npm ci --omit=dev` would
// install, without what a running program never reads.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './lib/project.mjs';

/** Types, source maps and texts for people: more than half of all files. */
const UNREAD = /\.(d\.[cm]?ts|map|md|markdown|flow|tsbuildinfo)$/;

const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
const shipped = Object.entries(packages)
  .filter(([path, entry]) => path.startsWith('node_modules/') && !entry.dev && !entry.devOptional)
  .map(([path]) => path)
  .filter((path) => existsSync(join(ROOT, path)));

function* filesOf(directory) {
  for (const entry of readdirSync(join(ROOT, directory), { withFileTypes: true })) {
    const path = `${directory}/${entry.name}`;
    // A package nested in another is an entry of its own.
    if (entry.isDirectory()) yield* entry.name === 'node_modules' ? [] : filesOf(path);
    else if (!UNREAD.test(entry.name)) yield path;
  }
}

for (const path of shipped) {
  for (const file of filesOf(path)) process.stdout.write(`${file}\n`);
}
