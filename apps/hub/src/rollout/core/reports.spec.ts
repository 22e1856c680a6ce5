import { keyNamed, MINUTE, NEW, policyOf, rolloutOf, SECOND, START } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import { type News, recorded } from './evolve';
import type { Restart, Target } from './model';
import { MAX_ATTEMPT } from './timing';

const rules = rulesOf('new workloads=web,my-web retry=3x30s\nwave only c01');
const spec = policyOf(rules);
const planned = rolloutOf(rules).targets.get('c01')!;
const [WEB, MY_WEB] = ['web', 'my-web'].map(keyNamed) as [string, string];
const AT = START + MINUTE;

/** In flight in its second attempt, with permits for both workloads; `web` differs by this. */
const sent = (web: Partial<Restart> = {}, more: Partial<Target> = {}): Target => ({
  ...{ ...planned, phase: 'Dispatched', reason: '', message: '', attempt: 2, dispatchedAt: START },
  permit: { sends: 1, sentAt: START, heardAt: null },
  restarts: planned.restarts.map((restart, n) => ({ ...restart, revision: NEW, ...(n === 0 && web) })),
  ...more,
});
const news = (event: object): News => ({ at: AT, cluster: 'c01', attempt: 2, workload: WEB, ...event }) as News;
const further = (phase: string, more: object = {}) => news({ type: 'progressed', phase, message: 'told', ...more });
const ended = (outcome: string, more: object = {}) =>
  news({ type: 'reported', outcome, reason: '', message: '', revision: NEW, startedAt: null, ...more });

const told = (target: Target, event: News): Target => recorded(target, event, spec);
const phases = ({ restarts }: Target): readonly string[] => restarts.map(({ phase }) => phase);

describe('news of how far a restart has come', () => {
  it('is taken in stage by stage', () => {
    const stages = ['Patching', 'RollingOut', 'Available'];
    const seen = stages.reduce<readonly Target[]>(
      (all, stage) => [...all, told(all.at(-1) ?? sent(), further(stage))],
      [],
    );
    expect(seen.map(phases)).toEqual(stages.map((stage) => [stage, 'Pending']));
    expect(seen.at(-1)?.restarts[0]).toMatchObject({ startedAt: AT, message: 'told' });
  });

  it.each<[string, Target, News]>([
    ['of the same stage', sent({ phase: 'RollingOut' }), further('RollingOut')],
    ['of an earlier stage', sent({ phase: 'RollingOut' }), further('Patching')],
    ['of another attempt', sent(), further('Patching', { attempt: 1 })],
    ['of a workload that is not of this target', sent(), further('Patching', { workload: keyNamed('db') })],
    ['of what is over', sent({ phase: 'Succeeded' }), further('Patching')],
  ])('%s changes nothing', (_what, target, event) => {
    expect(told(target, event)).toBe(target);
  });

  it('tells nothing new of a target that is out of reach, which is looked at as a whole', () => {
    const lost = sent({}, { phase: 'Unknown', reason: 'LostContact', message: 'no contact' });
    const all = [WEB, MY_WEB].reduce((target, workload) => told(target, further('Patching', { workload })), lost);
    expect(all).toMatchObject({ phase: 'Unknown', reason: 'LostContact', message: 'no contact' });
  });
});

describe('the result of a restart', () => {
  it('is that of the workload it names, not of one whose name ends like it', () => {
    expect(phases(told(sent(), ended('APPLIED', { workload: MY_WEB })))).toEqual(['Pending', 'Succeeded']);
    expect(phases(told(sent(), ended('APPLIED')))).toEqual(['Succeeded', 'Pending']);
  });

  it('tells with how many pods it came up, where the policy watches them later, and not of what did not', () => {
    const watched = policyOf(rulesOf('new workloads=web,my-web\nwave only c01 lost=reset'));
    const seen = (outcome: string) => recorded(sent(), ended(outcome, { pods: 3 }), watched).restarts[0];
    expect(seen('APPLIED')).toMatchObject({ phase: 'Succeeded', pods: 3 });
    expect(seen('TIMEOUT')).not.toHaveProperty('pods');
  });

  it.each<[string, Partial<Restart>, number]>([
    ['its first failure', {}, 30 * SECOND],
    ['its second failure', { failures: 1 }, MINUTE],
  ])('rollouts 27: after %s it is tried again, after a pause', (_what, web, pause) => {
    const target = told(sent(web), ended('TIMEOUT', { message: 'slow' }));
    expect(target.refusedUntil).toBe(AT + pause);
    expect(target.restarts[0]).toMatchObject({ phase: 'Pending', revision: null, failures: (web.failures ?? 0) + 1 });
  });

  it.each<[string, Partial<Restart>]>([
    ['that never failed', {}],
    ['that a person has tried again', { failures: 0 }],
  ])('where the agent refuses one %s is no failure, and has the pause of the attempt', (_what, web) => {
    const target = told(sent(web), ended('FENCED'));
    expect(target).toMatchObject({ refusedUntil: AT + 2 * SECOND, restarts: [{ phase: 'Pending' }, {}] });
  });

  it.each<[string, string, string]>([
    ['refuses', 'FENCED', 'TooManyAttempts'],
    ['fails', 'TIMEOUT', 'ProgressDeadline'],
  ])('that %s in the last attempt is its end', (_what, outcome, reason) => {
    const last = { attempt: MAX_ATTEMPT };
    expect(told(sent({}, last), ended(outcome, last)).restarts[0]).toMatchObject({ phase: 'Failed', reason });
    const before = { attempt: MAX_ATTEMPT - 1 };
    expect(told(sent({}, before), ended(outcome, before)).restarts[0]).toMatchObject({ phase: 'Pending' });
  });
});
