import { keyNamed, MINUTE, NEW, OLD, rolloutOf, SECOND, START, type Rules } from '@test/rollout/fixtures';
import { FleetFacts } from '@test/rollout/fleet';
import { rulesOf } from '@test/rollout/scenario-text';
import { StoreLimits } from '@test/rollout/store-limits';
import { restartName, type Verdict } from '../../limits/core/refusal';
import type { WorkloadNow } from './fleet-now';
import { isLimited, isTaken, isUnproven, mergedEnd, restartWhy, targetWhy, withinLimits } from './limited';
import type { Instant, Restart, Rollout, RolloutEvent, Step, Target } from './model';
import { step } from './step';
import { waitingFor } from './waiting';

const CLUSTERS = ['c01', 'c02'];

/** A rollout, what is known of its fleet, and a store that refuses what a spec has it refuse. */
class Scene {
  readonly facts: FleetFacts;
  readonly limits = new StoreLimits();
  rollout: Rollout;
  last: Step | null = null;

  constructor(text = 'workloads=web\nwave only c01..c02 concurrency=1') {
    const rules: Rules = rulesOf(text);
    this.facts = new FleetFacts(CLUSTERS, rules.workloads);
    this.rollout = rolloutOf(rules);
  }

  look(at: Instant = START, event: RolloutEvent = { type: 'woken', at }): this {
    const before = this.rollout;
    this.last = this.limits.decide(before, this.facts.now(), (known) => step(before, event, known));
    this.rollout = this.last.rollout;
    return this;
  }

  applied(cluster: string, workload: string, at: Instant = START): this {
    const said = {
      cluster,
      attempt: 1,
      workload: `Deployment/shop/${workload}`,
      outcome: 'APPLIED',
      revision: NEW,
    } as const;
    return this.look(at, { type: 'reported', at, ...said, reason: '', message: '', startedAt: at });
  }

  /** `c01 Blocked RateLimit`, and what its workloads are. */
  get story(): string[] {
    return this.rollout.targets
      .all()
      .map(({ cluster, phase, reason, restarts }) =>
        [cluster, phase, reason, ...restarts.map((restart) => restart.phase + restart.reason)]
          .filter(Boolean)
          .join(' '),
      );
  }
}

describe('a rollout under limits', () => {
  it('rollouts 70: says until when it waits, looks again then, and consumes no attempt', () => {
    const scene = new Scene();
    scene.limits.close('c/c01', START + 6 * SECOND);
    scene.limits.close('c/c02', START + 9 * SECOND);
    scene.look();
    expect(scene.story).toEqual(['c01 Blocked RateLimit Pending', 'c02 Blocked RateLimit Pending']);
    expect(scene.last?.wakeAt).toBe(START + 6 * SECOND);
    expect(waitingFor(scene.rollout, START)).toEqual([
      {
        reason: 'RateLimit',
        until: START + 6 * SECOND,
        detail: expect.stringContaining('c/c01 may begin nothing now'),
      },
    ]);
    scene.limits.openAll();
    expect(scene.look(START + 6 * SECOND).story).toEqual(['c01 Dispatched Pending', 'c02 Pending Concurrency Pending']);
    expect(scene.rollout.targets.get('c01')?.attempt).toBe(1);
  });

  it('lets another cluster go first where only one has to wait', () => {
    const scene = new Scene();
    scene.limits.close('c/c01', START + 6 * SECOND);
    expect(scene.look().story).toEqual(['c01 Pending Concurrency Pending', 'c02 Dispatched Pending']);
  });

  it('keeps the order of the wave where all have to wait', () => {
    const scene = new Scene();
    scene.limits.close('g', START + SECOND);
    expect(scene.look().story).toEqual(['c01 Blocked RateLimit Pending', 'c02 Pending Concurrency Pending']);
  });

  it('begins what may begin of a cluster, and tells what the rest of it waits for', () => {
    const scene = new Scene('workloads=web,api\nwave only c01..c02 concurrency=100%');
    scene.facts.lock('c01', 'api', 'r9');
    scene.look();
    expect(scene.rollout.targets.get('c01')).toMatchObject({
      phase: 'Dispatched',
      limited: { reason: 'WorkloadLocked' },
    });
    expect(scene.rollout.targets.get('c02')).toMatchObject({ phase: 'Dispatched' });
    expect(waitingFor(scene.rollout, START).map(({ reason }) => reason)).toEqual(['Restarting', 'WorkloadLocked']);
    scene.facts.lock('c01', 'api', null);
    scene.limits.close('n/c01/shop', START + 5 * SECOND);
    expect(scene.look().last?.wakeAt).toBe(START + 5 * SECOND);
    scene.limits.openAll();
    scene.look(START + 5 * SECOND);
    expect(scene.rollout.targets.get('c01')).toMatchObject({ phase: 'Dispatched', limited: null, attempt: 1 });
  });

  it('is the same when it is looked at again, and knows nothing of limits that do not hold it', () => {
    const scene = new Scene();
    scene.limits.close('g', START + SECOND);
    const { rollout } = scene.look();
    expect(scene.look().rollout).toBe(rollout);
    const free = new Scene().look();
    expect(free.rollout.targets.get('c01')).not.toHaveProperty('limited');
  });

  it('tells no limit of what something else keeps as well', () => {
    const scene = new Scene('workloads=web,api\nwave only c01..c02 concurrency=100%');
    for (const name of CLUSTERS) scene.facts.lock(name, 'api', 'r9');
    scene.look();
    for (const name of CLUSTERS) scene.facts.lock(name, 'api', null);
    scene.limits.close('g', START + SECOND);
    scene.facts.hold('c01', { id: 'h', owner: 'ann', reason: 'audit', expiresAt: null });
    const limits = scene.look().rollout.targets.all();
    expect(limits.map(({ limited }) => limited?.reason)).toEqual([undefined, 'RateLimit']);
  });

  it('keeps its place while the rest of it waits for a limit: one at a time is one half-way at a time', () => {
    const scene = new Scene('workloads=web,api\nwave only c01..c02 concurrency=1');
    scene.facts.lock('c01', 'api', 'r9');
    scene.look().applied('c01', 'web');
    expect(scene.story).toEqual([
      'c01 Blocked WorkloadLocked Succeeded Pending',
      'c02 Pending Concurrency Pending Pending',
    ]);
    scene.facts.lock('c01', 'api', null);
    expect(scene.look().story).toEqual(['c01 Dispatched Succeeded Pending', 'c02 Pending Concurrency Pending Pending']);
    scene.applied('c01', 'api');
    expect(scene.story).toEqual(['c01 Succeeded Succeeded Succeeded', 'c02 Dispatched Pending Pending']);
  });

  describe('of a workload that another rollout has', () => {
    const locked = (): Scene => {
      const scene = new Scene();
      scene.facts.lock('c01', 'web', 'r9');
      scene.facts.setWorkload('c01', 'web', { have: NEW });
      return scene.look();
    };

    it('waits, also when that has written everything already', () => {
      expect(locked().story[0]).toBe('c01 Pending Concurrency Pending');
    });

    it('rollouts 45: counts it as restarted when that has seen it come up', () => {
      const scene = locked();
      scene.facts.unlock('c01', 'web', { outcome: 'Succeeded', at: START + MINUTE });
      expect(scene.look(START + MINUTE).story[0]).toBe('c01 Succeeded MergedInto SucceededMergedInto');
      expect(scene.rollout.targets.get('c01')?.restarts[0]).toMatchObject({
        revision: NEW,
        message: expect.stringContaining('r9'),
      });
    });

    it.each(['begun', 'Failed'] as const)('follows it itself when that ended %s', (outcome) => {
      const scene = locked();
      scene.applied('c02', 'web');
      scene.facts.unlock('c01', 'web', { outcome, at: START + MINUTE });
      expect(scene.look(START + MINUTE).story[0]).toBe('c01 Dispatched Pending');
    });

    it('calls it current when that was over before this rollout was there', () => {
      const scene = new Scene();
      scene.facts.unlock('c01', 'web', { outcome: 'Succeeded', at: START - 1 });
      expect(scene.look().story[0]).toBe('c01 Skipped AlreadyCurrent SkippedAlreadyCurrent');
    });

    it('counts it when that came through just as this rollout was made', () => {
      const scene = new Scene();
      scene.facts.unlock('c01', 'web', { outcome: 'Succeeded', at: START });
      expect(scene.look().story[0]).toBe('c01 Succeeded MergedInto SucceededMergedInto');
    });

    it('restarts it once more when it is to run something newer by now', () => {
      const scene = new Scene();
      scene.facts.unlock('c01', 'web', { outcome: 'Succeeded', at: START });
      scene.facts.setWorkload('c01', 'web', { have: OLD });
      expect(scene.look().story[0]).toBe('c01 Dispatched Pending');
    });
  });
});

describe('of several workloads that may not begin', () => {
  const { restarts } = rolloutOf(rulesOf('new workloads=web,api\nwave only c01')).targets.get('c01')!;
  const told = (...ends: readonly (Instant | null)[]) => {
    const refused = ends.map((until, n) => {
      const name = restartName({ cluster: 'c01', workload: keyNamed(n === 0 ? 'web' : 'api') });
      return [name, { reason: 'MinInterval', message: `refusal ${n}`, until }] as const;
    });
    const verdict: Verdict = { granted: new Set(), refused: new Map(refused), final: false };
    return withinLimits({ clusters: {}, verdict }, 'c01', new Set(restarts)).refusal?.message;
  };

  it.each<[string, readonly (Instant | null)[], string | undefined]>([
    ['the one that may sooner is told of', [START + 2, START + 1], 'refusal 1'],
    ['whatever their order', [START + 1, START + 2], 'refusal 0'],
    ['the first of those that may at one time', [START, START], 'refusal 0'],
    ['one of which it is not known when comes last', [null, START], 'refusal 1'],
    ['also where it comes first', [START, null], 'refusal 0'],
  ])('%s', (_what, ends, expected) => {
    expect(told(...ends)).toBe(expected);
  });
});

describe('what a target is told to wait for', () => {
  const target = rolloutOf(rulesOf('new workloads=web,api\nwave only c01')).targets.get('c01')!;
  const limit = { reason: 'RateLimit', message: 'too many', until: START } as const;
  const told = (patch: Partial<Target>, restart: Partial<Restart> = {}) => {
    const all = { ...target, phase: 'Restarting', reason: '', message: '', limited: limit, ...patch } as Target;
    return [targetWhy(all).reason, restartWhy(all, { ...all.restarts[0]!, ...restart }).reason];
  };

  it.each<[string, Partial<Target>, Partial<Restart>, readonly string[]]>([
    ['in flight, of what could begin', {}, {}, ['RateLimit', 'RateLimit']],
    ['in flight, of what has a permit', {}, { revision: NEW }, ['RateLimit', '']],
    ['in flight, of what has a reason of its own', {}, { reason: 'Fenced' }, ['RateLimit', 'Fenced']],
    ['in flight with a reason of its own', { reason: 'Stalled' }, {}, ['Stalled', 'RateLimit']],
    ['that is not in flight', { phase: 'Pending', reason: 'Wave' }, {}, ['Wave', '']],
    ['that nothing limits', { limited: null }, {}, ['', '']],
  ])('%s', (_what, patch, restart, reasons) => {
    expect(told(patch, restart)).toEqual(reasons);
  });

  it('rollouts 74: of a restart that waits for others, those are told', () => {
    const [web, api] = rolloutOf(rulesOf('workloads=web,api\nwave only c01')).targets.get('c01')!.restarts;
    const waits = { ...api!, after: ['Deployment/shop/web', 'Deployment/shop/gone'] };
    const why = (first: Partial<Restart>, patch: Partial<Restart> = {}, phase: Target['phase'] = 'Restarting') => {
      const all = { ...target, phase, limited: limit, restarts: [{ ...web!, ...first }, waits] };
      const { reason, message } = restartWhy(all, { ...waits, ...patch });
      return `${reason}: ${message}`;
    };
    const held = { reason: 'FleetOrder', message: 'waits for c02/Deployment/shop/auth' };
    expect(why({ phase: 'RollingOut' })).toBe('Order: waits for Deployment/shop/web');
    expect(why({}, {}, 'Pending')).toBe('Order: waits for Deployment/shop/web');
    expect(why({ phase: 'Succeeded' })).toBe('RateLimit: too many');
    expect(why({}, { held })).toBe('FleetOrder: waits for c02/Deployment/shop/auth');
    expect(why({}, { held, revision: NEW })).toBe(': ');
    expect(why({}, { reason: 'Fenced', message: 'again' })).toBe('Fenced: again');
  });

  it('only while it is in flight', () => {
    const phases = ['Pending', 'Dispatched', 'Acked', 'Restarting', 'Verifying', 'Deferred'] as const;
    expect(phases.filter((phase) => told({ phase })[0] === 'RateLimit')).toEqual(['Dispatched', 'Acked', 'Restarting']);
  });

  it.each(['RateLimit', 'MinInterval', 'WorkloadLocked', 'ConcurrencyLimit'])('%s is a limit', (reason) => {
    expect(isLimited({ ...target, phase: 'Blocked', reason })).toBe(true);
    expect(isLimited({ ...target, phase: 'Pending', reason })).toBe(false);
  });

  it('a window is none', () => {
    expect(isLimited({ ...target, phase: 'Blocked', reason: 'Window' })).toBe(false);
  });
});

describe('a restart that another rollout had', () => {
  const rollout = rolloutOf(rulesOf('new\nwave only c01'));
  const ran = { rollout: 'r9', revision: NEW, outcome: 'Succeeded', at: START } as const;
  const now = { uid: 'u', ignored: false, want: NEW, have: NEW, source: NEW, had: NEW, ran };

  it.each<[string, Partial<WorkloadNow>, boolean]>([
    ['brought what is to run', {}, true],
    ['was this one', { ran: { ...ran, rollout: rollout.id } }, false],
    ['failed', { ran: { ...ran, outcome: 'Failed' } }, false],
    ['was before', { ran: { ...ran, at: START - 1 } }, false],
    ['brought something older', { ran: { ...ran, revision: OLD } }, false],
    ['left something to do', { want: OLD }, false],
    ['is of what is not opted in any more', { ignored: true }, false],
  ])('and that %s counts: %s', (_what, patch, counts) => {
    expect(mergedEnd(rollout, { ...now, ...patch } as WorkloadNow, START) !== null).toBe(counts);
  });

  it('is unproven until that has seen it come up', () => {
    const unproven = (patch: object): boolean => isUnproven(rollout, { ...now, ...patch } as WorkloadNow);
    expect([{}, { ran: { ...ran, outcome: 'Failed' } }, { ran: undefined }].map(unproven)).toEqual([
      false,
      true,
      false,
    ]);
    const failed = { ...ran, outcome: 'Failed' };
    expect(
      [{ rollout: rollout.id }, { revision: OLD }].map((more) => unproven({ ran: { ...failed, ...more } })),
    ).toEqual([false, false]);
    expect(mergedEnd(rollout, undefined, START)).toBeNull();
  });

  it('is waited for while it goes on', () => {
    const taken = (lockedBy?: string): boolean => isTaken(rollout, { ...now, lockedBy } as WorkloadNow);
    expect([taken('r9'), taken(rollout.id), taken(), isTaken(rollout, undefined)]).toEqual([true, false, false, false]);
  });
});
