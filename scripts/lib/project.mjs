// What must be there before anything of the project runs: its dependencies and its build. Both are quick when fresh.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentFor, npmCommand, progress } from './node.mjs';
import { runToEnd } from './run.mjs';

/** The top directory of the project. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const MARKER = join(ROOT, 'dist', '.built-from');
const BUILT_FROM = ['apps', 'libs', 'test', 'nest-cli.json', 'rspack.config.js', 'tsconfig.json', 'package-lock.json'];

/** The script behind a command of node_modules/.bin, by package and path, so that no shell or shebang is involved. */
export function tool(path) {
  return join(ROOT, 'node_modules', path);
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Whether node_modules holds what the lock file names; packages for other platforms may be missing. */
function dependenciesAreFresh() {
  const installedFile = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const wanted = readJson(join(ROOT, 'package-lock.json')).packages;
  const installed = readJson(installedFile).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = installed[path];
    return found ? found.version === entry.version : Boolean(entry.optional || entry.devOptional);
  });
}

/** Installs the locked dependencies unless they are there. Throws when npm fails. */
export async function ensureDependencies(node) {
  if (dependenciesAreFresh()) return;
  progress('installing the locked dependencies (npm ci)');
  const [command, ...prefix] = npmCommand(node);
  const code = await runToEnd(command, [...prefix, 'ci', '--no-audit', '--no-fund'], {
    cwd: ROOT,
    env: environmentFor(node),
    stdio: ['ignore', 2, 2],
  });
  if (code !== 0) throw new Error(`npm ci ended with exit code ${code}; what it printed above says why`);
}

function* filesBelow(path) {
  if (!statSync(path).isDirectory()) {
    yield path;
    return;
  }
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) yield* filesBelow(child);
    else if (/\.(ts|json|lua)$/.test(entry.name) && !entry.name.endsWith('.spec.ts')) yield child;
  }
}

/** Changes whenever a file that goes into the build is added, removed or written. */
function stateOfSources() {
  const hash = createHash('sha256');
  for (const part of BUILT_FROM.map((name) => join(ROOT, name)).filter((path) => existsSync(path))) {
    for (const file of [...filesBelow(part)].sort()) {
      const { size, mtimeMs } = statSync(file);
      hash.update(`${relative(ROOT, file)} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}

/** A program lies below dist where its sources lie below the top. */
function builtPrograms() {
  const projects = Object.values(readJson(join(ROOT, 'nest-cli.json')).projects);
  return projects.filter(({ type }) => type === 'application').map(({ root }) => join(ROOT, 'dist', root, 'main.js'));
}

/** The built program of a project of nest-cli.json. */
export function programOf(name) {
  return join(ROOT, 'dist', readJson(join(ROOT, 'nest-cli.json')).projects[name].root, 'main.js');
}

function buildIsFresh(state) {
  if (!existsSync(MARKER) || readFileSync(MARKER, 'utf8') !== state) return false;
  return builtPrograms().every((program) => existsSync(program));
}

/** Builds every program (dist/apps/NAME/main.js) unless nothing changed since the last build. */
export async function ensureBuild(node, { always = false } = {}) {
  const state = stateOfSources();
  if (!always && buildIsFresh(state)) return;
  progress('building');
  rmSync(MARKER, { force: true });
  const code = await runToEnd(node, [tool('@nestjs/cli/bin/nest.js'), 'build', '--all'], {
    cwd: ROOT,
    env: environmentFor(node),
    stdio: ['ignore', 2, 2],
  });
  if (code !== 0) throw new Error(`the build ended with exit code ${code}; what it printed above says why`);
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  writeFileSync(MARKER, state);
}
