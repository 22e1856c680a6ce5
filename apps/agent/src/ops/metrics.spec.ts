import { Metrics } from './metrics';

it('objects that a watch received are counted at each scrape, none twice', async () => {
  const metrics = new Metrics('1.2.3');
  const told = async (): Promise<string[]> =>
    (await metrics.text()).split('\n').filter((line) => line.startsWith('fleet_reloader_agent_watch_events_total{'));
  metrics.watchEvent('Secret');
  metrics.watchEvent('Secret');
  metrics.watchEvent('ConfigMap');
  expect((await told()).sort()).toEqual([
    'fleet_reloader_agent_watch_events_total{kind="ConfigMap"} 1',
    'fleet_reloader_agent_watch_events_total{kind="Secret"} 2',
  ]);
  metrics.watchEvent('Secret');
  expect(await told()).toContain('fleet_reloader_agent_watch_events_total{kind="Secret"} 3');
});
