// The static checks: what can be said about the code without running it.
import { isAbsolute, join } from 'node:path';
import { environmentFor, progress } from './node.mjs';
import { ROOT, tool } from './project.mjs';
import { capture } from './run.mjs';

const TSC = '@typescript/native/bin/tsc';

const CHECKS = [
  { name: 'format', run: ['prettier/bin/prettier.cjs', '--check', '--cache', '--log-level=warn', '.'] },
  { name: 'lint', run: ['eslint/bin/eslint.js', '--max-warnings=0', '.'] },
  { name: 'boundaries', run: ['dependency-cruiser/bin/dependency-cruiser.mjs', 'apps', 'libs', 'test'] },
  { name: 'types', run: [TSC, '-p', 'tsconfig.json', '--noEmit', '--incremental', 'false'] },
  { name: 'pure types', run: [TSC, '-p', 'tsconfig.core.json'] },
  { name: 'dead code', run: ['knip/bin/knip.js', '--no-progress'] },
  { name: 'charts', run: [join(ROOT, 'scripts', 'charts.mjs'), 'check'] },
];

/** How many checks run at once: the two slow ones (lint and boundaries) then overlap. */
const AT_ONCE = 2;

/** Runs all checks, each to its end, prints what the failed ones said, and returns the exit code. */
export async function runChecks(node, only) {
  const unknown = only.filter((name) => !CHECKS.some((check) => check.name === name));
  if (unknown.length > 0) throw new Error(`no check is named ${unknown.join(', ')}; there are: ${names().join(', ')}`);
  const queue = only.length > 0 ? CHECKS.filter((check) => only.includes(check.name)) : [...CHECKS];
  const failed = [];
  const worker = async () => {
    for (let check = queue.shift(); check; check = queue.shift()) {
      if (!(await passes(node, check))) failed.push(check.name);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  progress(failed.length === 0 ? 'all checks passed' : `failed: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}

async function passes(node, check) {
  const started = Date.now();
  const [script, ...args] = check.run;
  const program = isAbsolute(script) ? script : tool(script);
  const { code, output } = await capture(node, [program, ...args], { cwd: ROOT, env: environmentFor(node) });
  progress(`${code === 0 ? 'ok  ' : 'FAIL'} ${check.name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (code !== 0) process.stdout.write(`${output.trimEnd()}\n`);
  return code === 0;
}

function names() {
  return CHECKS.map((check) => check.name);
}
