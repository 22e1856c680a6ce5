#!/usr/bin/env node
// One way in for every npm script: brings what is missing (Node, dependencies, build), then runs the task.
import { runChecks } from './lib/checks.mjs';
import { ensureNode, environmentFor, progress } from './lib/node.mjs';
import { ROOT, ensureBuild, ensureDependencies, programOf } from './lib/project.mjs';
import { runToEnd } from './lib/run.mjs';
import { runTests } from './lib/tests.mjs';

async function runProgram(node, name, args) {
  await ensureBuild(node);
  return runToEnd(node, ['--enable-source-maps', programOf(name), ...args], { cwd: ROOT, env: environmentFor(node) });
}

const TASKS = {
  build: async (node) => {
    await ensureBuild(node, { always: true });
    return 0;
  },
  test: async (node, args) => {
    await ensureBuild(node); // the end-to-end specs start the built programs
    return runTests(node, args);
  },
  /** A million inputs, and other ones each time; FUZZ_INPUTS and FUZZ_SEED choose how many and which. */
  fuzz: (node) => {
    process.env.FUZZ_INPUTS ||= '1000000';
    return runTests(node, ['--selectProjects', 'unit', '--testPathPatterns', 'test/fuzz']);
  },
  /** A million states of small fleets; EXPLORE_STATES chooses how many. */
  explore: (node) => {
    process.env.EXPLORE_STATES ||= '1000000';
    return runTests(node, ['--selectProjects', 'unit', '--testPathPatterns', 'test/explore']);
  },
  /** Five hundred kills, freezes and cuts; CHAOS_FAULTS and CHAOS_SEED choose how many and which. */
  chaos: async (node) => {
    process.env.CHAOS_FAULTS ||= '500';
    await ensureBuild(node);
    return runTests(node, ['--selectProjects', 'e2e', '--testPathPatterns', 'test/chaos']);
  },
  /** Hours for every mutant of every core; a sample of each file unless MUTATION_PER_FILE says more. */
  mutation: async (node) => (await import('./lib/mutation.mjs')).runMutation(node),
  demo: (node, args) => runProgram(node, 'demo', args),
  bench: (node, args) => runProgram(node, 'bench', args),
  check: runChecks,
};

async function main([name, ...args]) {
  const task = TASKS[name];
  if (!task) throw new Error(`usage: node scripts/bootstrap.mjs ${Object.keys(TASKS).join('|')} [ARGS…]`);
  const node = ensureNode();
  await ensureDependencies(node);
  return task(node, args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  progress(error.message);
  process.exitCode = 1;
}
