// Breaks the pure cores of hub and agent on purpose, one small change at a time, and sees whether a spec fails.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { mutantsOf } from './mutants.mjs';
import { environmentFor, progress } from './node.mjs';
import { ROOT } from './project.mjs';
import { capture } from './run.mjs';
import { JEST } from './tests.mjs';

const CORES = /^apps\/(hub|agent)\/src\/.*core\/[^/]+(?<!\.spec)\.ts$/;
const COPIED = ['apps', 'libs', 'test', 'jest.config.js', 'package.json', 'tsconfig.json', 'tsconfig.core.json'];

/** A working copy, so that nothing of the clone is ever mutated. */
function workingCopy() {
  const copy = mkdtempSync(join(tmpdir(), 'fleet-reloader-mutation-'));
  for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

const coreFiles = (root) =>
  readdirSync(join(root, 'apps'), { recursive: true })
    .map((name) => join('apps', name))
    .filter((path) => CORES.test(path));

/** Evenly spread over the file; all when there are no more. */
const sampleOf = (mutants, most) =>
  mutants.length <= most
    ? mutants
    : Array.from({ length: most }, (_, at) => mutants[Math.floor((at * mutants.length) / most)]);

/** In one process, so that nothing is left behind when a mutant never comes to an end. */
const UNIT = ['--selectProjects', 'unit', '--bail', '--silent', '--runInBand', '--passWithNoTests'];

/** Whether these specs pass within the time. */
async function pass(node, copy, { which, withinMs }) {
  const options = { cwd: copy, env: environmentFor(node), timeout: withinMs, killSignal: 'SIGKILL' };
  const { code } = await capture(node, [...JEST, ...UNIT, ...which], options);
  return code === 0;
}

/**
 * The unit specs that may notice: those of the part that the file belongs to, which are quick, then those of the apps that
 * reach it. What lies under test/ looks at the project as a whole, and is too slow to be asked about every mutant.
 */
const specsFor = (path) => [
  ['--testPathPatterns', `${dirname(dirname(path))}/`],
  ['--testPathIgnorePatterns', '/test/', '--findRelatedTests', path],
];

/** Whether all specs pass. A loop without an end takes longer than they take without a mutant, and fails. */
async function survives(node, copy, { path, limits }) {
  for (const [at, which] of specsFor(path).entries())
    if (!(await pass(node, copy, { which, withinMs: limits[at] }))) return false;
  return true;
}

/** How long the specs of a file may take, in ms. They have to pass as long as nothing is changed. */
async function limitsOf(node, copy, path) {
  const limits = [];
  for (const which of specsFor(path)) {
    const from = Date.now();
    if (!(await pass(node, copy, { which, withinMs: 1_800_000 })))
      throw new Error(`the specs of ${path} fail as it is`);
    limits.push(3 * (Date.now() - from) + 30_000);
  }
  return limits;
}

/** The mutants of one file that no spec noticed, and how many were tried. */
async function survivorsIn(node, copy, { path, most }) {
  const file = join(copy, path);
  const text = readFileSync(file, 'utf8');
  const mutants = sampleOf(mutantsOf(path, text), most);
  const survivors = [];
  if (mutants.length === 0) return { tried: 0, survivors };
  const limits = await limitsOf(node, copy, path);
  for (const mutant of mutants) {
    writeFileSync(file, mutant.text);
    if (await survives(node, copy, { path, limits })) survivors.push(mutant);
  }
  writeFileSync(file, text);
  return { tried: mutants.length, survivors };
}

const scoreOf = ({ tried, survived }) => (100 * (tried - survived)) / Math.max(1, tried);

/** A line per folder, and one for all. */
function tableOf(folders) {
  const width = Math.max(...[...folders.keys()].map((folder) => folder.length), 'all'.length);
  const line = (folder, { tried, survived }) =>
    [
      folder.padEnd(width),
      `${tried - survived} of ${tried}`.padStart(14),
      `${scoreOf({ tried, survived }).toFixed(1)} %`.padStart(8),
    ].join(' ');
  return [...[...folders].sort().map(([folder, sum]) => line(folder, sum)), line('all', sumOf(folders))].join('\n');
}

function sumOf(folders) {
  const all = { tried: 0, survived: 0 };
  for (const { tried, survived } of folders.values()) {
    all.tried += tried;
    all.survived += survived;
  }
  return all;
}

/**
 * MUTATION_FILES (a pattern of paths) and MUTATION_PER_FILE bound the work. Fails when fewer than MUTATION_SCORE percent
 * are noticed. Each survivor is told with its place; those that change nothing are explained in docs/mutation.md. Ends with
 * the scores of the folders.
 */
export async function runMutation(node) {
  const { MUTATION_FILES = '.', MUTATION_PER_FILE = '8', MUTATION_SCORE = '90' } = process.env;
  const copy = workingCopy();
  const folders = new Map();
  try {
    for (const path of coreFiles(copy).filter((each) => new RegExp(MUTATION_FILES).test(each))) {
      const found = await survivorsIn(node, copy, { path, most: Number(MUTATION_PER_FILE) });
      for (const { line, was, is } of found.survivors)
        process.stdout.write(`survived ${path}:${line}: ${was} → ${is}\n`);
      progress(`${path}: ${found.tried - found.survivors.length} of ${found.tried} noticed`);
      const { tried, survived } = folders.get(dirname(path)) ?? { tried: 0, survived: 0 };
      folders.set(dirname(path), { tried: tried + found.tried, survived: survived + found.survivors.length });
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  process.stdout.write(`${tableOf(folders)}\n`);
  return scoreOf(sumOf(folders)) >= Number(MUTATION_SCORE) ? 0 : 1;
}
