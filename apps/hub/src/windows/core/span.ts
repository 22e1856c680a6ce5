import type { ResolvedWindow, WindowPeriod } from '@app/contracts/policy/resolved';
import { DAY_MS, instantOf, wallTimeAt } from './zone';

/** Epoch milliseconds. */
type Instant = number;

/** One time that a window is open: from `start` on, until just before `end`. */
export type Span = Readonly<{ start: Instant; end: Instant }>;

/** A window by the clocks of a zone that exists. */
export type ZonedWindow = Pick<ResolvedWindow, 'kind' | 'period'> & Readonly<{ zone: string }>;

type Recurring = Extract<WindowPeriod, { type: 'recurring' }>;

const MINUTE_MS = 60_000;
/** A week has each weekday once; a change of the clocks can leave one occurrence out, never two in a row. */
const LOOK_AHEAD_DAYS = 16;

/** The span that the window is open in; of several that overlap the one that ends last. Null: it is closed. */
export function spanAt(window: ZonedWindow, at: Instant): Span | null {
  const open = begunBefore(window, at).filter(({ start, end }) => start <= at && at < end);
  return open.reduce<Span | null>((longest, span) => (longest && longest.end >= span.end ? longest : span), null);
}

function begunBefore(window: ZonedWindow, at: Instant): readonly Span[] {
  const { period } = window;
  if (period.type === 'once') return onceSpan(window, period);
  const midnight = midnightBefore(window, at);
  const days = 2 + Math.ceil((period.durationMs ?? DAY_MS) / DAY_MS);
  return Array.from({ length: days }, (_, n) => spanOnDay(window, period, midnight - n * DAY_MS)).flat();
}

/** The first span that starts after this instant; null: none will. */
export function spanAfter(window: ZonedWindow, at: Instant): Span | null {
  const { period } = window;
  if (period.type === 'once') return onceSpan(window, period).find(({ start }) => start > at) ?? null;
  const midnight = midnightBefore(window, at);
  for (let day = -1; day <= LOOK_AHEAD_DAYS; day++) {
    const found = spanOnDay(window, period, midnight + day * DAY_MS).find(({ start }) => start > at);
    if (found !== undefined) return found;
  }
  return null;
}

/** As a wall time: the day that the window's clocks show begins there. */
const midnightBefore = ({ zone }: ZonedWindow, at: Instant): number =>
  Math.floor(wallTimeAt(zone, at) / DAY_MS) * DAY_MS;

const onceSpan = (window: ZonedWindow, { from, to }: Extract<WindowPeriod, { type: 'once' }>): readonly Span[] =>
  spanFrom(window, from, () => endShown(window, to));

function spanOnDay(window: ZonedWindow, period: Recurring, midnight: number): readonly Span[] {
  const { weekdays, startMinute, endMinute, durationMs } = period;
  if (!weekdays.includes(new Date(midnight).getUTCDay())) return [];
  return spanFrom(window, midnight + startMinute * MINUTE_MS, (start) => {
    if (endMinute === null) return start + (durationMs ?? 0);
    const nextDay = endMinute <= startMinute ? DAY_MS : 0;
    return endShown(window, midnight + endMinute * MINUTE_MS + nextDay);
  });
}

/** A span that the change of the clocks has made empty does not occur. */
function spanFrom({ zone }: ZonedWindow, shown: number, endOf: (start: Instant) => Instant): readonly Span[] {
  const start = instantOf(zone, shown, 'first');
  const span = { start, end: endOf(start) };
  return span.start < span.end ? [span] : [];
}

/** When in doubt, nothing starts: what allows ends early, what denies ends late. */
const endShown = ({ zone, kind }: ZonedWindow, shown: number): Instant =>
  instantOf(zone, shown, kind === 'allow' ? 'first' : 'last');
