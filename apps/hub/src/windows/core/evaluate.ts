import { closersAt, nextClosing, nextOpening, spanNext, spanNow } from './guard';
import type { WindowHere } from './windows-here';
import { DAY_MS } from './zone';

/** Epoch milliseconds. */
type Instant = number;

/** Whether something may start now. */
export type WindowState = Readonly<
  | {
      open: true;
      /** When that ends; null: not known to end. */
      nextClose: Instant | null;
      /** From when on a cluster that has begun starts no more workloads either; null: it may go on. */
      stopAt: Instant | null;
    }
  | {
      open: false;
      /** Which windows, and why, as a sentence. */
      closedBecause: string;
      /** When something may start again; null: no such time is known. */
      nextOpen: Instant | null;
      /** When what is open, or opens next, closes. */
      nextClose: Instant | null;
      /** A cluster that has begun starts no more workloads either. */
      stopsInFlight: boolean;
    }
>;

const FREE: WindowState = { open: true, nextClose: null, stopAt: null };
const NEVER_OPEN_MS = 90 * DAY_MS;

type Known = Readonly<{ from: Instant; until: Instant; state: WindowState }>;
/** What was found out holds until the next time at which any of the windows opens or closes, and no longer. */
const known = new WeakMap<readonly WindowHere[], Known>();

/** What all these windows together say of an instant. Without windows something may always start. */
export function windowState(windows: readonly WindowHere[], at: Instant): WindowState {
  if (windows.length === 0) return FREE;
  const before = known.get(windows);
  if (before !== undefined && before.from <= at && at < before.until) return before.state;
  const state = evaluate(windows, at);
  known.set(windows, { from: at, until: holdsUntil(windows, at, state), state });
  return state;
}

/** The first instant from this one on at which something may start; null: none is known. */
export function opensFrom(windows: readonly WindowHere[], at: Instant): Instant | null {
  const state = windowState(windows, at);
  return state.open ? at : state.nextOpen;
}

/** Nothing may start under these windows for the next 90 days. */
export function neverOpens(windows: readonly WindowHere[], at: Instant): boolean {
  const opens = opensFrom(windows, at);
  return opens === null || opens > at + NEVER_OPEN_MS;
}

function evaluate(windows: readonly WindowHere[], at: Instant): WindowState {
  const closers = closersAt(windows, at);
  if (closers.length > 0) {
    const nextOpen = nextStart(windows, at);
    return {
      open: false,
      closedBecause: closers.map(({ because }) => because).join('; '),
      nextOpen,
      nextClose: nextOpen === null ? null : nextClosing(windows, nextOpen),
      stopsInFlight: closers.some(({ stopsInFlight }) => stopsInFlight),
    };
  }
  const nextClose = nextClosing(windows, at);
  if (nextClose === null) return FREE;
  const short = tooShort(windows, at, nextClose);
  if (short === null) {
    const stops = closersAt(windows, nextClose).some(({ stopsInFlight }) => stopsInFlight);
    return { open: true, nextClose, stopAt: stops ? nextClose : null };
  }
  const nextOpen = nextStart(windows, nextClose);
  return { open: false, closedBecause: short, nextOpen, nextClose, stopsInFlight: false };
}

/** The first instant from this one on at which something may start: open, and for long enough. */
function nextStart(windows: readonly WindowHere[], from: Instant): Instant | null {
  let opening = nextOpening(windows, from);
  while (opening !== null) {
    const closing = nextClosing(windows, opening);
    if (closing === null || tooShort(windows, opening, closing) === null) return opening;
    opening = closing - from > LOOK_AHEAD_MS ? null : nextOpening(windows, closing);
  }
  return null;
}

/** Openings that are all too short are not looked at for ever. */
const LOOK_AHEAD_MS = 366 * DAY_MS;

/** Why too little of an opening is left to start something; null: it is long enough. */
function tooShort(windows: readonly WindowHere[], at: Instant, closing: Instant): string | null {
  const wants = mostWanting(windows, at, closing);
  if (wants === undefined || closing - at >= wants.minRemainingMs) return null;
  const left = `${wants.minRemainingMs / 60_000} min`;
  return (
    `it closes at ${new Date(closing).toISOString()}, and window ${wants.name} of policy ${wants.policy} ` +
    `wants ${left} left to start something`
  );
}

/** Of the windows that are open now and those that will close the line, the one that wants most time left. */
const mostWanting = (windows: readonly WindowHere[], at: Instant, closing: Instant): WindowHere | undefined =>
  windows
    .filter((window) => spanNow(window, window.kind === 'allow' ? at : closing) !== null)
    .reduce<WindowHere | undefined>(
      (most, one) => (most && most.minRemainingMs >= one.minRemainingMs ? most : one),
      undefined,
    );

function holdsUntil(windows: readonly WindowHere[], at: Instant, { open, nextClose }: WindowState): Instant {
  const changes = windows.flatMap((window) => [
    spanNow(window, at)?.end ?? Infinity,
    spanNext(window, at)?.start ?? Infinity,
  ]);
  const wants = open && nextClose !== null ? mostWanting(windows, at, nextClose) : undefined;
  const last = wants && nextClose !== null ? nextClose - wants.minRemainingMs + 1 : Infinity;
  return Math.min(...changes, last);
}
