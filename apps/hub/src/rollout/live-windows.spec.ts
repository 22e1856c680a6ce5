import { parsePolicy } from '@app/contracts/policy/parse';
import { windowState } from '../windows/core/evaluate';
import { LiveWindows, type Part } from './live-windows';
import type { PolicySource, PolicyVersion } from '../policy/policies.port';
import { Keys } from '../platform/keys';
import { type StateRedis, StoreUnavailable } from '../platform/redis';

const FREEZE = { name: 'freeze', kind: 'deny', from: '2026-12-18T00:00', to: '2027-01-04T06:00', timezone: 'cluster' };
const SOURCE = { kind: 'Secret', namespace: 'shop', name: 'db' } as const;
const ref = { kind: 'Deployment', namespace: 'shop', name: 'web' } as const;
const AT = Date.parse('2027-01-01T00:00:00Z');

function policy(name: string, spec: object = {}): PolicyVersion {
  const metadata = { name };
  const parsed = parsePolicy({
    ...{ apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata },
    spec: { rollout: 'all', ...spec },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { version: 1, policy: parsed.policy };
}
const part = (name: string, labels = {}): Part => ({ cluster: { name, labels }, workloads: [{ ref, labels: {} }] });

/** The policies and the source's labels, from memory. */
function windowsOf(policies: () => Promise<readonly PolicyVersion[]>, tier?: string) {
  const source: PolicySource = { snapshot: policies };
  const fact = { ...SOURCE, labels: { tier }, revision: null, changedAt: null };
  const redis = { hmget: () => Promise.resolve([tier === undefined ? null : JSON.stringify(fact)]) };
  return new LiveWindows(source, redis as unknown as StateRedis, new Keys('t'));
}
const own = policy('own');

describe('the windows of a rollout', () => {
  it('are the same array for clusters of one zone, until the policies change', async () => {
    let policies: readonly PolicyVersion[] = [own, policy('guard', { windows: [FREEZE] })];
    const live = windowsOf(() => Promise.resolve(policies));
    const look = async () => {
      const parts = [part('a'), part('b'), part('c', { timezone: 'Asia/Kolkata' })];
      return live.of({ spec: own.policy, sources: [SOURCE] }, parts, await live.policies());
    };
    const [a, b, c] = await look();
    expect(a).toHaveLength(1);
    expect(b).toBe(a);
    expect(c).not.toBe(a);
    expect((await look())[0]).toBe(a);
    policies = [...policies];
    const [anew] = await look();
    expect(anew).not.toBe(a);
    expect(anew).toEqual(a);
  });

  it('go by the labels that the source has in each cluster', async () => {
    const policies = () =>
      Promise.resolve([own, policy('guard', { match: { sources: [{ labels: 'tier=0' }] }, windows: [FREEZE] })]);
    for (const [tier, count] of [
      ['0', 1],
      ['1', 0],
      [undefined, 0],
    ] as const) {
      const live = windowsOf(policies, tier);
      const [found] = await live.of({ spec: own.policy, sources: [SOURCE] }, [part('a')], await live.policies());
      expect(found).toHaveLength(count);
    }
  });

  it('are those that count for the urgency that the rollout was started with', async () => {
    const some = { ...FREEZE, kind: 'allow', appliesTo: ['renewal', 'rotation'] };
    const renewed = policy('own', { urgency: 'renewal' });
    const live = windowsOf(() => Promise.resolve([renewed, policy('guard', { windows: [some] })]));
    const look = async (urgency: string) => {
      const { policy: spec } = policy('own', { urgency });
      return (await live.of({ spec, sources: [SOURCE] }, [part('a')], await live.policies()))[0]?.length;
    };
    expect([await look('rotation'), await look('revocation'), await look('renewal')]).toEqual([1, 0, 1]);
  });

  it('let nothing start where the policies can not be read, and say so', async () => {
    const live = windowsOf(() => Promise.reject(new Error('policy x as it is stored can not be read')));
    const [found] = await live.of({ spec: own.policy, sources: [SOURCE] }, [part('a')], await live.policies());
    expect(windowState(found ?? [], AT)).toMatchObject({
      open: false,
      closedBecause: expect.stringContaining('policy x as it is stored can not be read'),
      nextOpen: null,
      stopsInFlight: false,
    });
  });

  it('are not made up while the store is away', async () => {
    const live = windowsOf(() => Promise.reject(new StoreUnavailable('away')));
    await expect(live.policies()).rejects.toThrow(StoreUnavailable);
  });
});
