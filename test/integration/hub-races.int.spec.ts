import { AsyncLocalStorage } from 'node:async_hooks';
import { waitFor } from '@test/wait';
import { HubMetrics } from '../../apps/hub/src/ops/metrics';
import { Clock } from '../../apps/hub/src/platform/clock';
import type { Rollout } from '../../apps/hub/src/rollout/core/model';
import { allowedVerbs } from '../../apps/hub/src/rollout/core/verbs';
import { VerbRefused } from '../../apps/hub/src/rollout/rollout-errors';
import { COMMIT } from '../../apps/hub/src/rollout/rollout.scripts';
import { RolloutService } from '../../apps/hub/src/rollout/rollout.service';
import { RolloutStore } from '../../apps/hub/src/rollout/rollout.store';
import { WakeHandler } from '../../apps/hub/src/wake/wake.handler';
import { SourceStart } from '../../apps/hub/src/change/by-hand/source-start';
import { type FlowAgent, SOURCE } from './flow-agent';
import type { FlowHub } from './flow-hub';
import { FreshHubs } from './fresh-hubs';

jest.setTimeout(60_000);

const PERSON = { actor: 'ann', from: '10.0.0.1', why: '' };

describe('when several do the same at once', () => {
  const hubs = FreshHubs.forEachTest();
  let replicas: FlowHub[];

  beforeEach(async () => {
    hubs.policies.set('default', { rollout: 'all' });
    replicas = [await hubs.start(), await hubs.start()];
  });

  it('rollouts 38: makes one rollout and one restart of an event that comes a thousand times, at two replicas', async () => {
    const [hub] = replicas;
    const agent = await hub!.join('c1');
    agent.rotate('B');
    let turn = 0;
    agent.moveTo(() => replicas[(turn += 1) % 2]!.inbound);
    for (let n = 0; n < 20; n++) await Promise.all(Array.from({ length: 50 }, () => agent.report()));
    await waitFor('the rollout to end', async () => (await hub!.rollouts())[0]?.phase === 'Succeeded');
    await hub!.settled();
    expect([(await hub!.rollouts()).length, agent.restarts.length]).toEqual([1, 1]);
  });

  it('makes one rollout when many clusters report at two replicas', async () => {
    const [hub] = replicas;
    const agents: FlowAgent[] = [];
    for (let n = 0; n < 12; n++) agents.push(await hub!.join(`c${n}`));
    agents.forEach((agent, n) => agent.moveTo(() => replicas[n % 2]!.inbound));
    for (const agent of agents) agent.rotate('B');
    await Promise.all(agents.map((agent) => agent.report()));
    await waitFor('all to be restarted', () => agents.every((agent) => agent.restarts.length === 1));
    await waitFor('the end', async () => (await hub!.rollouts()).every((rollout) => rollout.phase === 'Succeeded'));
    const rollouts = await hub!.rollouts();
    const targets = rollouts.flatMap((rollout) => rollout.targets.clusters());
    expect([targets.length, new Set(targets).size]).toEqual([12, 12]);
  });

  it('rollouts 90: lets one of two verbs win and tells the other the phase and what is allowed', async () => {
    const [hub, other] = replicas;
    const agent = await hub!.join('c1');
    agent.behaviour = { silent: true };
    agent.rotate('B');
    await agent.report();
    const id = await waitFor('a rollout', async () => (await hub!.rollouts())[0]?.id);
    const answers = await Promise.allSettled([
      hub!.module.get(RolloutService).verb(id, 'pause', PERSON),
      other!.module.get(RolloutService).verb(id, 'cancel', PERSON),
    ]);
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as VerbRefused] : []));
    expect(refused).toEqual([expect.any(VerbRefused)]);
    const [won] = await hub!.rollouts();
    expect(['Pausing', 'Cancelled']).toContain(won?.phase); // a permit that nobody took is void at once
    expect(refused[0]).toMatchObject({ phase: won?.phase, allowed: allowedVerbs(won!) });
    expect(['Raced', 'PhaseForbids']).toContain(refused[0]?.reason);
    const verbs = (await hub!.redis.xrange(hub!.keys.audit(), '-', '+')).filter(([, fields]) => fields.includes('ann'));
    expect(verbs).toHaveLength(1);
  });

  it('rollouts 60: sends one permit when two replicas run the same job at the same time', async () => {
    const soaked = { name: 'dev', clusters: { selector: 'env=dev' }, soak: { for: '500ms' } };
    const waves = [soaked, { name: 'rest', clusters: { rest: true } }];
    hubs.policies.set('default', { waves, coalesce: { quietPeriod: '200ms' } });
    const [hub] = replicas;
    const [dev, prod] = [await hub!.join('d1', { env: 'dev' }), await hub!.join('p1', { env: 'prod' })];
    const doubled = runTwice(replicas, (rollout, now) => (rollout?.waves[0]?.soakUntil ?? Infinity) <= now);
    for (const agent of [dev, prod]) agent.rotate('B');
    await Promise.all([dev, prod].map((agent) => agent.report()));
    await doubled;
    await waitFor('the end', async () => (await hub!.rollouts())[0]?.phase === 'Succeeded');
    expect([prod.permits.length, prod.restarts.length]).toEqual([1, 1]);
    const lost = await Promise.all(replicas.map(conflictsOf));
    expect([...lost].sort()).toEqual([0, 1]);
  });

  it('starts one rollout for fifty equal requests', async () => {
    hubs.policies.set('default', { rollout: 'all', coalesce: { quietPeriod: '1h', maxWait: '1h' } });
    const [hub] = replicas;
    const agent = await hub!.join('c1');
    agent.behaviour = { silent: true }; // restarted, it would have nothing pending for the last requests
    agent.rotate('B');
    await agent.report();
    const request = { source: SOURCE, clusters: null, policy: null, by: PERSON };
    const started = await Promise.all(
      Array.from({ length: 50 }, (_, n) => replicas[n % 2]!.module.get(SourceStart).start(request)),
    );
    expect(new Set(started.map((rollout) => rollout.id)).size).toBe(1);
    expect(await hub!.rollouts()).toHaveLength(1);
  });

  it('takes a write that is sent again after a lost reply for the same one, and refuses one on an old version', async () => {
    const { redis, keys } = replicas[0]!;
    const write = (version: number, op: string): string =>
      JSON.stringify({ checks: [[keys.run('r-x'), version, op]], guards: [], writes: [['INCR', keys.noted('spec')]] });
    const commit = (text: string): Promise<unknown> => redis.run(COMMIT, [keys.due()], [text]);
    expect(await commit(write(0, 'one'))).toBe('STORED');
    expect(await commit(write(0, 'one'))).toBe('STORED');
    expect(await commit(write(0, 'two'))).toBe('CONFLICT');
    expect(await commit(write(1, 'three'))).toBe('STORED');
    expect([await redis.get(keys.noted('spec')), await redis.hget(keys.run('r-x'), 'ver')]).toEqual(['2', '2']);
  });

  it('draws the place of a new rollout with the write that makes it, and the same when that is sent again', async () => {
    const { redis, keys } = replicas[0]!;
    const write = (id: string): string =>
      JSON.stringify({
        checks: [[keys.run(id), 0, `op-${id}`]],
        guards: [],
        writes: [['HSET', keys.run(id), 'head', `{"reason":${JSON.stringify('"lineage":-1')},"lineage":-1}`]],
        draws: keys.noted('spec'),
      });
    const commit = async (id: string): Promise<number> => Number(await redis.run(COMMIT, [keys.due()], [write(id)]));
    const first = await commit('r-1');
    const second = await commit('r-2');
    expect([second - first, await commit('r-1'), await redis.get(keys.noted('spec'))]).toEqual([
      1,
      first,
      String(second),
    ]);
    expect(JSON.parse((await redis.hget(keys.run('r-1'), 'head')) ?? '')).toEqual({
      reason: '"lineage":-1',
      lineage: first,
    });
  });

  it('marks those of several workloads that are pending, and keeps when a restart began that goes on', async () => {
    const { redis, keys } = replicas[0]!;
    const [pending, settled, ran] = [keys.pending('c-m'), keys.settled('c-m'), keys.ran('c-m')];
    await redis.sadd(pending, 'a', 'c');
    await redis.hset(ran, { a: '111|r-m|v2|begun|7', b: '222|r-old|v1|Succeeded|8' });
    const runs = ['a', 'b', 'c'].flatMap((workload) => [workload, `r-m|v2|Succeeded|9`]);
    const writes = [
      ['MARK', pending, settled, 's', 'v2|r-m', 'a', 'b', 'c'],
      ['RAN', ran, ...runs],
    ];
    const write = { checks: [], guards: [], writes, rates: keys.rates(), most: '' };
    expect(await redis.run(COMMIT, [keys.due()], [JSON.stringify(write)])).toBe('STORED');
    expect(await redis.hgetall(settled)).toEqual({ 'a|s': 'v2|r-m', 'c|s': 'v2|r-m' });
    const now = await redis.hget(keys.rates(), 'now');
    expect(await redis.hmget(ran, 'a', 'b', 'c')).toEqual(
      ['111', now, now].map((time) => `${time}|r-m|v2|Succeeded|9`),
    );
  });

  it('writes nothing when a guard does not hold', async () => {
    const { redis, keys } = replicas[0]!;
    const write = {
      checks: [[keys.run('r-y'), 0, 'op']],
      guards: [[keys.active('p', 's'), 'r-old']],
      writes: [['SET', keys.noted('spec'), '1']],
    };
    expect(await redis.run(COMMIT, [keys.due()], [JSON.stringify(write)])).toBe('CONFLICT');
    expect([await redis.exists(keys.noted('spec')), await redis.exists(keys.run('r-y'))]).toEqual([0, 0]);
  });
});

/**
 * The next wake-up of a rollout for which this holds is carried out by every replica; each has looked at the rollout before
 * one of them writes. Resolves when all are done.
 */
function runTwice(replicas: readonly FlowHub[], when: (rollout: Rollout | undefined, now: number) => boolean) {
  return new Promise<void>((resolve, reject) => {
    const wakes = replicas.map(({ module }) => module.get(WakeHandler)).map((handler) => handler.handle.bind(handler));
    let done = false;
    replicas.forEach(({ module }, at) => {
      module.get(WakeHandler).handle = async (due) => {
        const found = due.type === 'rollout' && !done ? await module.get(RolloutStore).load(due.id) : undefined;
        if (done || !when(found?.rollout, module.get(Clock).now())) return wakes[at]?.(due);
        done = true;
        lookTogether(replicas);
        await Promise.all(wakes.map((wake) => doubled.run(due, () => wake(due)))).then(() => resolve(), reject);
      };
    });
  });
}

/** Tells the looks of a wake-up that is carried out twice from those of everybody else. */
const doubled = new AsyncLocalStorage<unknown>();

/** The next such look of each replica at a rollout ends when all have looked. */
function lookTogether(replicas: readonly FlowHub[]): void {
  let meet = (): void => undefined;
  let missing = replicas.length;
  const met = new Promise<void>((resolve) => (meet = resolve));
  for (const { module } of replicas) {
    const store = module.get(RolloutStore);
    const load = store.load.bind(store);
    store.load = async (id) => {
      if (doubled.getStore() === undefined) return load(id);
      store.load = load;
      const stored = await load(id);
      missing -= 1;
      if (missing === 0) meet();
      await met;
      return stored;
    };
  }
}

async function conflictsOf({ module }: FlowHub): Promise<number> {
  const text = await module.get(HubMetrics).registry.metrics();
  return Number(/^fleet_reloader_hub_transition_conflicts_total (\d+)/m.exec(text)?.[1] ?? 0);
}
