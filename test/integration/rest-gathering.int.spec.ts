import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { ExplainView } from '@app/contracts/api/views';
import { waitFor } from '@test/wait';
import { SOURCE } from './flow-agent';
import { Fleet, SpecPolicies } from './flow-hub';
import { ask, joinCluster } from './rest-hub';
import { SharedHub } from './shared-hub';

const WHY = 'GET /explain?cluster=dev-1&namespace=shop&kind=Deployment&name=web';

describe('a change that is gathered', () => {
  const fleet = new Fleet();
  const policies = new SpecPolicies();
  const hub = SharedHub.forAllTests({ fleet, policies });

  it('is what `why` tells, until a person starts it or its time is over', async () => {
    policies.set('default', { rollout: 'all', coalesce: { quietPeriod: '30m', maxWait: '1h' } });
    const dev = await joinCluster(hub, fleet, 'dev-1', 'dev');
    dev.rotate('B');
    await dev.report();
    const why = await waitFor('the answer', async () => {
      const answer = (await ask(hub, WHY)).body as ExplainView;
      return answer.checks.some(({ check }) => check === 'ChangeGathered') ? answer : undefined;
    });
    const [, until = ''] = /until (\S+)$/.exec(why.checks.at(-1)?.detail ?? '') ?? [];
    expect(Date.parse(until)).toBeGreaterThan(Date.now() + 29 * 60_000);
    expect(await hub.rollouts()).toEqual([]);
    const { body } = await ask(hub, 'POST /rollouts', { body: { source: SOURCE, reason: 'at once' } });
    await hub.rolloutIn((body as RolloutView).id, 'Succeeded');
  });
});
