import { objectKey } from '@app/contracts/objects';
import { waitFor } from '@test/wait';
import { RETURN_MS } from '../../apps/hub/src/change/gathering/core/patience';
import { SourceStart } from '../../apps/hub/src/change/by-hand/source-start';
import { Replanning } from '../../apps/hub/src/change/by-hand/replanning';
import type { Rollout } from '../../apps/hub/src/rollout/core/model';
import { RolloutService } from '../../apps/hub/src/rollout/rollout.service';
import type { FlowHub } from './flow-hub';
import { FreshHubs } from './fresh-hubs';
import { Site } from './site';

jest.setTimeout(30_000);

const TEAM = { team: 'shop' };
const BY_TEAM = { by: 'label', label: 'team' };
const USES = { web: ['db', 'mail'], mailer: ['mail', 'queue'] };
const MAIL = { kind: 'Secret', namespace: 'shop', name: 'mail' } as const;
const WHO = { actor: 'kim', from: 'spec', why: 'by hand' };

describe('a policy that gathers by a label', () => {
  const hubs = FreshHubs.forEachTest();
  let hub: FlowHub;

  const gathered = (coalesce: object, more: object = {}): void =>
    hubs.policies.set('default', { rollout: '@env=dev, rest / 0s', coalesce: { ...BY_TEAM, ...coalesce }, ...more });

  const site = async (cluster: string, env: string): Promise<Site> => {
    const labels = { db: TEAM, mail: TEAM, queue: {} };
    const made = new Site(() => hub, await hub.join(cluster, { env }), USES, labels);
    await made.agent.snapshot();
    return made;
  };

  beforeEach(async () => {
    gathered({ quietPeriod: '150ms' });
    hub = await hubs.start();
  });

  const sourcesIn = ({ cause }: Rollout): string[] =>
    cause.revisions.map(({ cluster, source }) => `${cluster} ${source?.name ?? cause.source?.name ?? ''}`).sort();

  it('carries all Secrets of one value of it in one rollout, and restarts each workload once', async () => {
    const [dev, prod] = [await site('d1', 'dev'), await site('p1', 'prod')];
    await Promise.all([dev.change('B', 'db', 'mail'), prod.change('C', 'mail', 'db')]);
    const [rollout, ...others] = await hub.inPhase('Succeeded');
    await hub.settled();
    expect([others, (await hub.rollouts()).length]).toEqual([[], 1]);
    expect(rollout.cause).toMatchObject({ source: null, group: { label: 'team', value: 'shop' } });
    expect(sourcesIn(rollout)).toEqual(['d1 db', 'd1 mail', 'p1 db', 'p1 mail']);
    for (const { restarts } of [dev, prod]) expect([...restarts].sort()).toEqual(['mailer@mail', 'web@db+mail']);
    expect(dev.permits[0]?.causes.map(objectKey)).toEqual(['Secret/shop/db', 'Secret/shop/mail']);
  });

  it('leaves a Secret without the label, or with another value, to a rollout of its own', async () => {
    const dev = await site('d1', 'dev');
    dev.labels['mail'] = { team: 'post' };
    dev.silent = true; // one restart may bring what another rollout would have been for
    await dev.change('B', 'db', 'queue', 'mail');
    await waitFor('the rollouts', async () => (await hub.rollouts()).length === 3);
    dev.silent = false;
    await hub.connectAnew(dev.agent);
    await hub.inPhase('Succeeded', 3);
    await hub.settled();
    const causes = (await hub.rollouts()).map(({ cause }) => cause.group?.value ?? cause.source?.name);
    expect(causes.sort()).toEqual(['post', 'queue', 'shop']);
    expect(new Set(dev.restarts).size).toBe(2);
  });

  it('starts anew for another Secret of the group that changes while the first is carried: with all that is left to do', async () => {
    const [dev, prod] = [await site('d1', 'dev'), await site('p1', 'prod')];
    dev.silent = true;
    await Promise.all([dev.change('B', 'db'), prod.change('B', 'db')]);
    const first = await waitFor('the first permit', () => Promise.resolve(dev.permits[0]));
    dev.silent = false;
    await prod.change('B', 'mail');
    const [rollout] = await hub.inPhase('Succeeded');
    const before = (await hub.rollouts()).find(({ id }) => id === first.rollout);
    expect(before?.supersededBy).toBe(rollout.id);
    expect(sourcesIn(rollout)).toEqual(['d1 db', 'p1 db', 'p1 mail']);
    expect([dev.restarts, [...prod.restarts].sort()]).toEqual([['web@db'], ['mailer@mail', 'web@db+mail']]);
  });

  it('takes in all that a cluster tells which was away when the others changed', async () => {
    const [dev, prod] = [await site('d1', 'dev'), await site('p1', 'prod')];
    await hub.disconnect(prod.agent);
    hubs.fleet.away.set('p1', Date.now() - RETURN_MS);
    prod.rotate('B', 'db', 'mail');
    await dev.change('B', 'db', 'mail');
    await waitFor(
      'the first wave to be through',
      async () => (await hub.rollouts())[0]?.waves[0]?.phase === 'Succeeded',
    );
    expect((await hub.rollouts())[0]?.targets.get('p1')).toMatchObject({ expected: null, reason: 'Offline' });
    await hub.connectAnew(prod.agent);
    const [rollout] = await hub.inPhase('Succeeded');
    expect([rollout.targets.get('p1')?.phase, (await hub.rollouts()).length]).toEqual(['Succeeded', 1]);
    expect([...prod.restarts].sort()).toEqual(['mailer@mail', 'web@db+mail']);
  });

  it('loses nothing when the policy ceases to do so while changes are gathered', async () => {
    gathered({ quietPeriod: '1s' });
    const dev = await site('d1', 'dev');
    await dev.change('B', 'db', 'mail');
    gathered({ by: 'source', label: undefined, quietPeriod: '0s' }, {});
    await hub.inPhase('Succeeded', 2);
    const causes = (await hub.rollouts()).map(({ cause }) => cause.source?.name);
    expect(causes.sort()).toEqual(['db', 'mail']);
    expect([...dev.restarts].sort()).toEqual(['mailer@mail', 'web@db+mail']);
  });

  it('has a person start, and plan anew, the whole group by the name of any Secret in it', async () => {
    gathered({ quietPeriod: '0s' }, { start: 'manual' });
    const dev = await site('d1', 'dev');
    await dev.change('B', 'db', 'mail');
    const draft = await waitFor('a draft of both', async () =>
      (await hub.rollouts()).find((each) => each.phase === 'Draft' && sourcesIn(each).length === 2),
    );
    const anew = await hub.module.get(Replanning).replan(draft.id, WHO);
    expect([anew.phase, sourcesIn(anew)]).toEqual(['Draft', ['d1 db', 'd1 mail']]);
    const start = () => hub.module.get(SourceStart).start({ source: MAIL, clusters: null, policy: null, by: WHO });
    expect((await start()).id).toBe(anew.id);
    const at = Date.now();
    await hub.module.get(RolloutService).handle(anew.id, { type: 'cancelled', at, actor: 'kim', why: 'not now' });
    expect(sourcesIn(await start())).toEqual(['d1 db', 'd1 mail']);
    await hub.inPhase('Succeeded');
    expect([...dev.restarts].sort()).toEqual(['mailer@mail', 'web@db+mail']);
  });
});
