import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setting } from '@test/environment';
import { Scenario } from '@test/rollout/scenario';

/**
 * Each file of testdata is one story: its title as a comment, blocks of commands, a line `----`, and what the engine
 * answers. A title begins with the acceptance cases that the story proves. When a rule
 * changes, run this spec once with UPDATE_GOLDEN=1, read the difference, and commit it only if you can explain it.
 */
const folder = join(__dirname, 'testdata');
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));

const titleOf = (name: string): string => {
  const [title = ''] = readFileSync(join(folder, name), 'utf8').split('\n');
  return title.replace(/^# |\.$/g, '');
};

/** The file as it would be with the answers of today; comments and commands stay as they are. */
function replay(text: string): string {
  const scenario = new Scenario();
  const blocks = text.trim().split(/\n\n+/);
  return `${blocks.map((block) => answer(scenario, block)).join('\n\n')}\n`;
}

function answer(scenario: Scenario, block: string): string {
  const [given = ''] = block.split('\n----');
  const commands = given
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');
  return commands.trim() === '' ? given : `${given}\n----\n${scenario.run(commands)}`.trimEnd();
}

describe('rollout scenarios', () => {
  it.each(files.map((name) => [titleOf(name), name]))('%s (%s)', (_title, name) => {
    const path = join(folder, name);
    const expected = readFileSync(path, 'utf8');
    const actual = replay(expected);
    if (setting('UPDATE_GOLDEN') === '1') writeFileSync(path, actual);
    else expect(actual).toBe(expected);
  });
});
