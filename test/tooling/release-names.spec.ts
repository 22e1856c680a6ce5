import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { enrolmentCommand } from '../../apps/hub/src/api/core/enrolment-command';

const ROOT = join(__dirname, '..', '..');
/** Whoever comes from Reloader keeps the name of its release. */
const OF_ITS_OWN = 'docs/migrate-from-reloader.md';
const guides = globSync(['*.md', 'docs/*.md', 'deploy/**/*.md'], { cwd: ROOT }).filter((path) => path !== OF_ITS_OWN);

/** Command lines for one release, each on one line. */
const helmLines = (text: string): string[] =>
  text.replaceAll('\\\n', ' ').match(/helm (install|upgrade|test|uninstall) +(?!-)[a-z].*/g) ?? [];

const printed = enrolmentCommand({ token: 't', cluster: 'c', labels: {}, hubUrl: null });

describe('the agent’s release', () => {
  it.each([...guides.map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]), ['the hub', printed]])(
    'has one name and one namespace in %s',
    (_path, text = '') => {
      const other = helmLines(text).filter(
        (line) => !/^helm \w+ reload .*--namespace fleet-reloader( |$)/.test(line.replace('deploy/agent ', '')),
      );
      expect(other).toEqual([]);
      expect(text.match(/deployment[/ ](?!reload-fleet-reloader-agent\b)[a-z-]*reloader[a-z-]*/g) ?? []).toEqual([]);
    },
  );

  it('is looked at in every place that installs it', () => {
    const places = [...guides.map((path) => readFileSync(join(ROOT, path), 'utf8')), printed];
    expect(places.filter((text) => helmLines(text).length > 0).length).toBeGreaterThanOrEqual(4);
  });
});
