import { joined } from './joined';

it('each hook tells all, in order, and whoever does not care is passed over', () => {
  const told: string[] = [];
  const hooks = (who: string) => ({
    begun: (what: string) => void told.push(`${who} begun ${what}`),
    ended: (what: string) => void told.push(`${who} ended ${what}`),
  });
  const { begun } = hooks('second');
  const all = joined(hooks('first'), { begun }, hooks('third'));
  all.begun('x');
  all.ended('y');
  expect(told).toEqual(['first begun x', 'second begun x', 'third begun x', 'first ended y', 'third ended y']);
});
