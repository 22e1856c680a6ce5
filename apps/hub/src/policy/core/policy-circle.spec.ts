import { circleWith } from './policy-circle';

const policy = (name: string, ...policiesBefore: string[]) => ({ name, policiesBefore });

describe('policies that come after each other', () => {
  it('are refused when they would wait in a circle, with the path', () => {
    const problems = circleWith(policy('a', 'b'), [policy('b', 'c'), policy('c', 'a'), policy('d')]);
    expect(problems).toMatchObject([{ pointer: '/spec/dependsOn/policies', code: 'CYCLE' }]);
    expect(problems[0]?.detail).toMatch(/^policies wait for each other: \w>\w>\w(>\w)?$/);
  });

  it('are taken when they do not, and the new version of one counts in the place of its last', () => {
    expect(circleWith(policy('a', 'b'), [policy('b')])).toEqual([]);
    expect(circleWith(policy('a'), [policy('a', 'b'), policy('b', 'a')])).toEqual([]);
    expect(circleWith(policy('a', 'absent'), [{ name: 'b' }])).toEqual([]);
  });
});
