import type { KubeFailure } from '../../kube/core/answers';
import type { WatchLine } from './watch-line';
import {
  afterEnding,
  endingOf,
  initialState,
  nextAttempt,
  onLine,
  onOpened,
  type Ending,
  type WatchState,
} from './watch-loop';

const object = (resourceVersion: string) => ({ metadata: { name: 'a', uid: 'u', resourceVersion } });
const upsert = (resourceVersion: string): WatchLine => ({ type: 'upsert', object: object(resourceVersion) });
const end = (resourceVersion: string): WatchLine => ({ type: 'bookmark', resourceVersion, initialEnd: true });
const bookmark = (resourceVersion: string): WatchLine => ({ type: 'bookmark', resourceVersion, initialEnd: false });
const refused = (code: number, retryAfterMs: number | null = null): Ending => ({
  type: 'failed',
  failure: { kind: 'refused', code, reason: 'Because', message: 'no', retryAfterMs } satisfies KubeFailure,
});
const cut: Ending = { type: 'cut', livedMs: 5, message: 'reset' };
const after = (state: WatchState, ...lines: WatchLine[]): WatchState => lines.reduce(onLine, onOpened(state));
const synced = after(initialState, upsert('5'), end('7'));

describe('the watch loop', () => {
  it('starts with a streamed list and resumes from its end, not from an object inside it', () => {
    expect(nextAttempt(initialState)).toEqual({ mode: 'streamed-list' });
    expect(nextAttempt(afterEnding(after(initialState, upsert('90')), cut, 0).state)).toEqual({
      mode: 'streamed-list',
    });
    expect(nextAttempt(synced)).toEqual({ mode: 'watch', resourceVersion: '7' });
  });

  it('takes no ordinary bookmark inside a list for its end', () => {
    const listing = after(initialState, upsert('5'), bookmark('6'));
    expect(listing.synced).toBe(false);
    expect(nextAttempt(afterEnding(listing, cut, 0).state)).toEqual({ mode: 'streamed-list' });
  });

  it.each([
    ['an object', upsert('9'), '9'],
    ['a deletion', { type: 'gone', object: object('10') } satisfies WatchLine, '10'],
    ['a bookmark', bookmark('11'), '11'],
  ])('resumes behind %s', (_, line, resourceVersion) => {
    for (const ending of [
      cut,
      { type: 'closed', livedMs: 400_000 },
      { type: 'silent', afterMs: 90_000 },
      refused(500),
      refused(403),
    ] satisfies Ending[]) {
      expect(nextAttempt(afterEnding(after(synced, line), ending, 0).state)).toEqual({
        mode: 'watch',
        resourceVersion,
      });
    }
  });

  it.each([
    ['410 inside the stream', { type: 'expired' } satisfies Ending, 'expired'],
    ['410 as the answer', refused(410), 'expired'],
    ['a version that the server can not read', refused(400), 'expired'],
    ['a line that is no JSON', { type: 'malformed', why: 'a line is not a JSON object' } satisfies Ending, 'malformed'],
  ])('lists again after %s', (_, ending, reason) => {
    const { state } = afterEnding(synced, ending, 0);
    expect(state).toMatchObject({ synced: false, relistBecause: reason });
    expect(nextAttempt(state)).toEqual({ mode: 'streamed-list' });
  });

  it.each([400, 422])('lists in pages, at once, when the server answers a streamed list with %i', (code) => {
    const { state, waitMs } = afterEnding(initialState, refused(code), 0.9);
    expect(nextAttempt(state)).toEqual({ mode: 'paged-list' });
    expect(waitMs).toBe(0);
    const listed = afterEnding(state, { type: 'listed', resourceVersion: '30' }, 0.9);
    expect(nextAttempt(listed.state)).toEqual({ mode: 'watch', resourceVersion: '30' });
    expect(listed.waitMs).toBe(0);
    expect(nextAttempt(onLine(listed.state, upsert('31')))).toEqual({ mode: 'watch', resourceVersion: '31' });
  });

  it('waits when the server refuses the pages, too', () => {
    const { state } = afterEnding(initialState, refused(400), 0);
    const again = afterEnding(state, refused(400), 0);
    expect(again.waitMs).toBe(125);
    expect(again.state.error).toBe('400 Because: no');
  });

  it.each([
    ['a list that fails for another reason', initialState, 500],
    ['a watch that is refused like a streamed list', synced, 422],
  ])('streams the next list after %s', (_, state, code) => {
    const next = afterEnding(state, refused(code), 0);
    expect(next.waitMs).toBe(125);
    expect(next.state).toMatchObject({ canStreamList: true, error: `${code} Because: no` });
  });

  it('says why it lists again', () => {
    expect(initialState.relistBecause).toBe('start');
    expect(afterEnding(initialState, cut, 0).state.relistBecause).toBe('interrupted');
  });

  it('lists in pages when the end of a streamed list never comes', () => {
    const { state } = afterEnding(after(initialState, upsert('5')), { type: 'silent', afterMs: 90_000 }, 0);
    expect(nextAttempt(state)).toEqual({ mode: 'paged-list' });
    expect(state.error).toBe('the list did not end, and nothing came for 90 s');
  });

  it('doubles the wait up to half a minute while nothing comes, half of it by chance, and starts anew after any line', () => {
    let state = synced;
    const waits = Array.from({ length: 10 }, () => {
      const next = afterEnding(state, cut, 0.999999);
      state = next.state;
      return next.waitMs;
    });
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
    expect(afterEnding(state, cut, 0).waitMs).toBe(15000);
    expect(afterEnding(after(state, bookmark('8')), cut, 0).waitMs).toBe(125);
  });

  const away: Ending = {
    type: 'failed',
    failure: { kind: 'unreachable', reason: 'ConnectionFailed', message: 'ECONNREFUSED' },
  };
  const afterOutage = Array.from({ length: 20 }).reduce<WatchState>(
    (state) => afterEnding(state, away, 0).state,
    synced,
  );

  it('asks a server that is away every few seconds, and counts anew from its first answer', () => {
    expect(afterEnding(afterOutage, away, 0.999999).waitMs).toBe(5000);
    expect(afterOutage.isAway).toBe(true);
    for (const code of [502, 503, 504]) {
      expect(afterEnding(afterOutage, refused(code), 0.999999)).toMatchObject({
        state: { isAway: true },
        waitMs: 5000,
      });
    }
    expect([501, 505].map((code) => afterEnding(afterOutage, refused(code), 0).state.isAway)).toEqual([false, false]);
    expect(afterEnding(afterOutage, refused(503, 9000), 0).waitMs).toBe(9000);
    const expired = afterEnding(afterOutage, refused(410), 0.5);
    expect(expired).toMatchObject({ state: { isAway: false, relistBecause: 'expired' }, waitMs: 5 });
    expect(afterEnding(afterOutage, refused(403), 0.999999).waitMs).toBe(250);
    const opened = onOpened(afterOutage);
    expect(opened.isAway).toBe(false);
    expect(afterEnding(opened, { type: 'expired' }, 0.5).waitMs).toBe(5);
    expect(afterEnding(afterOutage, { type: 'listed', resourceVersion: '9' }, 0).state.isAway).toBe(false);
  });

  it('waits longer and longer for a server that takes each watch and cuts it', () => {
    let state = synced;
    for (let n = 0; n < 10; n++) state = afterEnding(onOpened(state), cut, 0).state;
    expect(afterEnding(onOpened(state), cut, 0).waitMs).toBe(15_000);
  });

  it('comes back at once when the server ends a watch that worked, and slowly when it ends each at once', () => {
    const first = afterEnding(after(synced, bookmark('8')), { type: 'closed', livedMs: 20 }, 0.5);
    expect(first.waitMs).toBe(5);
    expect(first.state.error).toBeNull();
    const second = afterEnding(onOpened(first.state), { type: 'closed', livedMs: 20 }, 0.5);
    expect(second.waitMs).toBeGreaterThan(300);
    expect(second.state.error).toContain('closes the watch');
  });

  it.each([10_000, 30_000])('takes a quiet watch that a proxy closes after %d ms as a working one', (livedMs) => {
    let state = synced;
    for (let n = 0; n < 50; n++) {
      const next = afterEnding(onOpened(state), { type: 'closed', livedMs }, 0.5);
      expect(next.waitMs).toBeLessThanOrEqual(10);
      expect(next.state.error).toBeNull();
      state = next.state;
    }
  });

  it('asks a silent watch again at once, and takes silence for no failure: some kinds never change', () => {
    const { state, waitMs } = afterEnding(synced, { type: 'silent', afterMs: 90_000 }, 0.5);
    expect(state.error).toBeNull();
    expect(waitMs).toBeLessThanOrEqual(10);
    expect(nextAttempt(state)).toEqual({ mode: 'watch', resourceVersion: '7' });
  });

  it('waits at least as long as Retry-After says', () => {
    expect(afterEnding(synced, refused(429, 7000), 0).waitMs).toBe(7000);
  });

  it('says why it does not work until it works again', () => {
    const { state } = afterEnding(synced, refused(403), 0);
    expect(state.error).toBe('403 Because: no');
    expect(onOpened(state).error).toBeNull();
    expect(onLine(state, bookmark('8')).error).toBeNull();
  });

  it('says of a server that can not be reached what came of it, without a code', () => {
    const failure: KubeFailure = { kind: 'unreachable', reason: 'ConnectionFailed', message: 'no such host' };
    expect(afterEnding(synced, { type: 'failed', failure }, 0).state.error).toBe('no such host');
  });

  it('keeps its state, as it is, over the lines of a list: they are many', () => {
    const listing = onLine(initialState, upsert('5'));
    expect(onLine(listing, upsert('6'))).toBe(listing);
  });

  const unread = { type: 'refused', code: 500, reason: 'InternalError', message: 'no leader' } as const;
  it.each<[WatchLine, Ending]>([
    [{ type: 'expired' }, { type: 'expired' }],
    [
      { type: 'malformed', why: 'odd' },
      { type: 'malformed', why: 'odd' },
    ],
    [
      unread,
      {
        type: 'failed',
        failure: { kind: 'refused', code: 500, reason: 'InternalError', message: 'no leader', retryAfterMs: null },
      },
    ],
  ])('a line that ends the stream is no sign that it works: %j', (line, ending) => {
    expect(endingOf(synced, line)).toEqual(ending);
    const { state } = afterEnding(synced, cut, 0);
    expect(onLine(state, line)).toBe(state);
  });

  it.each([upsert('9'), bookmark('9')])('a stream goes on after %j', (line) => {
    expect(endingOf(synced, line)).toBeNull();
  });

  it.each([upsert('6'), bookmark('6')])(
    'lists again when the server has gone back, as one that was restored: %j',
    (line) => {
      expect(endingOf(synced, line)).toEqual({ type: 'expired' });
      expect(endingOf(initialState, line)).toBeNull();
      expect(endingOf(after(initialState, upsert('9')), line)).toBeNull(); // inside a list versions come in no order
    },
  );
});
