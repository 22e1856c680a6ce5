import { readFile, rm, writeFile } from 'node:fs/promises';
import { waitFor } from '../wait';

/**
 * Waits for its turn among processes that share a file system; resolves with the function that ends the turn.
 * A lock whose holder died is taken over.
 */
export async function heldLock(path: string, timeoutMs: number): Promise<() => Promise<void>> {
  await waitFor(`the lock ${path}`, async () => (await take(path)) || (await dropWhenOrphaned(path)), { timeoutMs });
  return () => rm(path, { force: true });
}

async function take(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function dropWhenOrphaned(path: string): Promise<false> {
  const holder = Number(await readFile(path, 'utf8').catch(() => ''));
  if (holder > 0 && !isAlive(holder)) await rm(path, { force: true });
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
