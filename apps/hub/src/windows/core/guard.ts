import type { WindowHere } from './windows-here';
import { type Span, spanAfter, spanAt } from './span';
import { DAY_MS } from './zone';
import { timeText } from '../../platform/core/times';

/** Epoch milliseconds. */
type Instant = number;

/** A policy that lets nothing start. `until`: it does so at least until then; Infinity: for as long as is known. */
export type Closer = Readonly<{ because: string; until: Instant; stopsInFlight: boolean }>;

/** Beyond these an opening or a closing counts as not known. */
const OPENING_MS = 400 * DAY_MS;
const CLOSING_MS = 60 * DAY_MS;
/** So often what opens is closed by another window before the search ends: more than twice a day for 90 days. */
const TRIES = 400;

/** As `spanAt`; a window of which it is not known when it is open has no spans. */
export const spanNow = (window: WindowHere, at: Instant): Span | null =>
  window.unknown === null ? spanAt(window, at) : null;
/** As `spanAfter`. */
export const spanNext = (window: WindowHere, at: Instant): Span | null =>
  window.unknown === null ? spanAfter(window, at) : null;

const stops = ({ overrun }: WindowHere): boolean => overrun === 'stopAtEnd';

/**
 * What keeps the line closed at an instant; empty: it is open. One open deny is enough, and so is one policy that has
 * allow windows of which none is open.
 */
export function closersAt(windows: readonly WindowHere[], at: Instant): readonly Closer[] {
  const denying = windows.filter(({ kind }) => kind === 'deny').flatMap((window) => deniedBy(window, at) ?? []);
  const policies = new Set(windows.filter(({ kind }) => kind === 'allow').map(({ policy }) => policy));
  const waiting = [...policies].flatMap((policy) => {
    const own = windows.filter((window) => window.kind === 'allow' && window.policy === policy);
    return notAllowedBy(policy, own, at) ?? [];
  });
  return [...denying, ...waiting];
}

function deniedBy(window: WindowHere, at: Instant): Closer | null {
  const { name, policy, unknown } = window;
  const named = `window ${name} of policy ${policy}`;
  if (unknown !== null) return { because: `${named}: ${unknown}`, until: Infinity, stopsInFlight: stops(window) };
  const span = spanNow(window, at);
  if (span === null) return null;
  return { because: `${named} denies until ${timeText(span.end)}`, until: span.end, stopsInFlight: stops(window) };
}

function notAllowedBy(policy: string, windows: readonly WindowHere[], at: Instant): Closer | null {
  if (windows.some((window) => spanNow(window, at) !== null)) return null;
  const next = windows.flatMap((window) => {
    const span = spanNext(window, at);
    return span === null ? [] : [{ name: window.name, at: span.start }];
  });
  const until = Math.min(Infinity, ...next.map(({ at: opens }) => opens));
  const details = windows.map(({ name, unknown }) => {
    const opens = next.find((each) => each.name === name);
    const when = opens === undefined ? 'opens no more' : `opens at ${timeText(opens.at)}`;
    return `${name} ${unknown === null ? when : `is not known: ${unknown}`}`;
  });
  const urgency = windows[0]?.forUrgency;
  const whom = urgency === undefined ? '' : ` for urgency ${urgency}`;
  const because = `no window of policy ${policy} is open${whom}: ${details.join(', ')}`;
  return { because, until, stopsInFlight: windows.some(stops) };
}

/** The first instant from this one on at which nothing closes the line; null: not known. */
export function nextOpening(windows: readonly WindowHere[], from: Instant): Instant | null {
  let at = from;
  for (let tries = 0; tries < TRIES && at - from <= OPENING_MS; tries++) {
    const closers = closersAt(windows, at);
    if (closers.length === 0) return at;
    const until = Math.max(...closers.map((closer) => closer.until));
    if (until === Infinity) return null;
    at = until;
  }
  return null;
}

/** The first instant after this one, at which the line is open, that closes it; null: not known. */
export function nextClosing(windows: readonly WindowHere[], from: Instant): Instant | null {
  let at = from;
  while (at - from <= CLOSING_MS) {
    const now = at;
    const ends = windows.flatMap((window) => {
      const span = window.kind === 'deny' ? spanNext(window, now) : spanNow(window, now);
      return span === null ? [] : [window.kind === 'deny' ? span.start : span.end];
    });
    if (ends.length === 0) return null;
    at = Math.min(...ends);
    if (closersAt(windows, at).length > 0) return at;
  }
  return null;
}
