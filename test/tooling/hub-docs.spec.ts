import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRIC_PREFIX, HubMetrics } from '../../apps/hub/src/ops/metrics';

const ROOT = join(__dirname, '../..');
const text = readFileSync(join(ROOT, 'docs/hub.md'), 'utf8');
/** Of the process: they come with the client library. */
const OF_THE_PROCESS = /^fleet_reloader_hub_(process|nodejs)_/;

describe('the guide to the hub', () => {
  it('names every variable of the environment, and no other', () => {
    const sources = ['hub-config', 'redis-config', 'webhook-config'].map((name) => {
      return readFileSync(join(ROOT, `apps/hub/src/config/${name}.ts`), 'utf8');
    });
    const known = sources.join('\n').match(/\b(?:HUB|REDIS|LOG)_[A-Z_]+\b/g) ?? [];
    const constants = new Set(['HUB_CONFIG', 'LOG_LEVELS', 'REDIS_SECRETS']);
    const variables = [...new Set(known)].filter((name) => !constants.has(name)).sort();
    const table = text.slice(text.indexOf('## Configuration'), text.indexOf('## Redis'));
    const told = [...new Set(table.match(/`(?:HUB|REDIS|LOG)_[A-Z_]+`/g) ?? [])].map((name) => name.slice(1, -1));
    expect(variables.length).toBeGreaterThan(15);
    expect(told.sort()).toEqual(variables);
  });

  it('names every metric, and no other', async () => {
    const metrics = new HubMetrics();
    metrics.buildInfo('1', 'abc');
    const names = (await metrics.registry.getMetricsAsJSON()).map(({ name }) => name);
    const told = [...text.matchAll(/^\| `(fleet_reloader_hub_\w+)`/gm)].map(([, name = '']) => name);
    const own = names.filter((name) => name.startsWith(METRIC_PREFIX) && !OF_THE_PROCESS.test(name));
    expect(told.sort()).toEqual([...own].sort());
  });
});
