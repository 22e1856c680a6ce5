import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { CliIo, CommandContext } from '../context';
import { oneLine } from '../output/core/table';
import { eventLine, failureLines } from './core/event-line';
import { liveView, progressOf } from './core/live-view';
import { because } from './core/text';
import { mark } from './core/wave-lines';
import type { Listener } from './follower';
import { Page } from './screen';

/** Somebody, or something, that looks on while a rollout is followed. */
export type Watcher = Listener & Readonly<{ end(rollout: RolloutView): void }>;

const REDRAW_MS = 1_000;

/** The watcher for where the output goes: a page for people, lines for pipes and logs. */
export function watcherFor({ io, output }: CommandContext): Watcher {
  if (output === 'json') return jsonWatcher(io);
  return io.isTerminal ? pageWatcher(io) : lineWatcher(io, io.stdout);
}

/** One page that is drawn anew with each change, and each second because of the times in it. */
function pageWatcher(io: CliIo): Watcher {
  const page = new Page(io);
  let seen: RolloutView | undefined;
  let trouble = '';
  const draw = (): void => {
    if (!seen) return;
    const { columns, rows } = io;
    const lines = liveView(seen, { now: io.now(), columns, rows: rows - 2 });
    page.draw(trouble === '' ? lines : [...lines, oneLine(trouble).slice(0, columns)]);
  };
  const timer = setInterval(draw, REDRAW_MS).unref();
  return {
    rollout: (rollout) => {
      seen = rollout;
      trouble = '';
      draw();
    },
    event: () => undefined,
    trouble: ({ message }) => {
      trouble = `! ${message}; asking again`;
      draw();
    },
    end: (rollout) => {
      clearInterval(timer);
      seen = rollout;
      draw();
      // The page cuts its lines; these words are what one has come for.
      for (const failure of failureLines(rollout)) io.stdout.write(`${failure}\n`);
    },
  };
}

/** One line for each transition, from the first one on; at the end the result with every failure. */
export function lineWatcher(io: CliIo, sink: CliIo['stdout']): Watcher {
  const line = (text: string): unknown => sink.write(`${text}\n`);
  return {
    ...steadily(io),
    event: (event) => void line(eventLine(event)),
    end: (rollout) => {
      const { id, phase, reason, message } = rollout;
      const why = because(reason, message);
      line(`${mark(phase)} ${id} ${phase}  ${progressOf(rollout)}${why === '' ? '' : `  ${why}`}`);
      for (const failure of failureLines(rollout)) line(failure);
    },
  };
}

/** JSON lines: each transition as `{"event":…}`, at the end `{"rollout":…}`. */
function jsonWatcher(io: CliIo): Watcher {
  const line = (data: unknown): unknown => io.stdout.write(`${JSON.stringify(data)}\n`);
  return { ...steadily(io), event: (event) => void line({ event }), end: (rollout) => void line({ rollout }) };
}

/** Tells of trouble once, until the hub answers again. */
function steadily(io: CliIo): Pick<Watcher, 'rollout' | 'trouble'> {
  let troubled = false;
  return {
    rollout: () => {
      if (troubled) io.stderr.write('the hub answers again\n');
      troubled = false;
    },
    trouble: ({ message }) => {
      if (!troubled) io.stderr.write(`${oneLine(message)}; asking again\n`);
      troubled = true;
    },
  };
}
