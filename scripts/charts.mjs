#!/usr/bin/env node
// node scripts/charts.mjs check    lint of the charts with all values that are tried; generated files are up to date
// node scripts/charts.mjs write    writes the generated files
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { charts, generated, triedValues } from './lib/charts.mjs';
import { ensureHelm } from './lib/helm.mjs';
import { progress } from './lib/node.mjs';
import { ROOT } from './lib/project.mjs';
import { capture } from './lib/run.mjs';

async function problemsOfCharts() {
  const helm = await ensureHelm();
  const problems = [];
  for (const chart of charts()) {
    for (const values of [undefined, ...triedValues(chart)]) {
      const args = ['lint', '--strict', chart, ...(values ? ['--values', values] : [])];
      const { code, output } = await capture(helm, args, { cwd: ROOT, env: process.env });
      if (code !== 0) problems.push(`${relative(ROOT, values ?? chart)}\n${output.trim()}`);
    }
  }
  return problems;
}

async function problemsOfDocuments() {
  const stale = (await generated()).filter(
    ({ path, content }) => !existsSync(path) || readFileSync(path, 'utf8') !== content,
  );
  return stale.map(({ path }) => `${relative(ROOT, path)} is out of date: run node scripts/charts.mjs write`);
}

const TASKS = {
  check: async () => [...(await problemsOfCharts()), ...(await problemsOfDocuments())],
  write: async () => {
    for (const { path, content } of await generated()) writeFileSync(path, content);
    return [];
  },
};

try {
  const task = TASKS[process.argv[2]];
  if (!task) throw new Error(`usage: node scripts/charts.mjs ${Object.keys(TASKS).join('|')}`);
  const problems = await task();
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} catch (error) {
  progress(error.message);
  process.exitCode = 1;
}
