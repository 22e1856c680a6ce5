import { performance } from 'node:perf_hooks';

/** Time, as services take it; a test drives its own. */
export interface Clock {
  /** Wall time, epoch ms: written for people, decides nothing. */
  wall(): number;
  /** Never goes back, ms: for deadlines. */
  monotonic(): number;
  /** In [0, 1). */
  random(): number;
  /** Calls once after this many ms; the answer takes it back. */
  after(ms: number, call: () => void): () => void;
}

export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};
