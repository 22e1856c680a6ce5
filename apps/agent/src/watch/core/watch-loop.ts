import type { KubeFailure } from '../../kube/core/answers';
import { sentenceOf } from '../../kube/core/answers';
import { isLater } from '../../inventory/core/resource-version';
import type { WatchLine } from './watch-line';

/**
 * What one watch has to do next, decided from what has happened; time and chance are handed in.
 *
 * A watch is either without a `resourceVersion` (it must list: streamed where the server can, in pages where it can not)
 * or has one (it resumes there and misses nothing). It goes back to the first only when the server or the
 * stream says that resuming would miss something. No ending is final: every one leads to another try.
 */
export type WatchState = Readonly<{
  resourceVersion: string | null;
  /** The list is complete; from here on the stream only tells changes. */
  synced: boolean;
  /** false once the server refused or never finished a streamed list. */
  canStreamList: boolean;
  /** Tries in a row that brought no line, since the server answers or since it does not. */
  failures: number;
  /** The last try got no answer, or not of the server. */
  isAway: boolean;
  relistBecause: RelistReason;
  /** Why it does not work now; null while it does, and as long as nothing failed. */
  error: string | null;
}>;

export type RelistReason = 'start' | 'expired' | 'malformed' | 'interrupted';

export type Attempt =
  | Readonly<{ mode: 'streamed-list' }>
  | Readonly<{ mode: 'paged-list' }>
  | Readonly<{ mode: 'watch'; resourceVersion: string }>;

/**
 * How an attempt ended. `closed`: by the server, in order; `cut`: by anything else; `silent`: by our watchdog;
 * `listed`: the pages are complete. `livedMs`: for how long the stream was open.
 */
export type Ending =
  | Readonly<{ type: 'closed'; livedMs: number }>
  | Readonly<{ type: 'cut'; livedMs: number; message: string }>
  | Readonly<{ type: 'silent'; afterMs: number }>
  | Readonly<{ type: 'failed'; failure: KubeFailure }>
  | Readonly<{ type: 'expired' }>
  | Readonly<{ type: 'malformed'; why: string }>
  | Readonly<{ type: 'listed'; resourceVersion: string }>;

/** `waitMs`: before the next attempt; while the server is away, at the longest: until another watch finds it back. */
export type NextTry = Readonly<{ state: WatchState; waitMs: number }>;

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;
/**
 * Of a server that is not there. That costs it nothing, and what changes until we are back has to wait for us: ten
 * watches of one agent are two or three new connections in a second.
 */
const LONGEST_WAIT_FOR_AWAY_MS = 5000;
/** A stream that lived this long did work, even if there was nothing to tell: proxies close quiet connections. */
const WORKING_MS = 10_000;

export const initialState: WatchState = {
  resourceVersion: null,
  synced: false,
  canStreamList: true,
  failures: 0,
  isAway: false,
  relistBecause: 'start',
  error: null,
};

export function nextAttempt(state: WatchState): Attempt {
  if (state.resourceVersion !== null) return { mode: 'watch', resourceVersion: state.resourceVersion };
  return { mode: state.canStreamList ? 'streamed-list' : 'paged-list' };
}

/** The server took the watch. Only a line proves that it works, so `failures` stays, unless the server was away. */
export const onOpened = (state: WatchState): WatchState => ({ ...answered(state), error: null });

/** After a line arrived: the connection works, and the next resume starts behind it. */
export function onLine(state: WatchState, line: WatchLine): WatchState {
  const working = state.failures === 0 ? state : { ...state, failures: 0, error: null };
  switch (line.type) {
    case 'upsert':
    case 'gone':
      // Inside a streamed list versions come in no order: resuming is possible only from its end.
      return working.synced ? { ...working, resourceVersion: line.object.metadata.resourceVersion } : working;
    case 'bookmark':
      return working.synced || line.initialEnd
        ? { ...working, synced: true, resourceVersion: line.resourceVersion }
        : working;
    case 'expired':
    case 'refused':
    case 'malformed':
      return state;
    default:
      return line satisfies never;
  }
}

/** How a stream ends after this line, which `state` has yet to take in; null: it goes on. */
export function endingOf(state: WatchState, line: WatchLine): Ending | null {
  switch (line.type) {
    case 'upsert':
      return hasGoneBack(state, line.object.metadata.resourceVersion) ? { type: 'expired' } : null;
    case 'bookmark':
      return hasGoneBack(state, line.resourceVersion) ? { type: 'expired' } : null;
    case 'expired':
      return { type: 'expired' };
    case 'malformed':
      return { type: 'malformed', why: line.why };
    case 'refused':
      return {
        type: 'failed',
        failure: {
          kind: 'refused',
          code: line.code,
          reason: line.reason,
          message: sentenceOf(line.message),
          retryAfterMs: null,
        },
      };
    default:
      return null;
  }
}

/**
 * Whether a server that is at `version` has not come as far as we had: its store was restored from a backup, and what
 * it tells between here and there a resumed watch would not show.
 */
export const hasGoneBack = (state: WatchState, version: string): boolean =>
  state.synced && state.resourceVersion !== null && isLater(state.resourceVersion, version);

/**
 * After an attempt ended: the state to try again from, and how long to wait first.
 * `chance` in [0, 1) spreads the tries of many agents.
 */
export function afterEnding(state: WatchState, ending: Ending, chance: number): NextTry {
  switch (ending.type) {
    case 'listed':
      return {
        state: {
          ...answered(state),
          ...{ resourceVersion: ending.resourceVersion, synced: true, failures: 0, error: null },
        },
        waitMs: 0,
      };
    case 'closed': {
      const rested = afterLife(state, ending.livedMs);
      return again(
        interrupted(rested),
        rested.failures === 0 ? null : 'the API server closes the watch at once',
        chance,
      );
    }
    case 'cut':
      return again(interrupted(afterLife(state, ending.livedMs)), `the connection was cut: ${ending.message}`, chance);
    case 'silent':
      return afterSilence(state, ending.afterMs, chance);
    case 'expired':
      return again(relist(state, 'expired'), null, chance);
    case 'malformed':
      return again(relist(state, 'malformed'), ending.why, chance);
    case 'failed':
      return afterFailure(state, ending.failure, chance);
    default:
      return ending satisfies never;
  }
}

function afterFailure(before: WatchState, failure: KubeFailure, chance: number): NextTry {
  if (failure.kind === 'unreachable' || isOfGateway(failure))
    return again(away(interrupted(before)), describe(failure), chance);
  return afterRefusal(answered(before), failure, chance);
}

function afterRefusal(state: WatchState, failure: Refusal, chance: number): NextTry {
  if (failure.code === 410) return again(relist(state, 'expired'), null, chance);
  // The version came from this very server; if it can not read it any more, it is not the server it was.
  if (state.resourceVersion !== null && failure.code === 400)
    return again(relist(state, 'expired'), failure.message, chance);
  const refusesStreaming =
    state.resourceVersion === null && state.canStreamList && (failure.code === 400 || failure.code === 422);
  if (refusesStreaming) return { state: { ...state, canStreamList: false }, waitMs: 0 };
  const next = again(interrupted(state), describe(failure), chance);
  return { ...next, waitMs: Math.max(next.waitMs, failure.retryAfterMs ?? 0) };
}

type Refusal = Extract<KubeFailure, { kind: 'refused' }>;

/** Who stands before the server has found none. */
const isOfGateway = ({ code, retryAfterMs }: Refusal): boolean => code >= 502 && code <= 504 && retryAfterMs === null;

const describe = (failure: KubeFailure): string =>
  failure.kind === 'unreachable' ? failure.message : `${failure.code} ${failure.reason}: ${failure.message}`;

/** What comes of a server that is back is not what came of it while it was away: the count begins anew. */
const answered = (state: WatchState): WatchState => (state.isAway ? { ...state, isAway: false, failures: 0 } : state);

const away = (state: WatchState): WatchState => (state.isAway ? state : { ...state, isAway: true });

const relist = (state: WatchState, relistBecause: RelistReason): WatchState => ({
  ...state,
  resourceVersion: null,
  synced: false,
  relistBecause,
});

const afterLife = (state: WatchState, livedMs: number): WatchState =>
  livedMs >= WORKING_MS ? { ...state, failures: 0 } : state;

/** A list that did not reach its end begins again; a watch resumes where it was, and needs no reason for that. */
const interrupted = (state: WatchState): WatchState => ({ ...state, relistBecause: 'interrupted' });

/**
 * Nothing tells a quiet watch from a dead one: a server sends no bookmarks for a kind that it never saw change.
 * So silence is no failure; opening the watch anew at the same version asks the server whether it is there.
 * Only a list has to end: a server that knows nothing of streamed lists may leave us waiting for their end.
 */
function afterSilence(state: WatchState, afterMs: number, chance: number): NextTry {
  if (state.synced) return again({ ...state, failures: 0 }, null, chance);
  const why = `the list did not end, and nothing came for ${Math.round(afterMs / 1000)} s`;
  return again({ ...interrupted(state), canStreamList: false }, why, chance);
}

/**
 * The first try after a working stream is (nearly) immediate; then the wait doubles. Half of it is left to chance.
 */
function again(state: WatchState, error: string | null, chance: number): NextTry {
  const longest = state.isAway ? LONGEST_WAIT_FOR_AWAY_MS : LONGEST_WAIT_MS;
  const ceiling = Math.min(FIRST_WAIT_MS * 2 ** state.failures, longest);
  const waitMs =
    error === null && state.failures === 0 ? Math.round(chance * 10) : Math.round(ceiling * (0.5 + chance / 2));
  return { state: { ...state, failures: state.failures + 1, error }, waitMs };
}
