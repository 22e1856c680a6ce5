#!/usr/bin/env node
// Copies what `npm ci --omit=dev` would install out of node_modules: node scripts/copy-dependencies.mjs TARGET
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from './lib/project.mjs';

const [target] = process.argv.slice(2);
if (!target) throw new Error('usage: node scripts/copy-dependencies.mjs TARGET');

const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
const shipped = Object.entries(packages)
  .filter(([path, entry]) => path.startsWith('node_modules/') && !entry.dev && !entry.devOptional)
  .map(([path]) => path)
  .filter((path) => existsSync(join(ROOT, path)));

for (const path of shipped) {
  const from = join(ROOT, path);
  // Packages nested in this one are entries of their own.
  const filter = (source) => relative(from, source) !== 'node_modules';
  cpSync(from, join(target, relative('node_modules', path)), { recursive: true, filter });
}
