import type { RolloutView } from '@app/contracts/api/rollout-view';
import { liveView, wholeView } from './live-view';

type Wave = RolloutView['waves'][number];
type Target = Wave['targets'][number];
type Restart = Target['restarts'][number];

const NOW = Date.parse('2026-05-04T10:14:48Z');
const SCREEN = { now: NOW, columns: 100, rows: 40 };

const restart = (more: Partial<Restart> = {}): Restart => ({
  ...{ kind: 'Deployment', namespace: 'shop', name: 'web', phase: 'Succeeded', reason: '', message: '' },
  ...{ revision: 'k1:9ab0', startedAt: null, finishedAt: null },
  ...more,
});
const target = (cluster: string, phase: Target['phase'], more: Partial<Target> = {}): Target => ({
  ...{ cluster, phase, reason: '', message: '', until: null, attempt: 1, restarts: [] },
  ...more,
});
const wave = (name: string, phase: Wave['phase'], more: Partial<Wave> = {}): Wave => ({
  ...{ name, phase, reason: '', message: '', dependsOn: [], maxConcurrency: 1, maxFailures: 0, soakUntil: null },
  ...{ startedAt: null, finishedAt: null, gates: [], targets: [] },
  ...more,
});
const source = { kind: 'Secret', namespace: 'shop', name: 'db', cluster: 'dev-1' } as const;
const rollout = (more: Partial<RolloutView> = {}): RolloutView => ({
  ...{ id: 'r-8b20', policy: { name: 'prod', version: 7 }, policyOutdated: false, phase: 'Running' },
  ...{ reason: '', message: '', supersededBy: null, waitingFor: [], waves: [], planHash: 'h', allowed: [] },
  cause: {
    sources: [{ ...source, from: 'k1:4c1e0a77ff00', to: 'k1:9ab04f2233' }],
    trigger: 'change',
    actor: null,
    reason: null,
  },
  counts: { targets: 3, succeeded: 1, failed: 0, skipped: 0, deferred: 0, pending: 2 },
  ...{ createdAt: '2026-05-04T10:02:17Z', startedAt: '2026-05-04T10:02:17Z', finishedAt: null, version: 1 },
  ...more,
});

const BEGUN = { startedAt: '2026-05-04T10:02:17Z' };
const OVER = { ...BEGUN, finishedAt: '2026-05-04T10:05:00Z' };

describe('the live view of a rollout', () => {
  it('shows waves that are done, that soak and that are to come, and until when', () => {
    const seen = rollout({
      waitingFor: [{ reason: 'Soak', until: '2026-05-04T10:22:00Z', detail: 'wave staging soaks' }],
      waves: [
        wave('dev', 'Succeeded', { ...OVER, targets: [target('dev-1', 'Succeeded')] }),
        wave('staging', 'Soaking', {
          ...BEGUN,
          soakUntil: '2026-05-04T10:22:00Z',
          targets: [target('staging-1', 'Succeeded', { restarts: [restart()] })],
        }),
        wave('prod', 'Pending', {
          reason: 'Wave',
          message: 'waits for wave staging',
          targets: [target('p', 'Pending')],
        }),
      ],
    });
    expect(liveView(seen, SCREEN)).toEqual([
      '▶ r-8b20  Running  12m 31s  1/3 clusters',
      'policy    prod@7',
      'cause     Secret/shop/db 4c1e0a77→9ab04f22',
      'waits for Soak until 10:22:00Z (7m 12s left): wave staging soaks',
      '✔ dev     [################] 1/1  Succeeded',
      '◷ staging [################] 1/1  Soaking  until 10:22:00Z (7m 12s left)',
      '    ✔ staging-1  Succeeded',
      '· prod    [----------------] 0/1  Pending  Wave: waits for wave staging',
    ]);
  });

  it('shows which window is waited for, and until when', () => {
    const closedBecause = 'window yearend of policy prod denies until 2026-05-06T06:00:00.000Z';
    const until = '2026-05-06T06:00:00.000Z';
    const seen = rollout({
      waitingFor: [
        {
          ...{ reason: 'Window', until, detail: `1 in wave prod: p; ${closedBecause}` },
          ...{ closedBecause, nextOpen: until, nextClose: null },
        },
      ],
      waves: [
        wave('prod', 'Active', {
          ...BEGUN,
          targets: [target('p', 'Blocked', { reason: 'Window', message: closedBecause, until })],
        }),
      ],
    });
    expect(liveView(seen, { ...SCREEN, columns: 150 }).slice(3)).toEqual([
      `waits for Window until 2026-05-06T06:00:00Z (1d 19h left): 1 in wave prod: p; window yearend of policy prod denies until 2026-05-06T06:00:00.000Z`,
      '▶ prod [----------------] 0/1  Active',
      expect.stringContaining(
        '    · p  Blocked  until 2026-05-06T06:00:00Z (1d 19h left)  Window: window yearend of policy prod',
      ),
    ]);
  });

  it('shows what failed with the words of the container, what waits and what is lost, the most urgent first', () => {
    const targets = [
      target('a-1', 'Pending', {
        reason: 'RateLimit',
        message: 'no more than 2 a minute',
        until: '2026-05-05T01:00:00Z',
      }),
      target('b-1', 'Succeeded'),
      target('c-1', 'Restarting', { attempt: 2 }),
      target('long-1', 'Failed', {
        reason: 'CrashLoop',
        message: 'Deployment/shop/web: container main: exit code 1',
        restarts: [restart(), restart({ name: 'api', phase: 'Failed', reason: 'CrashLoop', message: 'main:\nexit 1' })],
      }),
      target('d-1', 'Unknown', { reason: 'LostContact', message: 'no contact since 10:00' }),
    ];
    const halt = { reason: 'FailureLimit', message: '1 of 5 failed' };
    const seen = rollout({
      ...{ phase: 'Halted', ...halt, policyOutdated: true },
      waitingFor: [{ reason: 'FailureLimit', until: null, detail: '1 of 5 failed' }],
      counts: { targets: 5, succeeded: 1, failed: 1, skipped: 0, deferred: 2, pending: 1 },
      waves: [wave('all', 'Failed', { ...BEGUN, ...halt, targets })],
    });
    expect(liveView(seen, SCREEN)).toEqual([
      '✘ r-8b20  Halted  12m 31s  1/5 clusters, 1 failed, 2 deferred',
      'policy    prod@7 (has a newer version since)',
      'cause     Secret/shop/db 4c1e0a77→9ab04f22',
      'reason    FailureLimit: 1 of 5 failed',
      '✘ all [####xxx~~~~~~---] 2/5  Failed',
      '    ✘ long-1  Failed  CrashLoop',
      '        ✘ Deployment/shop/api  Failed  CrashLoop: main: exit 1',
      '    ? d-1     Unknown  LostContact: no contact since 10:00',
      '    ▶ c-1     Restarting  attempt 2',
      '    · a-1     Pending  until 2026-05-05T01:00:00Z (14h 45m left)  RateLimit: no more than 2 a minute',
      '    ✔ b-1     Succeeded',
    ]);
  });

  it('keeps to the size of the terminal, whatever the fleet is like', () => {
    const many = Array.from({ length: 30 }, (_, index) =>
      target(`prod-${index}`, index < 10 ? 'Succeeded' : 'Pending'),
    );
    const seen = rollout({ waves: [wave('prod', 'Active', { ...BEGUN, targets: many }), wave('rest', 'Pending')] });
    const whole = liveView(seen, SCREEN);
    expect(whole).toHaveLength(3 + 1 + 8 + 1 + 1);
    expect(whole.at(-2)).toBe('    … and 22 more: 12 Pending, 10 Succeeded');
    const small = liveView(seen, { now: NOW, columns: 30, rows: 5 });
    expect(small).toHaveLength(5);
    expect(small.at(-1)).toBe('… 10 more lines: reloadctl ro…');
    expect(small.every((line) => [...line].length <= 30)).toBe(true);
  });

  it('says who started it by hand, and what came after it', () => {
    const cause: RolloutView['cause'] = {
      sources: [
        { ...source, from: null, to: 'k1:aa' },
        { ...source, cluster: 'prod-1', from: 'k2:bb', to: 'k2:cc' },
      ],
      ...{ trigger: 'manual', actor: 'alice', reason: 'rotated\u001b[2J' },
    };
    const finishedAt = '2026-05-04T10:03:17Z';
    expect(liveView(rollout({ phase: 'Superseded', supersededBy: 'r-9', finishedAt, cause }), SCREEN)).toEqual([
      '– r-8b20  Superseded  1m  1/3 clusters',
      'policy    prod@7',
      'cause     Secret/shop/db, by hand by alice: rotated [2J',
      'then      r-9 carries a newer revision',
    ]);
  });
});

it('the whole view has every restart, and what is allowed now', () => {
  const targets = [
    target('dev-1', 'Restarting', { restarts: [restart(), restart({ name: 'api', phase: 'Pending' })] }),
  ];
  const seen = rollout({ allowed: ['pause', 'cancel', 'skip'], waves: [wave('dev', 'Active', { ...BEGUN, targets })] });
  expect(wholeView(seen, NOW).slice(3)).toEqual([
    '▶ dev [~~~~~~~~~~~~~~~~] 0/1  Active',
    '    ▶ dev-1  Restarting',
    '        ✔ Deployment/shop/web  Succeeded',
    '        · Deployment/shop/api  Pending',
    'allowed   pause, cancel, skip',
  ]);
});
