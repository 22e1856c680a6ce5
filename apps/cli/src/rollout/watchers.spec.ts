import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { CliIo, CommandContext } from '../context';
import { watcherFor } from './watchers';

const rollout = (phase: RolloutView['phase'], waves: RolloutView['waves'] = []): RolloutView => ({
  ...{ id: 'r-1', policy: { name: 'prod', version: 7 }, policyOutdated: false, phase, reason: '', message: '' },
  cause: { sources: [], trigger: 'change', actor: null, reason: null },
  ...{ supersededBy: null, waitingFor: [], waves, planHash: 'h', allowed: [] },
  counts: { targets: 1, succeeded: 0, failed: 0, skipped: 0, deferred: 0, pending: 1 },
  ...{ createdAt: '2026-05-04T10:00:00Z', startedAt: null, finishedAt: null, version: 1 },
});

/** A terminal, or a pipe, that keeps what is written to it. */
function surroundings(isTerminal: boolean, output: CommandContext['output'] = 'table') {
  const written = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof written) => ({ write: (text: string) => (written[name] += text) });
  const clock = { now: Date.parse('2026-05-04T10:00:30Z') };
  const io: CliIo = {
    ...{ stdout: sink('stdout'), stderr: sink('stderr'), isTerminal, columns: 60, rows: 20, env: {} },
    stdin: (async function* () {})(),
    now: () => clock.now,
    signal: new AbortController().signal,
    finish: () => undefined,
  };
  return { written, clock, watcher: watcherFor({ io, output } as CommandContext) };
}

const event = { id: '1-0', at: '2026-05-04T10:00:01Z', rollout: 'r-1', cluster: 'dev-1', reason: '', message: 'Acked' };

describe('on a terminal', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('one page is drawn over again with each change and each second, and stays at the end', () => {
    const { written, clock, watcher } = surroundings(true);
    watcher.rollout(rollout('Running'));
    expect(written.stdout).toBe('▶ r-1  Running  30s  0/1 clusters\npolicy    prod@7\ncause     \n');
    clock.now += 1_000;
    written.stdout = '';
    jest.advanceTimersByTime(1_000);
    expect(written.stdout).toMatch(/^\u001b\[3A\u001b\[0J▶ r-1 {2}Running {2}31s /);
    watcher.end(rollout('Succeeded'));
    written.stdout = '';
    jest.advanceTimersByTime(10_000);
    expect(written.stdout).toBe('');
  });

  it('in the end every failure is told whole, however narrow the terminal is', () => {
    const { written, watcher } = surroundings(true);
    const words = 'container main: back-off restarting failed container; last exit code 1';
    const restart = { kind: 'Deployment', namespace: 'shop', name: 'web', phase: 'Failed', message: words } as const;
    const target = {
      ...{ cluster: 'dev-1', phase: 'Failed', until: null, attempt: 1 },
      ...{ reason: '', message: '' },
    };
    const restarts = [{ ...restart, reason: 'CrashLoop', revision: null, startedAt: null, finishedAt: null }];
    const wave = {
      ...{ name: 'dev', phase: 'Failed', targets: [{ ...target, restarts }] },
      ...{ reason: '', message: '' },
    };
    watcher.end(rollout('Halted', [wave as unknown as RolloutView['waves'][number]]));
    expect(written.stdout.split('\n').at(-2)).toBe(`✘ dev-1 Deployment/shop/web  CrashLoop: ${words}`);
  });

  it('trouble is shown below the page until the hub answers again', () => {
    const { written, watcher } = surroundings(true);
    watcher.rollout(rollout('Running'));
    watcher.trouble(new Error('the hub can not be reached'));
    expect(written.stdout).toContain('\n! the hub can not be reached; asking again\n');
    written.stdout = '';
    watcher.rollout(rollout('Running'));
    expect(written.stdout).toMatch(/^\u001b\[4A/);
    expect(written.stdout).not.toContain('asking again');
    watcher.end(rollout('Cancelled'));
  });
});

describe('in a pipe', () => {
  it('every transition is a line; trouble goes to stderr, once', () => {
    const { written, watcher } = surroundings(false);
    watcher.rollout(rollout('Running'));
    watcher.event({ ...event, type: 'target.Acked' });
    for (let n = 0; n < 3; n += 1) watcher.trouble(new Error('no answer'));
    watcher.rollout(rollout('Running'));
    watcher.end(rollout('Succeeded'));
    expect(written.stdout).toBe('2026-05-04T10:00:01Z  cluster dev-1: Acked\n✔ r-1 Succeeded  0/1 clusters\n');
    expect(written.stderr).toBe('no answer; asking again\nthe hub answers again\n');
  });

  it('as JSON every line is an object, the last one the rollout', () => {
    const { written, watcher } = surroundings(false, 'json');
    watcher.event({ ...event, type: 'target.Acked' });
    watcher.end(rollout('Succeeded'));
    const lines = written.stdout.trim().split('\n');
    expect(lines.map((line) => Object.keys(JSON.parse(line) as object))).toEqual([['event'], ['rollout']]);
  });
});
