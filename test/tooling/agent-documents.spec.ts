import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { OUR_KEYS, RELOADER_KEYS } from '../../apps/agent/src/inventory/core/annotation-keys';

const ROOT = join(__dirname, '..', '..');
const CONFIG = join(ROOT, 'apps', 'agent', 'src', 'config');
const GUIDE = readFileSync(join(ROOT, 'docs', 'agent.md'), 'utf8');
/** Of the machine, not of ours. */
const GIVEN = ['HOME', 'KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT'];

describe('docs/agent.md', () => {
  it('tells every variable that the agent reads', () => {
    const sources = readdirSync(CONFIG)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
      .map((name) => readFileSync(join(CONFIG, name), 'utf8'));
    const read = sources.flatMap((text) =>
      [...text.matchAll(/\(read, '([A-Z_]{4,})'|read\.\w+\('([A-Z_]{4,})'|env\['([A-Z_]{4,})'\]/g)].map(
        ([, first, second, third]) => first ?? second ?? third ?? '',
      ),
    );
    const untold = [...new Set(read)].filter((name) => !GIVEN.includes(name) && !GUIDE.includes(`\`${name}\``));
    expect(read.length).toBeGreaterThan(10);
    expect(untold).toEqual([]);
  });

  it('tells every annotation that the agent reads', () => {
    const keys = [RELOADER_KEYS, OUR_KEYS].flatMap((all) => Object.values(all));
    const texts = keys.flatMap((key) => (typeof key === 'string' ? [key] : Object.values(key)));
    const told = (key: string): boolean =>
      GUIDE.includes(key) || GUIDE.includes(key.replace('fleet-reloader.io', 'reloader.stakater.com'));
    expect(texts.filter((key) => !told(key))).toEqual([]);
  });
});

it('leads from every alert of the chart to what to do', () => {
  const read = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8');
  const rules = read('deploy', 'agent', 'templates', 'prometheusrule.yaml');
  const prefix = /runbookUrlPrefix: \S+\/blob\/main\/(\S+)#$/m.exec(read('deploy', 'agent', 'values.yaml'))?.[1] ?? '';
  const sections = [...read(prefix).matchAll(/^#+ (\w+)$/gm)].map(([, title]) => title);
  const alerts = [...rules.matchAll(/^- alert: (\w+)$/gm)].map(([, name]) => name);
  expect(alerts.length).toBeGreaterThan(5);
  expect(sections).toEqual(expect.arrayContaining(alerts));
});
