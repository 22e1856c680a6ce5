import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheDirectory, environmentWith, setting } from '../environment';
import { findProgram } from '../processes/find-program';
import { ManagedProcess } from '../processes/managed-process';
import { runCommand } from '../processes/run-command';
import { waitFor } from '../wait';
import { heldLock } from './lock';
import { kubernetesSources } from './repository';

export type Part = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'kwok';

const PARTS: readonly Part[] = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok'];
const OLDEST_GO = [1, 26];
const BUILD_TIMEOUT_MS = 30 * 60_000;
const PROGRESS_EVERY_MS = 15_000;

const HOW_TO_GET_IT = [
  'No Kubernetes control plane is to be had. Any one of these helps:',
  `  install Go ${OLDEST_GO.join('.')} or newer: it is then built once, which takes 7 to 9 minutes (https://go.dev/dl)`,
  '  start Docker where images can be pulled',
  '  set KUBEBUILDER_ASSETS to a directory with etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok',
].join('\n');

/** The directory of a control plane that is there already: KUBEBUILDER_ASSETS, or built earlier. */
export function presentBinaries(): string | undefined {
  const assets = setting('KUBEBUILDER_ASSETS');
  if (assets === undefined) return isComplete(cachedBinaries()) ? cachedBinaries() : undefined;
  const missing = PARTS.filter((part) => !existsSync(join(assets, part)));
  if (missing.length > 0) throw new Error(`KUBEBUILDER_ASSETS (${assets}) lacks ${missing.join(', ')}`);
  return assets;
}

/** Builds the control plane with Go into the cache, saying how it goes. Fails with all remedies when Go is missing. */
export async function buildBinaries(say: (text: string) => void): Promise<string> {
  const go = findProgram('go');
  if (go === undefined || !(await isNewEnough(go))) throw new Error(HOW_TO_GET_IT);
  await mkdir(dirname(cachedBinaries()), { recursive: true });
  const release = await heldLock(`${cachedBinaries()}.lock`, BUILD_TIMEOUT_MS);
  try {
    if (!isComplete(cachedBinaries())) await build(go, say);
  } finally {
    await release();
  }
  return cachedBinaries();
}

/** Named by the content of the sources, so that a changed control plane is built anew. */
function cachedBinaries(): string {
  const sources = kubernetesSources();
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'main.go']) hash.update(readFileSync(join(sources, file)));
  return join(cacheDirectory(), `kubernetes-${hash.digest('hex').slice(0, 12)}`);
}

function isComplete(directory: string): boolean {
  return PARTS.every((part) => existsSync(join(directory, part)));
}

async function isNewEnough(go: string): Promise<boolean> {
  const [, major = '0', minor = '0'] = /go(\d+)\.(\d+)/.exec(await runCommand(go, ['env', 'GOVERSION'])) ?? [];
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_GO;
  return Number(major) > oldestMajor || (Number(major) === oldestMajor && Number(minor) >= oldestMinor);
}

async function build(go: string, say: (text: string) => void): Promise<void> {
  const staging = await mkdtemp(`${cachedBinaries()}.`);
  try {
    say('building the Kubernetes control plane of the tests with Go, once (7 to 9 minutes)');
    await compile(go, join(staging, 'kubernetes'), say);
    for (const part of PARTS) await symlink('kubernetes', join(staging, part));
    await rm(cachedBinaries(), { recursive: true, force: true });
    await rename(staging, cachedBinaries());
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Without the version linked in, every client would see v0.0.0. */
function versionFlags(sources: string): string {
  const [, version = '', major = '', minor = ''] =
    /k8s\.io\/kubernetes v((\d+)\.(\d+)\.\d+)/.exec(readFileSync(join(sources, 'go.mod'), 'utf8')) ?? [];
  const variable = '-X k8s.io/component-base/version';
  return `-s -w ${variable}.gitVersion=v${version} ${variable}.gitMajor=${major} ${variable}.gitMinor=${minor}`;
}

async function compile(go: string, target: string, say: (text: string) => void): Promise<void> {
  const sources = kubernetesSources();
  const args = ['build', '-v', '-trimpath', '-buildvcs=false', '-ldflags', versionFlags(sources), '-o', target, '.'];
  const env = environmentWith({ CGO_ENABLED: '0' });
  const compiler = ManagedProcess.start({ name: 'go build', command: go, args, cwd: sources, env });
  const started = Date.now();
  let said = started;
  await waitFor('the control plane to be built', () => reportUntilDone(), { timeoutMs: BUILD_TIMEOUT_MS });
  const { code } = await compiler.exited;
  if (code !== 0) throw new Error(`go build ended with exit code ${code}: ${compiler.tail()}`);

  function reportUntilDone(): true | undefined {
    if (!compiler.running) return true;
    if (Date.now() - said < PROGRESS_EVERY_MS) return undefined;
    said = Date.now();
    const packages = compiler.logs().split('\n').length - 1;
    say(`  ${Math.round((said - started) / 1_000)} s: ${packages} packages downloaded or compiled`);
    return undefined;
  }
}
