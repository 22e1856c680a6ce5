// Finds, or installs once, a Node that is new enough to run the project. Runs on Node 20 and has no dependencies.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** The oldest Node that runs the product and its tests (Jest loads ES modules with `require` only from here on). */
const OLDEST = [24, 15];
/** The Node that is installed where the running one is too old. */
const INSTALLED = '24.21.0';

/** Where downloads that outlive a clone are kept. */
export function cacheDirectory() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fleet-reloader');
}

/** Says what goes on, beside the data on stdout. */
export function progress(text) {
  process.stderr.write(`fleet-reloader: ${text}\n`);
}

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** The npm package that is nothing but the Node binary of this platform. */
function nodePackage() {
  const system = process.platform === 'win32' ? 'win' : process.platform;
  return `node-${system}-${process.arch}`;
}

function binaryIn(directory) {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  return join(directory, 'node_modules', nodePackage(), 'bin', name);
}

/** How to call npm: the one that runs us, else the one on PATH. */
export function npmCommand(node = process.execPath) {
  const script = process.env.npm_execpath;
  if (script && /npm-cli\.[cm]?js$/.test(script)) return [node, script];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
}

function install(directory) {
  const spec = `${nodePackage()}@${INSTALLED}`;
  progress(
    `Node ${process.versions.node} is older than ${OLDEST.join('.')}: installing ${spec} once, into ${directory}`,
  );
  mkdirSync(dirname(directory), { recursive: true });
  const staging = mkdtempSync(`${directory}.`);
  try {
    const [command, ...prefix] = npmCommand();
    const options = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts'];
    const ended = spawnSync(command, [...prefix, 'install', '--prefix', staging, ...options, spec], {
      cwd: staging,
      stdio: ['ignore', 2, 2],
    });
    if (ended.error || ended.status !== 0) {
      throw new Error(
        `could not install ${spec} with npm (${ended.error?.message ?? `exit code ${ended.status}`}). ` +
          `Install Node ${OLDEST.join('.')} or newer yourself (https://nodejs.org/en/download) and put it first on PATH.`,
      );
    }
    // npm takes the directory above the binary's for its global prefix and fails when `lib` is missing in it.
    mkdirSync(join(dirname(binaryIn(staging)), '..', 'lib'), { recursive: true });
    moveInPlace(staging, directory);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function moveInPlace(staging, directory) {
  try {
    if (!existsSync(binaryIn(directory))) rmSync(directory, { recursive: true, force: true }); // left half-made
    renameSync(staging, directory);
  } catch (error) {
    if (!existsSync(binaryIn(directory))) throw error; // else another process was quicker, with the same files
  }
}

function requireThatItRuns(binary) {
  try {
    execFileSync(binary, ['--version'], { stdio: 'pipe' });
  } catch {
    throw new Error(
      `${binary} does not start on this system (the packaged Node needs glibc on Linux). ` +
        `Install Node ${OLDEST.join('.')} or newer from the system's own packages and put it first on PATH.`,
    );
  }
}

/**
 * The path of a Node of at least 24.15: the running one, or the one in the cache, installed now when it is missing.
 * Throws an Error that says what to do when neither is to be had.
 */
export function ensureNode() {
  if (isNewEnough(process.versions.node)) return process.execPath;
  const directory = join(cacheDirectory(), `node-${INSTALLED}`);
  const binary = binaryIn(directory);
  if (!existsSync(binary)) {
    install(directory);
    requireThatItRuns(binary);
  }
  return binary;
}

/** The environment in which child processes find `node` first, whatever the shell's own PATH says. */
export function environmentFor(node, extra = {}) {
  const separator = process.platform === 'win32' ? ';' : ':';
  return { ...process.env, ...extra, PATH: `${dirname(node)}${separator}${process.env.PATH ?? ''}` };
}
