import { casesIn } from './case-names';

const inShort = (title: string): readonly string[] =>
  casesIn(title).cases.map(({ list, number }) => `${list} ${number}`);

describe('the cases that a test title names', () => {
  it.each([
    ['rollouts 43: no Change', ['rollouts 43']],
    ['protocol 8, rollouts 37: refused', ['protocol 8', 'rollouts 37']],
    ['agent 12, 13: nothing', ['agent 12', 'agent 13']],
    ['agent 1–3: rolls', ['agent 1', 'agent 2', 'agent 3']],
    ['agent 1-2, 5, protocol 9: rolls', ['agent 1', 'agent 2', 'agent 5', 'protocol 9']],
  ])('%j', (title, cases) => expect(inShort(title)).toEqual(cases));

  it.each([
    'an agent without a hub',
    'agent 3 times',
    'the agent 3: x',
    'agents 3: x',
    'agent 3 and 4: x',
    'agent 9–3: x',
    'protocol 4 6: x',
    '43: x',
    '',
  ])('none in %j', (title) => expect(casesIn(title)).toEqual({ cases: [], text: title }));

  it('leaves the rest of the title as it is', () => {
    expect(casesIn('rollouts 13: waits until: 10:20').text).toBe('waits until: 10:20');
  });
});
