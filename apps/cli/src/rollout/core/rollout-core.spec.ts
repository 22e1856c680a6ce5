import type { RolloutView } from '@app/contracts/api/rollout-view';
import { rolloutPhase } from '@app/contracts/phases';
import { eventLine } from './event-line';
import { because, duration, untilText } from './text';
import { remedyOf, resultOf, verdictOf } from './verdict';
import { whyLines } from './why-lines';

const NOW = Date.parse('2026-05-04T10:00:00Z');

describe('texts', () => {
  it.each([
    [0, '0s'],
    [400, '0s'],
    [59_600, '1m'],
    [432_000, '7m 12s'],
    [3_600_000, '1h'],
    [3_659_000, '1h'],
    [187_200_000, '2d 4h'],
  ])('%i ms are %s', (ms, text) => expect(duration(ms)).toBe(text));

  it('a time that has come is due, not over', () => {
    expect(untilText('2026-05-04T09:59:59.500Z', NOW)).toBe('until 09:59:59Z (due)');
  });

  it.each([
    ['', '', ''],
    ['Soak', '', 'Soak'],
    ['', 'soaks', 'soaks'],
    ['Soak', 'until ten', 'Soak: until ten'],
    ['Paused', 'Paused by alice', 'Paused by alice'],
  ])('reason "%s" and sentence "%s" are "%s"', (reason, message, text) => expect(because(reason, message)).toBe(text));
});

describe('the line of a transition', () => {
  const event = { id: '1-0', at: '2026-05-04T10:00:00.123Z', rollout: 'r-1', cluster: null, reason: '', message: '' };

  it.each([
    [{ ...event, type: 'rollout.Running', message: 'Running' }, 'rollout: Running'],
    [{ ...event, type: 'wave.Active', message: 'wave dev: Active' }, 'wave dev: Active'],
    [
      {
        ...event,
        type: 'target.Failed',
        cluster: 'dev-1',
        reason: 'CrashLoop',
        message: 'Failed: main:\n\u001b[31mexit 1',
      },
      'cluster dev-1: Failed: main: [31mexit 1 [CrashLoop]',
    ],
    // A token that may not see all clusters gets no sentence.
    [{ ...event, type: 'rollout.Halted', reason: 'FailureLimit' }, 'rollout: Halted [FailureLimit]'],
  ])('%j', (told, text) => expect(eventLine(told)).toBe(`2026-05-04T10:00:00Z  ${text}`));
});

describe('what a rollout has come to', () => {
  it('is good only when it has succeeded', () => {
    const good = rolloutPhase.options.filter((phase) => verdictOf({ phase }) === 'succeeded');
    const bad = rolloutPhase.options.filter((phase) => verdictOf({ phase }) === 'not-converged');
    expect(good).toEqual(['Succeeded']);
    expect(bad).toEqual(['Halted', 'Degraded', 'Failed', 'Cancelled', 'Superseded']);
  });

  it.each([
    ['Running', 'GateAfter', 'waits-on-gate'],
    ['Running', 'GateBefore', 'waits-on-gate'],
    ['Running', 'Soaking', 'open'],
    ['Halted', 'GateBefore', 'not-converged'],
    ['Succeeded', 'Succeeded', 'succeeded'],
  ] as const)('a rollout that is %s with a wave that is %s: %s', (phase, wave, result) => {
    const waves = [
      { phase: 'Succeeded', gates: [] },
      { phase: wave, gates: [] },
    ] as unknown as RolloutView['waves'];
    expect(resultOf({ phase, waves })).toBe(result);
  });

  it('waits for people at an open approval, also while the wave soaks, and says how to give it', () => {
    const gates = [
      { id: 'g-1', type: 'approval', state: 'Open' },
      { id: 'g-2', type: 'wait', state: 'Open' },
    ];
    const waves = [{ phase: 'Soaking', gates }] as unknown as RolloutView['waves'];
    expect(resultOf({ phase: 'Running', waves })).toBe('waits-on-gate');
    const rollout = { id: 'r-1', phase: 'Running', reason: '', supersededBy: null, waves } as const;
    expect(remedyOf(rollout)).toContain('"reloadctl gate approve g-1"');
    const halted = { ...rollout, phase: 'Halted', reason: 'ApprovalRejected' } as const;
    expect(remedyOf(halted)).toContain('rollout resume r-1');
  });

  it('of clusters that are off line, that it goes on by itself: there is nothing to retry', () => {
    const some = { id: 'r-1', supersededBy: null, waves: [] };
    const halted = remedyOf({ ...some, phase: 'Halted', reason: 'TooManyDeferred' });
    expect([halted.includes('retry'), halted.includes('rollout skip r-1')]).toEqual([false, true]);
    const regressed = remedyOf({ ...some, phase: 'Halted', reason: 'Regression' });
    expect([regressed.includes('retry'), regressed.includes('resume r-1 --accept-failures')]).toEqual([false, true]);
    expect(remedyOf({ ...some, phase: 'Failed', reason: 'PlanInvalid' })).toContain('Change what it names');
    expect(remedyOf({ ...some, phase: 'Degraded', reason: 'Deferred' })).toContain('once they are back');
    expect(remedyOf({ ...some, phase: 'Degraded', reason: 'Failures' })).toContain('by hand');
  });

  it('comes with what one can do about it, except where there is nothing to do', () => {
    const some = { id: 'r-1', reason: '', supersededBy: 'r-2', waves: [] };
    const silent = rolloutPhase.options.filter((phase) => remedyOf({ ...some, phase }) === '');
    expect(silent).toEqual(['Queued', 'Running', 'Cancelling', 'Superseding', 'Succeeded']);
    expect(remedyOf({ ...some, phase: 'Superseded' })).toContain('rollout watch r-2');
  });
});

describe('below the row of a rollout', () => {
  const wait = { reason: 'Hold', until: null, detail: 'every cluster is held: bob holds it without end' };
  const restart = {
    kind: 'Deployment',
    namespace: 'shop',
    name: 'web',
    phase: 'Failed',
    reason: 'CrashLoop',
    message: 'exit 1',
  };
  const rollout = (more: object): RolloutView =>
    ({ phase: 'Running', reason: '', message: '', waitingFor: [], waves: [], ...more }) as unknown as RolloutView;
  const failing = { waves: [{ targets: [{ cluster: 'dev-1', restarts: [restart] }] }] };

  it.each<[string, object, readonly string[]]>([
    ['what it waits for', { waitingFor: [wait] }, [`waits for Hold: ${wait.detail}`]],
    [
      'what failed',
      { phase: 'Halted', message: 'more', ...failing },
      ['✘ dev-1 Deployment/shop/web  CrashLoop: exit 1'],
    ],
    [
      'what no plan could be made for',
      { phase: 'Failed', reason: 'PlanInvalid', message: 'CYCLE: a' },
      ['PlanInvalid: CYCLE: a'],
    ],
    ['nothing of one that succeeded', { phase: 'Succeeded', message: 'well' }, []],
  ])('stands %s', (_, more, lines) => expect(whyLines(rollout(more), NOW)).toEqual(lines));
});
