import { setTimeout as sleep } from 'node:timers/promises';
import { type Fleet, startFleet, type Undo } from './fleet';
import { rotateAndWatch, say } from './story';

const ROTATE_AFTER_MS = 4_000;
const FLAGS = ['--check', '--real'];

/** `--check`: tell the story once and exit 0 when it came true. `--real`: on real API servers. */
async function main(args: readonly string[]): Promise<void> {
  const unknown = args.find((arg) => !FLAGS.includes(arg));
  if (unknown) throw new Error(`unknown option ${unknown}: known are ${FLAGS.join(', ')}`);
  const undo: Undo = [];
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort());
  try {
    const fleet = await startFleet(args.includes('--real'), undo);
    await tell(fleet, args.includes('--check'), stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    for (const step of undo) await step().catch((error: unknown) => say(`could not stop a part: ${String(error)}`));
  }
}

async function tell(fleet: Fleet, once: boolean, signal: AbortSignal): Promise<void> {
  say(`hub    ${fleet.hub.url}  (API description at /docs)\ntoken  ${fleet.hub.token}`);
  if (!once) await sleep(ROTATE_AFTER_MS, undefined, { signal });
  await rotateAndWatch(fleet, signal, `value-${Date.now()}`);
  if (once) return;
  if (!process.stdin.isTTY) return void (await sleep(2 ** 31 - 1, undefined, { signal }));
  for (;;) {
    say('press Enter to rotate again, Ctrl-C to end');
    await enter(signal);
    await rotateAndWatch(fleet, signal, `value-${Date.now()}`);
  }
}

const enter = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('ended')), { once: true });
    process.stdin.once('data', () => resolve());
  });

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
