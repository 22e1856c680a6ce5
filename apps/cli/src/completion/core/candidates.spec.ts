import { candidates, type CommandShape } from './candidates';

const flag = (long: string, short?: string, values?: readonly string[]): CommandShape['flags'][number] => ({
  long,
  short,
  takesValue: values !== undefined,
  values: values ?? [],
});
const root: CommandShape = {
  names: ['reloadctl'],
  flags: [flag('--output', '-o', ['json', 'yaml']), flag('--hub', undefined, [])],
  commands: [
    {
      names: ['cluster', 'clusters'],
      flags: [],
      commands: [{ names: ['list'], flags: [flag('--selector', '-l', [])], commands: [] }],
    },
    { names: ['check'], flags: [], commands: [] },
  ],
};

describe('completion', () => {
  it.each([
    [[''], ['check', 'cluster']],
    [['cl'], ['cluster']],
    [['clusters', ''], ['list']],
    [['--hub', 'check', 'cluster', ''], ['list']],
    [
      ['-o', ''],
      ['json', 'yaml'],
    ],
    [['--hub', ''], []],
    [
      ['cluster', 'list', '--'],
      ['--hub', '--output', '--selector'],
    ],
    [['cluster', 'list', ''], []],
    [[], ['check', 'cluster']],
  ])('of %j is %j', (words, expected) => {
    expect(candidates(root, words)).toEqual(expected);
  });
});
