import { TestClock } from '../testing/test-clock';
import type { Lease } from './core/lease';
import { readLease } from './core/lease';
import { LeaderElector } from './leader-elector';
import type { LeaseStore } from './lease.port';

const TIMES = { leaseMs: 15_000, renewWithinMs: 10_000, retryMs: 2000 };

/** One Lease that changes only for whoever knows its version. */
class MemoryLease implements LeaseStore {
  lease: Lease | null = null;
  failure: Error | null = null;
  writes = 0;
  #version = 0;

  async read(): Promise<Lease | null> {
    await Promise.resolve();
    if (this.failure) throw this.failure;
    return this.lease;
  }

  async write(before: Lease | null, spec: Readonly<Record<string, unknown>>): Promise<Lease | null> {
    await Promise.resolve();
    if (this.failure) throw this.failure;
    if (before?.resourceVersion !== this.lease?.resourceVersion) return null;
    this.writes += 1;
    this.lease = readLease({ metadata: { resourceVersion: String((this.#version += 1)) }, spec });
    return this.lease;
  }
}

type Replica = Readonly<{ elector: LeaderElector; clock: TestClock; told: string[] }>;

function replica(identity: string, leases: LeaseStore, clock = new TestClock()): Replica {
  const told: string[] = [];
  const hooks = {
    lost: (why: string) => void told.push(`lost: ${why}`),
    trouble: (what: string) => void told.push(what),
  };
  const elector = new LeaderElector(leases, { identity, ...TIMES }, { clock, hooks });
  elector.onStandby((holder) => told.push(`behind ${holder}`));
  return { elector, clock, told };
}

describe('the election of a leader', () => {
  it('agent 186: one leads at once, the other stands by as long as it renews', async () => {
    const clock = new TestClock();
    const leases = new MemoryLease();
    const [a, b] = [replica('a', leases, clock), replica('b', leases, clock)];
    expect(await a.elector.lead()).toBe(true);
    void b.elector.lead();
    await clock.advance(120_000);
    expect([a.elector.leads(), b.elector.leads()]).toEqual([true, false]);
    expect([a.elector.leader(), b.elector.leader()]).toEqual([null, 'a']);
    expect(b.told).toEqual(['behind a']);
    expect(leases.lease).toMatchObject({ holder: 'a', leaseMs: 15_000, transitions: 0 });
  });

  it.each([6, -6])(
    'agent 186: a clock that somebody sets by %d hours takes no lead away, and gives none',
    async (hours) => {
      const leases = new MemoryLease();
      const [leading, waiting] = [replica('a', leases), replica('b', leases)];
      await leading.elector.lead();
      void waiting.elector.lead();
      for (const set of [leading, waiting, leading]) {
        set.clock.setForward(hours * 3_600_000);
        for (let seconds = 0; seconds < 60; seconds += 2) {
          await leading.clock.advance(2000);
          await waiting.clock.advance(2000);
        }
        expect([leading.elector.leads(), waiting.elector.leads()]).toEqual([true, false]);
      }
      expect(leases.lease).toMatchObject({ holder: 'a', transitions: 0 });
    },
  );

  it('a Lease that is released is taken within the retry period', async () => {
    const clock = new TestClock();
    const leases = new MemoryLease();
    const [a, b] = [replica('a', leases, clock), replica('b', leases, clock)];
    await a.elector.lead();
    void b.elector.lead();
    await clock.advance(5000);
    await a.elector.release();
    expect(a.elector.leads()).toBe(false);
    expect(a.elector.isLost).toBe(false);
    await clock.advance(2000);
    expect(b.elector.leads()).toBe(true);
    expect(b.elector.epoch()).toBe(1);
  });

  it('agent 186: a holder that is killed is followed after the Lease has run out, not before', async () => {
    const leases = new MemoryLease();
    const [dead, next] = [replica('a', leases), replica('b', leases)];
    await dead.elector.lead();
    void next.elector.lead();
    await next.clock.advance(14_000);
    expect(next.elector.leads()).toBe(false);
    await next.clock.advance(4000);
    expect(next.elector.leads()).toBe(true);
  });

  it('agent 185: a holder that was stopped acts no more, before it even asks', async () => {
    const leases = new MemoryLease();
    const [stopped, next] = [replica('a', leases), replica('b', leases)];
    await stopped.elector.lead();
    void next.elector.lead();
    await next.clock.advance(20_000);
    const { writes } = leases;
    stopped.clock.skip(20_000);
    expect(stopped.elector.leads()).toBe(false);
    await stopped.clock.advance(0);
    expect(stopped.elector.leads()).toBe(false);
    expect(stopped.elector.isLost).toBe(true);
    expect(stopped.told).toEqual(['lost: it was not renewed for 10 s']);
    expect(leases.lease?.holder).toBe('b');
    expect(leases.writes).toBe(writes);
  });

  it('is lost when the Lease can not be renewed for ten seconds, and never both lead', async () => {
    const clock = new TestClock();
    const leases = new MemoryLease();
    const [a, b] = [replica('a', leases, clock), replica('b', leases, clock)];
    await a.elector.lead();
    void b.elector.lead();
    await clock.advance(4000);
    leases.failure = new Error('away');
    await clock.advance(5900);
    expect(a.elector.leads()).toBe(true);
    await clock.advance(6000);
    expect(a.elector.leads()).toBe(false);
    expect(a.told.at(-1)).toBe('lost: it was not renewed for 10 s');
    leases.failure = null;
    await clock.advance(20_000);
    expect(b.elector.leads()).toBe(true);
  });

  it.each([
    ['nobody took it meanwhile', null, 'vacant'],
    ['another has taken it', 'b', 'taken'],
  ])('after it was lost knows that %s', async (_title, holder, expected) => {
    const clock = new TestClock();
    const leases = new MemoryLease();
    const a = replica('a', leases, clock);
    await a.elector.lead();
    leases.failure = new Error('away');
    await clock.advance(12_000);
    expect(a.elector.isLost).toBe(true);
    let found = 'taken';
    void a.elector.untilVacant().then(() => (found = 'vacant'));
    await clock.advance(5000);
    expect(found).toBe('taken');
    leases.failure = null;
    if (holder) leases.lease = { ...(leases.lease as Lease), holder, resourceVersion: 'of another' };
    await clock.advance(5000);
    expect(found).toBe(expected);
    expect(a.elector.leads()).toBe(false);
  });

  it('a conflict of its own making costs nothing', async () => {
    const clock = new TestClock();
    const leases = new MemoryLease();
    const a = replica('a', leases, clock);
    await a.elector.lead();
    leases.lease = { ...(leases.lease as Lease), resourceVersion: 'by an answer that was lost' };
    await clock.advance(30_000);
    expect(a.elector.leads()).toBe(true);
    expect(a.told).toEqual([]);
  });

  it('is lost at once when another holds it', async () => {
    const clock = new TestClock();
    const leases = new MemoryLease();
    const a = replica('a', leases, clock);
    await a.elector.lead();
    leases.lease = { ...(leases.lease as Lease), holder: 'b', resourceVersion: 'of another' };
    await clock.advance(2100);
    expect(a.told).toEqual(['lost: b holds it']);
  });

  it('ends when it is told to before it led', async () => {
    const clock = new TestClock();
    const leases = new MemoryLease();
    const [a, b] = [replica('a', leases, clock), replica('b', leases, clock)];
    await a.elector.lead();
    const led = b.elector.lead();
    await clock.advance(1000);
    await b.elector.release();
    expect(await led).toBe(false);
    expect(leases.lease?.holder).toBe('a');
  });
});
