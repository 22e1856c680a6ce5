import { setTimeout as sleep } from 'node:timers/promises';
import { type Fleet, startFleet } from './fleet';
import { listenToKeys } from './keyboard';
import { Parts } from './parts';
import { say, Story } from './story';

const ROTATE_AFTER_MS = 4_000;
const FLAGS = ['--check', '--real'];

/** `--check`: tell the story once and exit 0 when it came true. `--real`: on real API servers. */
async function main(args: readonly string[]): Promise<void> {
  const unknown = args.find((arg) => !FLAGS.includes(arg));
  if (unknown) throw new Error(`unknown option ${unknown}: known are ${FLAGS.join(', ')}`);
  const parts = new Parts();
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort());
  try {
    say('starting Redis, a hub, and clusters with an agent each');
    const fleet = await startFleet({ real: args.includes('--real'), parts, signal: stop.signal });
    say(`ready in ${(performance.now() / 1000).toFixed(1)} s: ${fleet.members.map(({ name }) => name).join(', ')}`);
    say(`hub    ${fleet.hub.url}  (API description at /docs)\ntoken  ${fleet.hub.token}`);
    await tell(fleet, args.includes('--check'), stop);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    await parts.stop(say);
  }
}

async function tell(fleet: Fleet, once: boolean, stop: AbortController): Promise<void> {
  const story = new Story(fleet, stop.signal);
  if (once) {
    story.rotate();
    return story.watchNext();
  }
  const first = new AbortController();
  const release = listenToKeys({
    press: () => {
      first.abort();
      story.rotate();
    },
    end: () => stop.abort(),
  });
  const hint = process.stdin.isTTY ? 'press any key to rotate the Secret, q to end' : 'Ctrl-C ends the demo';
  try {
    say(hint);
    await sleep(ROTATE_AFTER_MS, undefined, { signal: AbortSignal.any([stop.signal, first.signal]) }).then(
      () => story.rotate(),
      () => stop.signal.throwIfAborted(),
    );
    await story.watchOn(hint);
  } finally {
    release();
  }
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
