import type { Permit } from '@app/contracts/wire/hub-messages';
import { UNLIMITED } from '@test/limits/unlimited';
import { waitFor } from '@test/wait';
import type { Rollout } from '../../apps/hub/src/rollout/core/model';
import { RolloutService } from '../../apps/hub/src/rollout/rollout.service';
import { type FlowAgent, rev } from './flow-agent';
import type { FlowHub } from './flow-hub';
import { FreshHubs } from './fresh-hubs';

jest.setTimeout(30_000);
const SECRETS = ['db', 'mail', 'queue'] as const;

/** A Deployment that uses three Secrets, and an agent that starts what it is permitted when the spec says so. */
class Site {
  readonly permits: Permit[] = [];
  readonly restarts: string[] = [];
  private have = rev('A');
  private revisions: readonly string[] = SECRETS.map(() => rev('A'));

  constructor(
    private readonly hub: () => FlowHub,
    private readonly agent: FlowAgent,
  ) {
    agent.receive = (permit) => void this.permits.push(permit);
  }

  /** What the workload should run: one revision for all that it uses. */
  private get want(): string {
    return this.revisions.reduce((sum, revision, n) => (revision === rev('A') ? sum : rev('BCD'[n] ?? '')), rev('A'));
  }

  async rotate(secret: number): Promise<void> {
    this.revisions = this.revisions.map((revision, n) => (n === secret ? rev('Z') : revision));
    await this.report();
  }

  async report(): Promise<void> {
    const uid = `uid-${this.agent.cluster}-web`;
    await this.hub().inbound.report(this.agent.session, {
      sources: SECRETS.map((name, n) => ({
        ...{ kind: 'Secret' as const, namespace: 'shop', name, labels: {}, changedAt: null },
        revision: this.revisions[n] ?? null,
      })),
      workloads: [
        {
          ...{ kind: 'Deployment', namespace: 'shop', name: 'web', uid, labels: {}, reason: '', message: '' },
          ...{ state: this.have === this.want ? 'Current' : 'Pending', want: this.want, have: this.have },
          ...{ proof: 'exact', pods: { desired: 1, updated: 1, ready: 1 } },
          sources: SECRETS.map((name, n) => {
            const revision = this.revisions[n] ?? null;
            return { kind: 'Secret', name, revision, haveRevision: this.have === this.want ? revision : rev('A') };
          }),
        },
      ],
      ...{ goneSources: [], goneWorkloads: [], inventoryDigest: `${this.want}${this.have}` },
    });
  }

  /** Patches, or fails to. */
  async obey({ rollout, attempt, restarts }: Permit, outcome: 'APPLIED' | 'ROLLOUT_FAILED' = 'APPLIED'): Promise<void> {
    const { session } = this.agent;
    const permits = restarts.map(({ permit }) => permit);
    await this.hub().inbound.permitAck(session, { rollout, attempt, permits });
    for (const { permit, workload, toRevision } of restarts) {
      const isNew = this.have !== toRevision;
      if (isNew) this.restarts.push(toRevision);
      this.have = toRevision;
      await this.report();
      await this.hub().inbound.result(session, {
        ...{ rollout, attempt, permit, workload, reason: '', message: '', fromRevision: null, toRevision },
        outcome: isNew || outcome !== 'APPLIED' ? outcome : 'ALREADY_APPLIED',
        ...{ startedAt: new Date().toISOString(), finishedAt: new Date().toISOString() },
        pods: { desired: 1, updated: 1, ready: 1 },
      });
    }
  }

  /** From now on without being told to. */
  obeyAtOnce(): void {
    this.agent.receive = (permit) => void this.obey(permit);
  }

  /** It was revoked before anything was done. */
  async refuse({ rollout, attempt, restarts }: Permit): Promise<void> {
    for (const { permit, workload, toRevision } of restarts) {
      await this.hub().inbound.result(this.agent.session, {
        ...{ rollout, attempt, permit, workload, reason: '', message: '', fromRevision: null, toRevision },
        ...{
          outcome: 'REVOKED',
          startedAt: null,
          finishedAt: new Date().toISOString(),
          pods: { desired: 1, updated: 1, ready: 1 },
        },
      });
    }
  }
}

describe('several rollouts that want one workload', () => {
  const hubs = FreshHubs.forEachTest();
  let hub: FlowHub;
  let site: Site;

  beforeEach(async () => {
    const restarts = { ...UNLIMITED.restarts, cluster: { rate: '1/h', burst: 2 } };
    hubs.policies.set('default', { rollout: 'all', coalesce: { quietPeriod: '300ms' }, limits: { restarts } });
    hub = await hubs.start();
    site = new Site(() => hub, await hub.join('c1'));
    await site.report();
  });

  const target = (rollout: Rollout): string => {
    const { phase, reason } = rollout.targets.get('c1') ?? { phase: '', reason: '' };
    return [phase, reason].filter(Boolean).join(' ');
  };
  const targets = async (): Promise<string[]> => (await hub.rollouts()).map(target).sort();
  const become = (wanted: readonly string[]): Promise<unknown> => {
    let seen: readonly string[] = [];
    const look = async (): Promise<boolean> => {
      seen = await targets();
      return JSON.stringify(seen) === JSON.stringify(wanted);
    };
    return waitFor(wanted.join(', '), look, { timeoutMs: 10_000, describe: () => seen.join(', ') });
  };
  /** All three change at once; the one rollout that came first is asked to restart. */
  async function rotated(): Promise<Permit> {
    await Promise.all(SECRETS.map((_, n) => site.rotate(n)));
    await become(['Blocked WorkloadLocked', 'Blocked WorkloadLocked', 'Dispatched']);
    return site.permits[0]!;
  }

  it('rollouts 45, 92: three Secrets of one Deployment, three rollouts, one restart, and one token', async () => {
    await site.obey(await rotated());
    await become(['Succeeded', 'Succeeded MergedInto', 'Succeeded MergedInto']);
    expect((await hub.rollouts()).map(({ phase }) => phase)).toEqual(['Succeeded', 'Succeeded', 'Succeeded']);
    expect([site.restarts.length, site.permits.length]).toEqual([1, 1]);
    const merged = (await hub.rollouts()).find((rollout) => target(rollout).endsWith('MergedInto'));
    expect(merged?.targets.get('c1')?.restarts[0]).toMatchObject({
      ...{ phase: 'Succeeded', reason: 'MergedInto', revision: rev('D') },
      message: expect.stringContaining(site.permits[0]!.rollout),
    });
    const [bucket] = Object.entries(await hub.redis.hgetall(hub.keys.rates())).filter(
      ([name]) => name === 'c/c1|3600000000/2',
    );
    const full = Number(bucket?.[1]) - Number(await hub.redis.hget(hub.keys.rates(), 'now'));
    expect(Math.round(full / 3_600_000_000)).toBe(1);
  });

  it('rollouts 45: they are planned together although they changed one after the other, and are told apart', async () => {
    site.obeyAtOnce();
    for (const n of SECRETS.keys()) {
      await site.rotate(n);
      const since = Date.now();
      await waitFor('a while', () => Date.now() - since > 80);
    }
    await become(['Succeeded', 'Succeeded MergedInto', 'Succeeded MergedInto']);
    expect(site.restarts).toEqual([rev('D')]);
  });

  it('what did not come up for the first is not counted as done for the others: they follow it, and restart nothing', async () => {
    await site.obey(await rotated(), 'ROLLOUT_FAILED');
    await waitFor('the permit of the next', () => site.permits.length === 2);
    await site.obey(site.permits[1]!);
    await become(['Failed RolloutFailed', 'Succeeded', 'Succeeded MergedInto']);
    expect(site.restarts).toHaveLength(1);
  });

  it('a lock whose rollout was cancelled is free at once', async () => {
    const permit = await rotated();
    const by = { actor: 'ann', from: '10.0.0.1', why: 'x' };
    await hub.module.get(RolloutService).verb(permit.rollout, 'cancel', by);
    await site.refuse(permit);
    await become(['Blocked WorkloadLocked', 'Cancelled Cancelled', 'Dispatched']);
  });
});
