import { parsePolicy } from './parse';
import type { ResolvedPolicy } from './resolved';
import { DEFAULT_FLAP } from './rules';

const wave = { name: 'only', clusters: { rest: true } };
const document = (spec: object): object => ({
  ...{ apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata: { name: 'p' } },
  spec: { waves: [wave], ...spec },
});
const read = (spec: object): ResolvedPolicy => {
  const parsed = parsePolicy(document(spec), 'p');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
};
const refused = (spec: object): readonly string[] => {
  const parsed = parsePolicy(document(spec), 'p');
  return parsed.ok ? [] : parsed.problems.map(({ pointer }) => pointer);
};

describe('rules of a policy beside its waves', () => {
  it('have the defaults of the language', () => {
    const { joiners, leavers, supersede, offline, target, haltTtlMs } = read({});
    expect([joiners, leavers, supersede?.policy, offline.policy]).toEqual(['catchUp', 'skip', 'latestWins', 'defer']);
    expect([offline.deferTtlMs, target.sourceDeadlineMs, target.retry, haltTtlMs]).toEqual([
      ...[72 * 3_600_000, 1_800_000],
      ...[undefined, undefined],
    ]);
  });

  it('are written out as they were said', () => {
    const spec = {
      onHalt: { ttl: '7d', notify: ['webhook:pager', 'webhook:chat'] },
      joiners: { policy: 'ignore' },
      leavers: 'fail',
      supersede: { policy: 'queue', inFlight: 'finish', carryApprovals: false, maxChain: 2 },
      revert: { smart: true },
      offline: { policy: 'wait', deferTTL: '1h' },
      target: {
        sourceDeadline: '5m',
        retry: { attempts: 3, backoff: { type: 'exponential', base: '1s', max: '10s', jitter: 0.5 } },
      },
    };
    expect(read(spec)).toMatchObject({
      ...{ haltTtlMs: 7 * 86_400_000, joiners: 'ignore', leavers: 'fail', supersede: { policy: 'queue', maxChain: 2 } },
      haltWebhooks: ['pager', 'chat'],
      offline: { policy: 'wait', deferTtlMs: 3_600_000 },
      target: {
        sourceDeadlineMs: 300_000,
        retry: { attempts: 3, exponential: true, baseMs: 1000, maxMs: 10_000, jitter: 0.5 },
      },
    });
    expect(read({ waves: [{ ...wave, ramp: { start: 2 } }] }).waves[0]?.ramp).toEqual({ start: 2, factor: 2 });
    expect(read({ target: { retry: { attempts: 2 } } }).target.retry).toMatchObject({ baseMs: 30_000, maxMs: 600_000 });
  });

  it('say how long a source has to be quiet, how far apart tries are, and whether readiness has to last', () => {
    const minutes = (count: number): number => count * 60_000;
    expect(DEFAULT_FLAP).toEqual({
      ...{ distinctRevisions: 5, withinMs: minutes(5), stableMs: minutes(10), action: 'quarantine' },
    });
    expect(read({ flap: { distinctRevisions: 3, within: '2m', stableFor: '4m', action: 'alert' } }).flap).toEqual({
      ...{ distinctRevisions: 3, withinMs: minutes(2), stableMs: minutes(4), action: 'alert' },
    });
    const retry = (type: string) => read({ target: { retry: { attempts: 2, backoff: { type } } } }).target.retry;
    expect([retry('constant')?.exponential, retry('exponential')?.exponential]).toEqual([false, true]);
    expect(read({ target: { minReady: '1m' } }).target.minReadyMs).toBe(minutes(1));
    expect(read({ target: { minReady: '0s' } }).target).not.toHaveProperty('minReadyMs');
  });

  it.each<[string, object, string]>([
    ['a ramp that does not grow', { waves: [{ ...wave, ramp: { factor: 1 } }] }, '/spec/waves/0/ramp/factor'],
    ['a ramp from nothing', { waves: [{ ...wave, ramp: { start: 0 } }] }, '/spec/waves/0/ramp/start'],
    ['no try at all', { target: { retry: { attempts: 0 } } }, '/spec/target/retry/attempts'],
    [
      'more jitter than pause',
      { target: { retry: { attempts: 2, backoff: { jitter: 2 } } } },
      '/spec/target/retry/backoff/jitter',
    ],
    ['a halt of nothing', { onHalt: { ttl: '0s' } }, '/spec/onHalt/ttl'],
    ['another reaction to joiners', { joiners: { policy: 'skip' } }, '/spec/joiners/policy'],
    ['approvals that carry', { supersede: { carryApprovals: true } }, '/spec/supersede/carryApprovals'],
    ['a revert that restarts what it need not', { revert: { smart: false } }, '/spec/revert/smart'],
    ['a revert that goes first', { revert: { smart: true, priority: 'high' } }, '/spec/revert/priority'],
    ['an unknown key', { supersede: { polcy: 'queue' } }, '/spec/supersede/polcy'],
    ['a notification of nobody', { onHalt: { notify: [] } }, '/spec/onHalt/notify'],
    ['the same receiver twice', { onHalt: { notify: ['webhook:a', 'webhook:a'] } }, '/spec/onHalt/notify'],
    ['a receiver of no kind', { onHalt: { notify: ['webhook:a', 'pager'] } }, '/spec/onHalt/notify/1'],
    ['an address for a receiver', { onHalt: { notify: ['webhook:https://x'] } }, '/spec/onHalt/notify/0'],
    ['a receiver without a name', { onHalt: { notify: ['webhook:'] } }, '/spec/onHalt/notify/0'],
  ])('refuse %s', (_what, spec, pointer) => expect(refused(spec)).toEqual([pointer]));
});
