import { parseDurationMs, parseSwitch, readSettings, splitList } from './arguments';
import { readUnreachable } from './unreachable';

const TABLE = { on: 'switch', url: 'text', names: 'list' } as const;
const read = (argv: string[], env: Record<string, string> = {}) => {
  const { values, problems } = readSettings(argv, env, TABLE);
  return { values: Object.fromEntries(values), problems };
};

const noFlag = (word: string): string => `${word}: is no flag of the agent: docs/agent.md lists them`;

describe('the command line and the environment', () => {
  it.each<[string[], Record<string, string[]>]>([
    [['--on'], { on: ['true'] }],
    [['--on=false', '-url', 'x'], { on: ['false'], url: ['x'] }],
    [['--url=a=b\nc'], { url: ['a=b\nc'] }],
    [['--url=a', '--url=b'], { url: ['b'] }],
    [['--names=a', '--names', 'b,c'], { names: ['a', 'b,c'] }],
    [['--on', '--url', 'x'], { on: ['true'], url: ['x'] }],
  ])('%j', (argv, values) => {
    expect(read(argv)).toEqual({ values, problems: [] });
  });

  it('a flag of the command line wins; an empty variable is none', () => {
    expect(read(['--url=x'], { URL: 'y', NAMES: 'a', ON: '' }).values).toEqual({ url: ['x'], names: ['a'] });
  });

  it('what is no flag is told without its value, and so is a flag without one', () => {
    expect(read(['--odd=secret', 'stray', '--url'])).toEqual({
      values: {},
      problems: [...['--odd', 'stray'].map(noFlag), '--url: needs a value'],
    });
    expect(read(['--constructor']).problems).toEqual([noFlag('--constructor')]);
  });
});

it('a list is written as in CSV', () => {
  expect(splitList(['a, b,,c', '"x,y",z', 'say ""hi""', ' '])).toEqual(['a', 'b', 'c', 'x,y', 'z', 'say "hi"']);
});

it('a switch is read as Go reads one', () => {
  expect(['1', 't', 'T', 'TRUE', 'true', 'True'].map(parseSwitch)).toEqual(Array(6).fill(true));
  expect(['0', 'f', 'F', 'FALSE', 'false', 'False'].map(parseSwitch)).toEqual(Array(6).fill(false));
  expect(['', 'yes', 'tRUE', ' true'].map(parseSwitch)).toEqual(Array(4).fill(undefined));
});

it.each<[string, number | undefined]>([
  ['0', 0],
  ['1s', 1000],
  ['500ms', 500],
  ['1h30m', 5_400_000],
  ['+1.5m', 90_000],
  ['.5s', 500],
  ['2us', 0.002],
  ['3µs', 0.003],
  ['4ns', 0.000_004],
  ['1', undefined],
  ['-1s', undefined],
  ['1d', undefined],
  ['', undefined],
])('the duration %j is %s ms', (text, ms) => {
  if (ms === undefined) expect(parseDurationMs(text)).toBeUndefined();
  else expect(parseDurationMs(text)).toBeCloseTo(ms, 9);
});

it.each([
  ['hold', { kind: 'hold' }],
  ['immediate', { kind: 'immediate' }],
  ['fallback:30m', { kind: 'fallback', afterMs: 1_800_000 }],
  ['fallback:168h', { kind: 'fallback', afterMs: 604_800_000 }],
  ['fallback:168h1ms', undefined],
  ['fallback:', undefined],
  ['fallback', undefined],
  ['later', undefined],
])('without the hub: %s', (text, wish) => {
  expect(readUnreachable(text)).toEqual(wish);
});
