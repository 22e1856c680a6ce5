import { Nudge } from './nudge';

describe('a nudge', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  async function waitedFor(ms: number, meanwhile: (nudge: Nudge) => void): Promise<number> {
    const nudge = new Nudge();
    let over = -1;
    const began = performance.now();
    void nudge.wait(ms, new AbortController().signal).then(() => (over = performance.now() - began));
    await jest.advanceTimersByTimeAsync(10);
    meanwhile(nudge);
    await jest.advanceTimersByTimeAsync(1000);
    return over;
  }

  it('ends a wait at the soonest timer that is set meanwhile', async () => {
    expect(await waitedFor(200, () => undefined)).toBe(200);
    expect(await waitedFor(200, (nudge) => [50, 20, 90].forEach((ms) => nudge.soon(ms)))).toBe(30);
    expect(await waitedFor(200, (nudge) => nudge.soon(500))).toBe(200);
    expect(await waitedFor(200, (nudge) => nudge.soon(-5))).toBe(10);
  });

  it('knows of a timer that was set before somebody waits', async () => {
    const nudge = new Nudge();
    nudge.soon(30);
    const wait = nudge.wait(200, new AbortController().signal).then(() => 'over');
    await jest.advanceTimersByTimeAsync(31);
    expect(await wait).toBe('over');
  });

  it('ends a wait with the signal', async () => {
    const end = new AbortController();
    const wait = new Nudge().wait(10_000, end.signal).then(() => 'over');
    end.abort();
    expect(await wait).toBe('over');
  });
});
