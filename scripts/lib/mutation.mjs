// Breaks the pure cores of hub and agent on purpose, one small change at a time, and sees whether a spec fails.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { mutantsOf } from './mutants.mjs';
import { environmentFor, progress } from './node.mjs';
import { ROOT } from './project.mjs';
import { capture } from './run.mjs';

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

/** Whether the specs of the part that the file belongs to still pass. */
async function survives(node, copy, { path }) {
  const part = dirname(dirname(path));
  const jest = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join('node_modules', 'jest', 'bin', 'jest.js'),
  ];
  const which = ['--selectProjects', 'unit', '--testPathPatterns', `${part}/`, '--bail', '--silent'];
  const { code } = await capture(node, [...jest, ...which], { cwd: copy, env: environmentFor(node) });
  return code === 0;
}

/** The mutants of one file that no spec noticed, and how many were tried. */
async function survivorsIn(node, copy, { path, most }) {
  const file = join(copy, path);
  const text = readFileSync(file, 'utf8');
  const mutants = sampleOf(mutantsOf(path, text), most);
  const survivors = [];
  for (const mutant of mutants) {
    writeFileSync(file, mutant.text);
    if (await survives(node, copy, mutant)) survivors.push(mutant);
  }
  writeFileSync(file, text);
  return { tried: mutants.length, survivors };
}

/**
 * MUTATION_FILES (a pattern of paths) and MUTATION_PER_FILE bound the work. Fails when fewer than MUTATION_SCORE percent
 * are noticed. Each survivor is told with its place; those that change nothing are explained in docs/mutation.md.
 */
export async function runMutation(node) {
  const { MUTATION_FILES = '.', MUTATION_PER_FILE = '8', MUTATION_SCORE = '90' } = process.env;
  const copy = workingCopy();
  let [tried, survived] = [0, 0];
  try {
    for (const path of coreFiles(copy).filter((each) => new RegExp(MUTATION_FILES).test(each))) {
      const found = await survivorsIn(node, copy, { path, most: Number(MUTATION_PER_FILE) });
      for (const { line, was, is } of found.survivors)
        process.stdout.write(`survived ${path}:${line}: ${was} → ${is}\n`);
      progress(`${path}: ${found.tried - found.survivors.length} of ${found.tried} noticed`);
      tried += found.tried;
      survived += found.survivors.length;
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  const score = (100 * (tried - survived)) / Math.max(1, tried);
  process.stdout.write(`${tried - survived} noticed, ${survived} survived: ${score.toFixed(1)} %\n`);
  return score >= Number(MUTATION_SCORE) ? 0 : 1;
}
