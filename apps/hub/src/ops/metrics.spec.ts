import { HubMetrics } from './metrics';

describe('metrics', () => {
  it('shows counters and what the sources tell at the scrape', async () => {
    const metrics = new HubMetrics();
    metrics.buildInfo('1.2.3', 'abc');
    metrics.restartsReported('Succeeded');
    metrics.dispatches('sent', 0.2);
    metrics.observe({
      agents: () => Promise.resolve(new Map([['Online', 3]])),
      dueOverdueSeconds: () => Promise.resolve(4),
    });
    const text = await metrics.registry.metrics();
    expect(text).toContain('fleet_reloader_hub_build_info{version="1.2.3",commit="abc"} 1');
    expect(text).toContain('fleet_reloader_hub_restarts_total{outcome="Succeeded"} 1');
    expect(text).toContain('fleet_reloader_hub_agents{state="Online"} 3');
    expect(text).toContain('fleet_reloader_hub_due_overdue_seconds 4');
  });

  it('leaves a gauge out when its source fails, so that an old value never poses as a new one', async () => {
    const metrics = new HubMetrics();
    let fails = false;
    metrics.observe({ dueOverdueSeconds: () => (fails ? Promise.reject(new Error('down')) : Promise.resolve(7)) });
    expect(await metrics.registry.metrics()).toContain('fleet_reloader_hub_due_overdue_seconds 7');
    fails = true;
    expect(await metrics.registry.metrics()).not.toMatch(/due_overdue_seconds \d/);
  });

  it('answers the scrape although a source never does', async () => {
    const metrics = new HubMetrics();
    metrics.observe({ jobs: () => new Promise(() => undefined), dueOverdueSeconds: () => Promise.resolve(7) });
    const text = await metrics.registry.metrics();
    expect(text).toContain('due_overdue_seconds 7');
    expect(text).not.toMatch(/queue_jobs\{/);
  });
});
