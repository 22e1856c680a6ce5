import { parseDuration } from './amounts';
import type { PolicyProblem } from './problems';
import { parseRecurrence } from './recurrence';
import type { ResolvedWindow, WindowPeriod } from './resolved';
import { parseMinute, parseWallTime } from './wall-clock';
import type { WindowSpec } from './window-schema';

type Fault = Readonly<{ field: keyof WindowSpec | ''; code: string; detail: string }>;

/** What a schema can not say about windows: unique names, one way to say when, and an end after the start. */
export const windowProblems = (windows: readonly WindowSpec[] | undefined): PolicyProblem[] =>
  (windows ?? []).flatMap((window, index, all) =>
    [...sameName(window, index, all), ...lenient(window), ...faultsOf(window)].map(({ field, code, detail }) => ({
      pointer: `/spec/windows/${index}${field === '' ? '' : `/${field}`}`,
      code,
      detail,
    })),
  );

function sameName({ name }: WindowSpec, index: number, all: readonly WindowSpec[]): Fault[] {
  const first = all.findIndex((other) => other.name === name);
  if (first === index) return [];
  return [{ field: 'name', code: 'DUPLICATE_NAME', detail: `window ${first} has the name "${name}" already` }];
}

const FORMS = 'say when by rrule, start and end, by rrule, start and duration, or by from and to';

/** A freeze that some may pass is none. */
function lenient({ kind, appliesTo }: WindowSpec): Fault[] {
  if (kind === 'allow' || appliesTo === undefined) return [];
  return [{ field: 'appliesTo', code: 'EXCLUSIVE', detail: 'goes with kind allow: what is denied is denied to all' }];
}

function faultsOf(window: WindowSpec): Fault[] {
  const recurring = (['rrule', 'start', 'end', 'duration'] as const).filter((key) => window[key] !== undefined);
  const once = (['from', 'to'] as const).filter((key) => window[key] !== undefined);
  if (recurring.length > 0 && once.length > 0) {
    const detail = `goes with rrule, this window is said by from and to: ${FORMS}`;
    return recurring.map((field) => ({ field, code: 'EXCLUSIVE', detail }));
  }
  if (recurring.length === 0 && once.length === 0) return [{ field: '', code: 'REQUIRED', detail: FORMS }];
  return once.length > 0 ? onceFaults(window) : recurringFaults(window);
}

function onceFaults({ from, to }: WindowSpec): Fault[] {
  if (from === undefined || to === undefined) {
    const field = from === undefined ? 'from' : 'to';
    return [{ field, code: 'REQUIRED', detail: 'from and to go together' }];
  }
  if ((parseWallTime(from) ?? 0) < (parseWallTime(to) ?? 0)) return [];
  return [{ field: 'to', code: 'RANGE', detail: 'must be after from' }];
}

function recurringFaults({ rrule, start, end, duration }: WindowSpec): Fault[] {
  const missing = (
    [
      ['rrule', rrule],
      ['start', start],
    ] as const
  ).flatMap(([field, value]): Fault[] => (value === undefined ? [{ field, code: 'REQUIRED', detail: FORMS }] : []));
  if (end === undefined && duration === undefined) {
    return [...missing, { field: 'end', code: 'REQUIRED', detail: 'needs an end or a duration' }];
  }
  if (end !== undefined && duration !== undefined) {
    const detail = 'end is clock time, duration is elapsed time: keep one of them';
    return [...missing, { field: 'duration', code: 'EXCLUSIVE', detail }];
  }
  if (end === undefined || end !== start) return missing;
  const detail = 'is the start: a window that is open for a whole day has the duration 24h';
  return [...missing, { field: 'end', code: 'RANGE', detail }];
}

/** A window that schema and `windowProblems` accepted, with every default written out. */
export function resolveWindow(spec: WindowSpec): ResolvedWindow {
  return {
    name: spec.name,
    kind: spec.kind,
    ...(spec.appliesTo && { appliesTo: spec.appliesTo }),
    period: periodOf(spec),
    zone: spec.timezone,
    overrun: spec.overrun ?? 'finishInFlight',
    minRemainingMs: read(parseDuration, spec.minRemaining, 0),
  };
}

function periodOf({ rrule, start, end, duration, from, to }: WindowSpec): WindowPeriod {
  if (rrule === undefined) return { type: 'once', from: read(parseWallTime, from, 0), to: read(parseWallTime, to, 0) };
  const days = parseRecurrence(rrule);
  return {
    type: 'recurring',
    weekdays: days.ok ? days.weekdays : [],
    startMinute: read(parseMinute, start, 0),
    endMinute: read(parseMinute, end, null),
    durationMs: read(parseDuration, duration, null),
  };
}

/** Schema and `windowProblems` have seen to it that what is there can be read. */
const read = <T>(parse: (text: string) => number | undefined, text: string | undefined, otherwise: T): number | T =>
  (text === undefined ? undefined : parse(text)) ?? otherwise;
