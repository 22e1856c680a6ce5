import { performance } from 'node:perf_hooks';
import { Liveness } from './liveness';

const BEAT_MS = 25_000;

describe('the life of a link', () => {
  let dead: string[];
  let beats: number;
  let liveness: Liveness;

  beforeEach(() => {
    jest.useFakeTimers();
    jest.spyOn(performance, 'now').mockImplementation(() => Date.now());
    dead = [];
    beats = 0;
    liveness = new Liveness({ beat: () => (beats += 1), dead: (why) => dead.push(why) });
  });
  afterEach(() => {
    liveness.stop();
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  it('beats every ten minutes at least, whatever number the hub gives', () => {
    liveness.start(2 ** 40);
    jest.advanceTimersByTime(400_000);
    expect(beats).toBe(0);
    jest.advanceTimersByTime(320_000);
    expect(beats).toBe(1);
  });

  it('protocol 30: a hub that says nothing more is noticed within 75 s, though the connection never says so', () => {
    liveness.start(BEAT_MS);
    jest.advanceTimersByTime(BEAT_MS * 2.5);
    expect(dead).toEqual([]);
    jest.advanceTimersByTime(75_000 - BEAT_MS * 2.5);
    expect(dead[0]).toMatch(/^nothing heard for \d+ ms$/);
  });

  it('lives on as long as something is heard', () => {
    liveness.start(BEAT_MS);
    for (let second = 0; second < 600; second += 60) {
      jest.advanceTimersByTime(60_000);
      liveness.heard();
    }
    expect(dead).toEqual([]);
  });

  it('beats by itself, spread by a fifth', () => {
    liveness.start(BEAT_MS);
    jest.advanceTimersByTime(10 * BEAT_MS);
    expect(beats).toBeGreaterThanOrEqual(8);
    expect(beats).toBeLessThanOrEqual(12);
  });

  it('protocol 13: a welcome that does not come ends the wait for it', () => {
    liveness.expect('welcome', 15_000);
    jest.advanceTimersByTime(14_999);
    expect(dead).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(dead).toEqual(['no welcome within 15000 ms']);
  });

  it('what has arrived is not waited for', () => {
    liveness.expect('welcome', 15_000);
    liveness.arrived('welcome');
    jest.advanceTimersByTime(60_000);
    expect(dead).toEqual([]);
  });

  it('protocol 13: a frame without an answer ends the session, also while the hub goes on to talk', () => {
    liveness.start(BEAT_MS);
    liveness.sent('answered');
    liveness.sent('forgotten');
    liveness.answered('answered');
    for (let second = 0; second < 60; second += 10) {
      expect(dead).toEqual([]);
      jest.advanceTimersByTime(10_000);
      liveness.heard();
    }
    jest.advanceTimersByTime(BEAT_MS / 2);
    expect(dead[0]).toBe('a frame was not answered for 60000 ms');
  });

  it('tells and beats nothing when it is over', () => {
    liveness.start(BEAT_MS);
    liveness.expect('welcome', 15_000);
    liveness.stop();
    jest.advanceTimersByTime(10 * BEAT_MS);
    expect([dead, beats]).toEqual([[], 0]);
  });
});
