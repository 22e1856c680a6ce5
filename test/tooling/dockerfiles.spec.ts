import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const text = (app: string): string =>
  readFileSync(join(__dirname, '..', '..', 'deploy', app, 'Dockerfile'), 'utf8').replace(/^EXPOSE .*$/gm, 'EXPOSE');

describe('the two Dockerfiles', () => {
  it('differ in the name of the program and its ports alone, so that one is not forgotten when the other is bettered', () => {
    const renamed = text('hub')
      .replaceAll('deploy/hub', 'deploy/agent')
      .replaceAll('fleet-reloader-hub', 'fleet-reloader-agent')
      .replaceAll('dist/apps/hub', 'dist/apps/agent')
      // Maps cost the agent memory that it has to save in every cluster.
      .replaceAll('"--enable-source-maps", ', '')
      .replace('# The hub as', '# The agent as')
      .replace('nest build hub', 'nest build agent');
    expect(text('agent')).toBe(renamed);
  });
});
