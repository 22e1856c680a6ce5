import { FleetFacts } from '@test/rollout/fleet';
import { keyNamed, NEW, rolloutOf, type Rules, START } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import type { FleetNow } from './fleet-now';
import type { Rollout, RolloutEvent, Step } from './model';
import type { News } from './evolve';
import { concernedBy, isNews, outcomesIn, stepNews } from './news';
import { step } from './step';

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `c${at}`);
const rulesFor = (clusters: readonly string[], concurrency: number): Rules => ({
  waves: [
    {
      ...{ name: 'all', clusters, after: [], concurrency: { count: concurrency }, failures: { count: 0, percent: 0 } },
      ...({ exposure: 'unbounded', soakMs: 0 } as const),
    },
  ],
  ...{ workloads: ['web'], onFailure: 'halt', maxFailures: null, start: 'auto', maxDeferred: { count: 0 } },
  target: { ackDeadlineMs: 60_000, progressDeadlineMs: 120_000, lostAfterMs: 300_000 },
  ...{ graceMs: 60_000, deferTtlMs: 600_000 },
});

const AT = START + 1000;
const acked = (cluster: string): News => ({ type: 'acked', at: AT, cluster, attempt: 1 });
const reported = (cluster: string, outcome: 'APPLIED' | 'ROLLOUT_FAILED' = 'APPLIED'): News => ({
  ...{ type: 'reported', at: AT, cluster, attempt: 1, workload: keyNamed('web'), outcome },
  ...{ reason: outcome === 'APPLIED' ? '' : 'CrashLoop', message: '', revision: NEW, startedAt: START },
});

function dispatched(clusters: readonly string[], concurrency: number): Readonly<{ facts: FleetFacts; begun: Step }> {
  const facts = new FleetFacts(clusters, ['web']);
  return {
    facts,
    begun: step(rolloutOf(rulesFor(clusters, concurrency)), { type: 'woken', at: START }, facts.now()),
  };
}

const sentTo = ({ effects }: Step): readonly string[] =>
  effects.flatMap((effect) => (effect.type === 'dispatch' ? [effect.cluster] : []));

/** What the hub reads for this news, and nothing else. */
function onlyConcerned({ rollout }: Step, news: readonly News[], facts: FleetFacts): FleetNow {
  return { clusters: Object.fromEntries([...concernedBy(rollout, news)].map((name) => [name, facts.of(name)])) };
}

it('what agents say about permits is news, what people and time do is not', () => {
  const others: readonly RolloutEvent[] = [
    { type: 'woken', at: AT },
    { type: 'paused', at: AT, actor: 'ann', why: '' },
  ];
  const progressed: News = {
    type: 'progressed',
    at: AT,
    cluster: 'c0',
    attempt: 1,
    workload: keyNamed('web'),
    phase: 'Patching',
    message: '',
  };
  const events: readonly RolloutEvent[] = [acked('c0'), progressed, reported('c0'), ...others];
  expect(events.map(isNews)).toEqual([true, true, true, false, false]);
});

describe('news of agents', () => {
  it('brings a wave of a thousand clusters to its end with one look at the whole of it', () => {
    const { facts, begun } = dispatched(names(1000), 10);
    const queue = [...sentTo(begun)];
    let last = begun;
    let whole = 0;
    for (let cluster = queue.shift(); cluster !== undefined; cluster = queue.shift()) {
      for (const news of [acked(cluster), reported(cluster)]) {
        const short = stepNews(last.rollout, [news], onlyConcerned(last, [news], facts), last.wakeAt ?? 0);
        whole += short === null ? 1 : 0;
        last = short ?? step(last.rollout, news, facts.now());
        expect(last.changed.length).toBeLessThanOrEqual(2);
        queue.push(...sentTo(last));
      }
    }
    expect(last.rollout.phase).toBe('Succeeded');
    expect(whole).toBe(1);
  });

  it('gives the slots that several leave to those who are next, in order', () => {
    const { facts, begun } = dispatched(names(8), 3);
    const news = [reported('c0'), reported('c2')];
    const after = stepNews(begun.rollout, news, onlyConcerned(begun, news, facts), begun.wakeAt ?? 0);
    expect(after && sentTo(after)).toEqual(['c3', 'c4']);
    expect(after?.wakeAt).toBeGreaterThan(AT + 1);
  });

  it('passes over who is held by now, and has the whole looked at at once when nobody takes a free slot', () => {
    const { facts, begun } = dispatched(names(3), 1);
    facts.hold('c1', { id: 'h', owner: 'ann', reason: 'incident', expiresAt: null });
    const next = stepNews(begun.rollout, [reported('c0')], facts.now(), begun.wakeAt ?? 0);
    expect(next && sentTo(next)).toEqual(['c2']);
    facts.hold('c2', { id: 'h', owner: 'ann', reason: 'incident', expiresAt: null });
    const none = stepNews(begun.rollout, [reported('c0')], facts.now(), begun.wakeAt ?? 0);
    expect(none).toMatchObject({ wakeAt: AT + 1 });
    expect(none && sentTo(none)).toEqual([]);
  });

  it('wants to know of those who speak, and of those who are next in their waves', () => {
    const text = 'new\nwave one c01..c20 concurrency=1\nwave two c21..c23 concurrency=1\nwave last c24 after=two';
    const facts = new FleetFacts(
      rulesOf(text).waves.flatMap(({ clusters }) => clusters),
      ['web'],
    );
    const { rollout } = step(rolloutOf(rulesOf(text)), { type: 'woken', at: START }, facts.now());
    const next = (...speaking: readonly string[]) => [...concernedBy(rollout, speaking.map(acked))].sort();
    expect(next('c01')).toEqual(Array.from({ length: 10 }, (_, n) => `c${String(n + 1).padStart(2, '0')}`));
    expect(next('c21')).toEqual(['c21', 'c22', 'c23']);
    expect(next('c24')).toEqual(['c24']);
    expect(next('elsewhere')).toEqual(['elsewhere']);
  });

  it('leaves a wave with a ramp to a look at the whole, since a batch may be through', () => {
    const rules = rulesFor(names(4), 4);
    const ramped = { ...rules, waves: rules.waves.map((wave) => ({ ...wave, ramp: { start: 2, factor: 2 } })) };
    const facts = new FleetFacts(names(4), ['web']);
    const begun = step(rolloutOf(ramped), { type: 'woken', at: START }, facts.now());
    expect(sentTo(begun)).toEqual(['c0', 'c1']);
    expect(stepNews(begun.rollout, [acked('c0')], facts.now(), begun.wakeAt ?? 0)).toBeNull();
  });

  it('starts nobody in a rollout that is being paused, and looks at nothing sooner for it', () => {
    const { facts, begun } = dispatched(names(3), 2);
    const pausing = step(begun.rollout, { type: 'paused', at: START, actor: 'ann', why: '' }, facts.now());
    const after = stepNews(pausing.rollout, [acked('c0')], facts.now(), pausing.wakeAt ?? 0);
    expect(after && sentTo(after)).toEqual([]);
    expect(after?.wakeAt).toBeGreaterThan(AT + 1);
  });

  it('looks at nothing sooner for a slot that nobody waits for', () => {
    const { facts, begun } = dispatched(names(3), 3);
    const after = stepNews(begun.rollout, [reported('c0')], facts.now(), begun.wakeAt ?? 0);
    expect(after?.wakeAt).toBeGreaterThan(AT + 1);
  });

  it('keeps who was refused from going on where something holds it by now', () => {
    const { facts, begun } = dispatched(names(2), 1);
    facts.hold('c0', { id: 'h', owner: 'ann', reason: 'incident', expiresAt: null });
    const refused: News = { ...reported('c0'), outcome: 'EXPIRED' } as News;
    const after = stepNews(begun.rollout, [refused], facts.now(), begun.wakeAt ?? 0);
    const whole = step(begun.rollout, refused, facts.now());
    const seen = (each: Step | null) => each?.rollout.targets.all().map(({ phase, reason }) => `${phase} ${reason}`);
    expect(seen(after)).toEqual(seen(whole));
    expect(after?.rollout.targets.get('c0')).toMatchObject({ phase: 'Blocked', reason: 'Hold' });
  });

  it('leaves failures, ends of waves, pauses and what is due by time to a look at the whole', () => {
    const { facts, begun } = dispatched(names(2), 1);
    const lookAgain = begun.wakeAt ?? 0;
    const fleet = facts.now();
    expect(stepNews(begun.rollout, [acked('c0')], fleet, lookAgain)).not.toBeNull();
    expect(stepNews(begun.rollout, [acked('c0')], fleet, AT)).toBeNull();
    expect(stepNews(begun.rollout, [reported('c0', 'ROLLOUT_FAILED')], fleet, lookAgain)).toBeNull();
    const paused = step(begun.rollout, { type: 'paused', at: START, actor: 'ann', why: '' }, fleet);
    expect(stepNews(paused.rollout, [reported('c0')], fleet, lookAgain)).toBeNull();
    const last = step(begun.rollout, reported('c0'), fleet);
    expect(stepNews(last.rollout, [reported('c1')], fleet, last.wakeAt ?? 0)).toBeNull();
  });

  it('that comes again, or for an attempt that is over, changes nothing', () => {
    const { facts, begun } = dispatched(names(2), 1);
    const once = stepNews(begun.rollout, [acked('c0')], facts.now(), begun.wakeAt ?? 0);
    const state = once?.rollout ?? begun.rollout;
    const stale: News = { ...acked('c0'), attempt: 7 };
    for (const news of [acked('c0'), stale]) {
      const again = stepNews(state, [news], facts.now(), begun.wakeAt ?? 0);
      expect(again).toMatchObject({ changed: [], effects: [] });
      expect(again?.rollout.targets).toBe(state.targets);
    }
  });
});

describe('news, and a look at the whole, come to the same', () => {
  const HOLD = { id: 'h', owner: 'ann', reason: 'incident', expiresAt: null };
  const seen = ({ rollout }: Step) =>
    rollout.targets.all().map(({ cluster, phase, reason, restarts }) => {
      return [cluster, phase, reason, ...restarts.map((restart) => restart.phase)].filter(Boolean).join(' ');
    });
  const begin = (block: string, prepare: (facts: FleetFacts) => void = () => undefined) => {
    const rules = rulesOf(`new ${block}`);
    const clusters = rules.waves.flatMap((wave) => wave.clusters);
    const facts = new FleetFacts(clusters, rules.workloads);
    prepare(facts);
    return { facts, ...step(rolloutOf(rules), { type: 'woken', at: START }, facts.now()) };
  };
  const look = (rollout: Rollout, event: object, facts: FleetFacts): Step =>
    step(rollout, { at: START, actor: 'ann', why: '', ...event } as RolloutEvent, facts.now());
  /** What the news come to, which has to be what a look at the whole comes to; null: that is left to it. */
  function told({ rollout, wakeAt }: Step, news: readonly News[], facts: FleetFacts): readonly string[] | null {
    const after = stepNews(rollout, news, facts.now(), wakeAt ?? 0);
    if (after === null) return null;
    const whole = news.reduce<Step>((state, event) => step(state.rollout, event, facts.now()), { rollout } as Step);
    expect(seen(after)).toEqual(seen(whole));
    return seen(after);
  }

  it('where somebody holds by now what has begun', () => {
    const { facts, ...begun } = begin('\nwave all c01..c02');
    facts.hold('c01', HOLD);
    expect(told(begun, [acked('c01')], facts)).toEqual(['c01 Acked Pending', 'c02 Dispatched Pending']);
  });

  it('where a slot is free in a rollout that is being paused', () => {
    const { facts, ...begun } = begin('\nwave all c01..c03 concurrency=2');
    const pausing = look(begun.rollout, { type: 'paused' }, facts);
    const free = step(pausing.rollout, reported('c01'), facts.now());
    expect(told(free, [acked('c02')], facts)?.slice(1)).toEqual([
      ...['c02 Acked Pending', 'c03 Pending Concurrency Pending'],
    ]);
  });

  it.each([
    ['all that was left', 'web,api>web', 'c01 Dispatched Succeeded Pending'],
    ['some of what was left', 'web,api>web,job', 'c01 Dispatched Succeeded Pending Pending'],
  ])('where %s waited for the workload that is through', (_what, workloads, expected) => {
    const { facts, ...begun } = begin(`workloads=${workloads}\nwave all c01..c02`);
    expect(told(begun, [reported('c01')], facts)?.[0]).toBe(expected);
    const after = stepNews(begun.rollout, [reported('c01')], facts.now(), begun.wakeAt ?? 0);
    expect(after && sentTo(after)).toEqual(['c01']);
  });

  it('where one of several workloads failed, or its target is to stop: that is left to the whole', () => {
    const { facts, ...begun } = begin('workloads=web,api\nwave all c01..c02 failures=1');
    expect(told(begun, [reported('c01', 'ROLLOUT_FAILED')], facts)).toBeNull();
    const taken = step(begun.rollout, acked('c01'), facts.now());
    const stopping = look(taken.rollout, { type: 'skipped', wave: null, cluster: 'c01' }, facts);
    expect(told(stopping, [reported('c01')], facts)).toBeNull();
  });

  it('where the last of it comes when a timer is due', () => {
    const { facts, ...begun } = begin('\nwave all c01..c02');
    const late = { ...acked('c02'), at: begun.wakeAt ?? 0 };
    expect(told(begun, [late, acked('c01')], facts)).toBeNull();
  });

  it('where a wave keeps to how many may fail, and failures that people let go', () => {
    const { facts, ...begun } = begin('\nwave all c01..c06 bounded concurrency=3 failures=1');
    const failed = step(begun.rollout, reported('c01', 'ROLLOUT_FAILED'), facts.now());
    const started = (rollout: Rollout) =>
      told({ ...failed, rollout }, [reported('c02')], facts)?.filter((text) => text.includes('Dispatched'));
    expect(started(failed.rollout)).toEqual(['c03 Dispatched Pending']);
    expect(started({ ...failed.rollout, acceptedFailures: ['c01'] })).toEqual([
      ...['c03 Dispatched Pending', 'c04 Dispatched Pending'],
    ]);
  });

  it('where some had begun before: they go first, in their order', () => {
    const { facts, ...begun } = begin('\nwave all c01..c09 concurrency=4', (fleet) => fleet.hold('c01', HOLD));
    const refused = ['c03', 'c05'].map((name) => ({ ...reported(name), outcome: 'FENCED' }) as News);
    const others = refused.reduce((state, event) => step(state.rollout, event, facts.now()), begun as Step);
    expect(sentTo(others)).toEqual(['c07']);
    facts.unhold('c01', 'h');
    const at = AT + 1000;
    const again = look(others.rollout, { type: 'woken', at }, facts);
    const news = ['c02', 'c04', 'c06'].map((name) => ({ ...reported(name), at }));
    for (const [count, next] of [['c03'], ['c03', 'c05'], ['c03', 'c05', 'c01']].entries()) {
      const some = news.slice(0, count + 1);
      told(again, some, facts);
      expect(stepNews(again.rollout, some, facts.now(), again.wakeAt ?? 0)).toMatchObject({
        effects: expect.arrayContaining(next.map((cluster) => expect.objectContaining({ type: 'dispatch', cluster }))),
      });
    }
  });
});

it('what ended is told once, of the attempt under way and of those who have a part in it', () => {
  const { begun } = dispatched(['c0', 'c1'], 1);
  const told = reported('c0');
  const events = [
    told,
    { type: 'woken', at: AT },
    told,
    { ...told, attempt: 2 },
    reported('c1'),
    reported('c9'),
  ] as const;
  expect(outcomesIn(begun.rollout, events)).toEqual(['APPLIED']);
  const { rollout } = step(begun.rollout, told, { clusters: {} });
  expect(outcomesIn(rollout, [told, reported('c0', 'ROLLOUT_FAILED')])).toEqual([]);
});
