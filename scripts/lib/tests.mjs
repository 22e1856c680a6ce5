// Runs the specs level by level, cheapest first, and adds the results up.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { environmentFor, progress } from './node.mjs';
import { ROOT, tool } from './project.mjs';
import { capture, runToEnd } from './run.mjs';

/** Jest as every run of specs starts it; what comes behind is for Jest. */
export const JEST = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', tool('jest/bin/jest.js')];

const LEVELS = ['unit', 'int', 'e2e', 'docker'];
/** Units compute and fill every core; specs with a Redis wait for half of their time, those with clusters for more. */
const more = (workers) => String(availableParallelism() + workers);
const WORKERS = { unit: '100%', int: more(1), e2e: more(2), docker: '1' };

/** Splits off `--selectProjects A B`; what is left goes to Jest as it is. */
function selectLevels(args) {
  const at = args.indexOf('--selectProjects');
  if (at < 0) return { levels: undefined, rest: args };
  let end = at + 1;
  while (end < args.length && LEVELS.includes(args[end])) end += 1;
  return { levels: args.slice(at + 1, end), rest: [...args.slice(0, at), ...args.slice(end)] };
}

async function engineAnswers() {
  return (await capture('docker', ['info'])).code === 0;
}

async function levelsToRun(selected) {
  if (selected) return selected;
  if (await engineAnswers()) return LEVELS;
  progress(
    '*** NO CONTAINER ENGINE ANSWERS (docker info): the image specs (project "docker") do not run here. ' +
      'Start Docker, or run .ci/run, which brings an engine on Debian. ***',
  );
  return LEVELS.filter((level) => level !== 'docker');
}

/** What Node compiles is kept for the programs that the specs start again and again. */
const COMPILED = join(tmpdir(), 'node-compile-cache');

/** A level with more broken files than this is broken, and not just its timing. */
const MOST_UNSTABLE = 4;

async function runLevel(node, { level, args, report, workers = WORKERS[level] }) {
  const options = [
    '--selectProjects',
    level,
    '--passWithNoTests',
    '--json',
    `--outputFile=${report}`,
    `--maxWorkers=${workers}`,
  ];
  const code = await runToEnd(node, [...JEST, ...options, ...args], {
    cwd: ROOT,
    env: environmentFor(node, { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE || COMPILED }),
    // Jest prints its report as JSON on stdout too; people read stderr, and the last line of stdout is ours.
    stdio: ['inherit', 'ignore', 'inherit'],
  });
  if (!existsSync(report)) return { code, passed: 0, failed: 1, skipped: 0 };
  return { code, ...countsOf(JSON.parse(readFileSync(report, 'utf8'))) };
}

const countsOf = (result) => ({
  passed: result.numPassedTests,
  failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
  skipped: result.numPendingTests + result.numTodoTests,
});

/**
 * On a CI machine whose speed nobody knows a spec with real processes that failed has a second run, alone. One that passes
 * then is told as UNSTABLE: a bug in the spec or in the product, to be mended, which does not stop everybody else. Units
 * compute: they have no second run, nor has anything on a developer's machine.
 */
async function secondRun(node, { level, args, report }, first) {
  if (!process.env.CI || level === 'unit' || first.code === 0 || first.code >= 128 || !existsSync(report)) return first;
  const whole = JSON.parse(readFileSync(report, 'utf8'));
  const broken = whole.testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
  if (broken.length === 0 || broken.length > MOST_UNSTABLE) return first;
  progress(`${level}: ${broken.length} spec files failed and run once more, alone`);
  const again = join(dirname(report), `${level}-again.json`);
  const run = { level, args: [...args, '--runTestsByPath', ...broken], report: again, workers: '1' };
  const second = await runLevel(node, run);
  if (second.code !== 0) return first;
  for (const name of broken) progress(`*** UNSTABLE: ${relative(ROOT, name)} failed and passed alone ***`);
  const { testResults } = JSON.parse(readFileSync(again, 'utf8'));
  const kept = whole.testResults.filter(({ name }) => !broken.includes(name));
  writeFileSync(report, JSON.stringify({ ...whole, testResults: [...kept, ...testResults] }));
  rmSync(again);
  return { code: 0, passed: first.passed + first.failed, failed: 0, skipped: first.skipped };
}

/**
 * Shows in docs/ which test proves which acceptance case. What a container engine proves is left out, so that the same
 * comes out on every machine. In CI they are compared with what is there; a difference is told and fails nothing: what a
 * test proves does not hang on a table.
 */
function showProofs(node, reports) {
  rmSync(join(reports, 'docker.json'), { force: true });
  const typescript = pathToFileURL(join(ROOT, 'scripts', 'lib', 'typescript-imports.mjs')).href;
  const quiet = ['ExperimentalWarning', 'MODULE_TYPELESS_PACKAGE_JSON'].map((name) => `--disable-warning=${name}`);
  const program = join(ROOT, 'test', 'acceptance', 'write-documents.ts');
  const mode = process.env.CI ? 'check' : 'write';
  const shown = runToEnd(node, ['--import', typescript, ...quiet, program, mode, reports, ROOT], { cwd: ROOT });
  return mode === 'check' ? shown.then(() => 0) : shown;
}

async function runLevels(node, levels, args, reports) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  let failedRuns = 0;
  for (const level of levels) {
    const started = Date.now();
    const report = join(reports, `${level}.json`);
    const run = { level, args, report };
    const { code, ...counts } = await secondRun(node, run, await runLevel(node, run));
    if (code !== 0) failedRuns += 1;
    for (const key of Object.keys(total)) total[key] += counts[key];
    progress(`${level}: ${counts.passed} passed, ${counts.failed} failed in ${seconds(started)} s`);
    if (code >= 128) return { total, failedRuns, stopped: true }; // by a signal
  }
  return { total, failedRuns, stopped: false };
}

/**
 * Runs every level (or those named by --selectProjects), hands the other arguments to Jest, and prints
 * `N passed, N failed, N skipped` as the last line. Returns the exit code: 1 when something failed or nothing ran. Only a
 * run of everything shows which acceptance cases are proven.
 */
export async function runTests(node, args) {
  const { levels: selected, rest } = selectLevels(args);
  const reports = mkdtempSync(join(tmpdir(), 'fleet-reloader-test-'));
  try {
    const { total, failedRuns, stopped } = await runLevels(node, await levelsToRun(selected), rest, reports);
    const whole = args.length === 0 && !stopped;
    const proofs = whole ? await showProofs(node, reports) : 0;
    const ran = total.passed + total.failed > 0;
    if (!ran) progress('no test ran: nothing matches the arguments');
    process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
    return failedRuns > 0 || total.failed > 0 || proofs !== 0 || !ran ? 1 : 0;
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}

function seconds(since) {
  return ((Date.now() - since) / 1000).toFixed(1);
}
