import { gateSpec } from '@app/contracts/policy/gate-schema';
import { resolveGates } from '@app/contracts/policy/gates';
import { HOUR, MINUTE, rolloutOf, START } from '@test/rollout/fixtures';
import { FleetFacts } from '@test/rollout/fleet';
import { rulesOf } from '@test/rollout/scenario-text';
import { onClock } from './clock-moves';
import { opened, newGate, type Gate, rejected } from './gate';
import { nextTime } from './gate-schedule';
import { judgeDecision } from './gate-verdict';
import type { Rollout, RolloutEvent } from './model';
import { step } from './step';

const ID = 'r1.all.before.approval';
const play = (rollout: Rollout, ...events: readonly RolloutEvent[]): Rollout => {
  const fleet = new FleetFacts(rollout.targets.clusters(), ['web']).now();
  return events.reduce((now, event) => step(now, event, fleet).rollout, rollout);
};
/** A rollout that ann started, at a gate of this sort. */
const at = (gate: string, ...events: readonly RolloutEvent[]): Rollout => {
  const rollout = rolloutOf(rulesOf(`new start=manual\nwave all c01\n${gate}`));
  return play(rollout, { type: 'started', at: START, actor: 'ann', why: '' }, ...events);
};
const approve = (actor: string): RolloutEvent => ({ type: 'approved', gate: ID, at: START, actor, why: '' });
const reject = (actor: string): RolloutEvent => ({ ...approve(actor), type: 'rejected' }) as RolloutEvent;
const bearer = (name: string, groups: readonly string[] = [], role = 'approver') => ({ name, role, groups });
const verdict = (rollout: Rollout, verb: 'approve' | 'reject', who = bearer('bob'), now = START): string => {
  const judged = judgeDecision(rollout, ID, { verb, bearer: who, at: now });
  return 'reason' in judged ? `${judged.type} ${judged.reason} [${judged.allowed.join()}]` : judged.type;
};

describe('who may decide about a gate, and when', () => {
  it('an approver may, either way; a gate that is not there is not known', () => {
    const open = at('before approval');
    expect([verdict(open, 'approve'), verdict(open, 'reject')]).toEqual(['go', 'go']);
    expect(judgeDecision(open, 'r1.all.before.other', { verb: 'approve', bearer: bearer('bob'), at: START })).toEqual({
      type: 'unknown',
    });
  });

  it('rollouts 19: nobody decides about a rollout of their own where the gate says so', () => {
    const own = at('before approval notRequester=1');
    expect(verdict(own, 'approve', bearer('ann'))).toBe('forbidden SELF_APPROVAL [approve,reject]');
    expect(verdict(own, 'reject', bearer('ann'))).toBe('forbidden SELF_APPROVAL [approve,reject]');
    expect(verdict(own, 'approve', bearer('bob'))).toBe('go');
    expect(verdict(at('before approval'), 'approve', bearer('ann'))).toBe('go');
  });

  it('only those whom the gate names may, admins too', () => {
    const named = at('before approval approvers=group:sre,user:cid');
    expect(verdict(named, 'approve')).toBe('forbidden NOT_APPROVER [approve,reject]');
    expect(verdict(named, 'approve', bearer('root', [], 'admin'))).toBe('forbidden NOT_APPROVER [approve,reject]');
    expect(judgeDecision(named, ID, { verb: 'approve', bearer: bearer('bob'), at: START })).toMatchObject({
      message: expect.stringContaining('is for group:sre or user:cid to decide, and bob is none') as string,
    });
    expect([verdict(named, 'approve', bearer('cid')), verdict(named, 'reject', bearer('dan', ['sre']))]).toEqual([
      'go',
      'go',
    ]);
  });

  it('rollouts 20: what was approved stays approved; to say it again is nothing new', () => {
    const done = at('before approval', approve('bob'));
    expect([verdict(done, 'approve'), verdict(done, 'approve', bearer('cid'))]).toEqual(['done', 'done']);
    expect(verdict(done, 'reject')).toBe('conflict GateApproved []');
    const half = at('before approval count=2', approve('bob'));
    expect([verdict(half, 'approve'), verdict(half, 'approve', bearer('cid'))]).toEqual(['done', 'go']);
  });

  it('what was rejected is not approved any more', () => {
    const over = at('before approval', reject('bob'));
    expect([verdict(over, 'reject'), verdict(over, 'reject', bearer('cid'))]).toEqual([
      'done',
      'conflict GateRejected []',
    ]);
    expect(verdict(over, 'approve')).toBe('conflict GateRejected []');
  });

  it('rollouts 18: nor what has expired, from that very instant', () => {
    const open = at('before approval expiresAfter=24h onExpire=reject');
    expect(verdict(open, 'approve', bearer('bob'), START + 24 * HOUR - 1)).toBe('go');
    expect(verdict(open, 'approve', bearer('bob'), START + 24 * HOUR)).toBe('conflict GateExpired []');
  });

  it('a schedule can be completed early, and not rejected; a wait neither', () => {
    const scheduled = rolloutOf(rulesOf('new\nwave all c01\nbefore schedule name=approval at=05:00'));
    const open = play(scheduled, { type: 'woken', at: START });
    expect([verdict(open, 'approve'), verdict(open, 'reject')]).toEqual(['go', 'conflict GateOpen [approve]']);
    const wait = play(rolloutOf(rulesOf('new\nwave all c01\nbefore wait name=approval for=1h')), {
      type: 'woken',
      at: START,
    });
    expect(verdict(wait, 'approve')).toBe('conflict GateOpen []');
  });

  it('nothing is decided before the gate opens, or after the rollout is over', () => {
    const draft = rolloutOf(rulesOf('new start=manual\nwave all c01\nbefore approval'));
    expect(verdict(draft, 'approve')).toBe('conflict GateNotOpen []');
    const gone = at('before approval', { type: 'superseded', by: 'r2', at: START });
    expect(verdict(gone, 'approve')).toBe('conflict GateVoid []');
  });
});

it.each<[string, Rollout, string]>([
  [
    'not open yet',
    rolloutOf(rulesOf('new start=manual\nwave all c01\nbefore approval')),
    'is NotOpen and can not be asked to approve: its wave has not come to it yet',
  ],
  [
    'a wait',
    play(rolloutOf(rulesOf('new\nwave all c01\nbefore wait name=approval for=1h')), { type: 'woken', at: START }),
    'is wait and can not be asked to approve: it is not for people to decide',
  ],
  [
    'rejected',
    at('before approval', reject('bob')),
    'is Rejected and can not be asked to approve: it was rejected: resume the rollout',
  ],
  [
    'expired',
    at('before approval expiresAfter=1h onExpire=reject', { type: 'woken', at: START + HOUR }),
    'is Expired and can not be asked to approve: it has expired: resume the rollout',
  ],
  [
    'passed by its time',
    play(
      rolloutOf(rulesOf('new\nwave all c01\nbefore wait name=approval for=1h')),
      { type: 'woken', at: START },
      { type: 'woken', at: START + HOUR },
    ),
    'is Passed and can not be asked to approve: its time came, and what it guarded has gone on',
  ],
  [
    'void',
    at('before approval', { type: 'superseded', by: 'r2', at: START }),
    'is Void and can not be asked to approve: nothing depends on it any more',
  ],
])('a gate that is %s says why nobody can approve it', (_what, rollout, text) => {
  const asked = { verb: 'approve', bearer: bearer('bob'), at: START } as const;
  expect(judgeDecision(rollout, ID, asked)).toMatchObject({
    type: 'conflict',
    message: expect.stringContaining(`gate ${ID} ${text}`) as string,
  });
});

it('what was approved can not be rejected, and is told so', () => {
  const asked = { verb: 'reject', bearer: bearer('bob'), at: START } as const;
  expect(judgeDecision(at('before approval', approve('bob')), ID, asked)).toMatchObject({
    message: expect.stringContaining('can not be asked to reject: what was approved stays approved') as string,
  });
});

it('says who may approve, and who did', () => {
  const told = (rollout: Rollout) => rollout.waves[0]?.gates?.[0]?.message;
  expect(told(at('before approval notRequester=1 approvers=group:sre,user:cid'))).toBe(
    `gate ${ID} waits for 1 approval by group:sre or user:cid, not by who started the rollout`,
  );
  expect(told(at('before approval count=4', approve('bob'), approve('cid')))).toBe(
    `gate ${ID} waits for 2 more approvals; approved by bob; by cid`,
  );
});

it('nobody rejects what is not for people to approve', () => {
  const gates = at('before schedule at=05:00').waves[0]?.gates ?? [];
  expect(gates.map((gate) => rejected(gate, { actor: 'bob', at: START, why: '' }))).toEqual(gates);
});

it('rollouts 21: what was approved for one revision is open again in the rollout of the next', () => {
  const rules = rulesOf('new\nwave all c01\nbefore approval');
  const first = play(rolloutOf(rules), { type: 'woken', at: START }, approve('bob'));
  const old = play(first, { type: 'superseded', by: 'r2', at: START });
  const next = play({ ...rolloutOf(rules), id: 'r2' }, { type: 'woken', at: START });
  expect(old.waves[0]?.gates?.[0]?.state).toBe('Approved');
  expect(next.waves[0]).toMatchObject({ phase: 'GateBefore', gates: [{ state: 'Open', given: [] }] });
});

describe('time at a gate', () => {
  const gate = (spec: object): Gate => {
    const [rule] = resolveGates({ before: [gateSpec.parse(spec)] });
    if (rule === undefined) throw new Error('no rule');
    return opened(newGate('g', rule), START);
  };

  it('rollouts 62: a step of the clock leaves an approval and a wait the time they had; a time of day stays', () => {
    const rollout = play(
      rolloutOf(rulesOf('new\nwave all c01\nbefore approval expiresAfter=1h\nbefore schedule at=05:00')),
      {
        type: 'woken',
        at: START,
      },
    );
    const moved = onClock(rollout, { steps: 1, totalMs: 2 * HOUR });
    expect(moved.waves[0]?.gates?.map(({ until }) => until)).toEqual([START + 3 * HOUR, START + 5 * HOUR]);
  });

  it.each([
    ['02:00', 'Europe/Berlin', '2027-03-27T12:00Z', '2027-03-28T01:00Z'], // left out: the first instant after the gap
    ['02:30', 'Europe/Berlin', '2027-10-30T12:00Z', '2027-10-31T00:30Z'], // shown twice: the first
    ['Tue 02:00', 'Europe/Berlin', '2027-01-05T01:00Z', '2027-01-05T01:00Z'],
    ['Tue 02:00', 'Europe/Berlin', '2027-01-05T01:00:00.001Z', '2027-01-12T01:00Z'],
    ['Sun 23:30', 'America/New_York', '2027-01-04T04:00Z', '2027-01-04T04:30Z'],
    ['2027-10-31T02:30', 'Europe/Berlin', '2027-01-01T00:00Z', '2027-10-31T00:30Z'], // shown twice: the first
    ['2027-01-04T06:00', 'Asia/Kolkata', '2028-01-01T00:00Z', '2027-01-04T00:30Z'],
  ])('%s in %s from %s is at %s', (time, zone, from, expected) => {
    const { rule } = gate({ type: 'schedule', at: time, timezone: zone });
    if (rule.type !== 'schedule') throw new Error('not a schedule');
    const next = nextTime(rule.at, rule.zone, Date.parse(from));
    expect(next === null ? null : new Date(next).toISOString()).toBe(new Date(expected).toISOString());
  });

  it('a single time that is over lets through at once', () => {
    expect(gate({ type: 'schedule', at: '2020-01-01T00:00' }).state).toBe('Passed');
    expect(gate({ type: 'wait', for: '1m' })).toMatchObject({ state: 'Open', until: START + MINUTE });
  });
});
