import { parsePolicy } from './parse';
import type { ResolvedPolicy } from './resolved';

const full = (spec: object): object => ({
  ...{ apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata: { name: 'p' } },
  spec,
});
function read(spec: object): ResolvedPolicy {
  const parsed = parsePolicy(full(spec));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
}
const problems = (spec: object): readonly string[] => {
  const parsed = parsePolicy(full(spec));
  return parsed.ok ? [] : parsed.problems.map(({ pointer, code }) => `${code} ${pointer}`);
};
const text = (amount: ResolvedPolicy['waves'][number]['maxConcurrency']): string =>
  'count' in amount ? String(amount.count) : `${amount.percent}%`;
/** Of each wave how many at a time, and how long it soaks. */
const told = ({ waves }: ResolvedPolicy): string =>
  waves.map(({ maxConcurrency, soakMs }) => `${text(maxConcurrency)} ${soakMs / 60_000}m`).join(', ');

const [first, second, last] = [
  { name: 'canary', clusters: { size: 1 } },
  { name: 'half', clusters: { size: '50%' } },
  { name: 'rest', clusters: { rest: true } },
];
const WRITTEN = [
  { ...first, maxConcurrency: 2, soak: { for: '20m' } },
  { ...second, maxConcurrency: '10%', soak: { for: '1m' } },
  { ...last, maxConcurrency: 3, soak: { for: '5m' } },
];

describe('the urgency of a policy', () => {
  it.each<[string, object, string, string]>([
    ['what waves leave unsaid', { waves: [first, second, last] }, '1 15m, 25% 15m, 25% 0m', '1 2m, 50% 2m, 50% 0m'],
    ['nothing that waves say', { waves: WRITTEN }, '2 20m, 10% 1m, 3 5m', '2 20m, 10% 1m, 3 5m'],
    ['a wave that is the only one: it is the canary', { waves: [last] }, '1 0m', '1 0m'],
    ['canary', { rollout: 'canary' }, '1 15m, 25% 15m, 25% 0m', '1 2m, 50% 2m, 50% 0m'],
    ['a line without a soak', { rollout: '1, @env=dev, rest' }, '1 15m, 25% 15m, 25% 0m', '1 2m, 50% 2m, 50% 0m'],
    ['but the soak of a line', { rollout: '1, 10%, rest / 15m' }, '1 15m, 25% 15m, 25% 0m', '1 15m, 50% 15m, 50% 0m'],
    ['all', { rollout: 'all' }, '25% 0m', '50% 0m'],
    ['not what one-by-one is for', { rollout: 'one-by-one' }, '1 0m', '1 0m'],
    [
      'not the soak that careful is for',
      { rollout: 'careful' },
      '1 60m, 25% 60m, 25% 60m, 25% 0m',
      '1 60m, 50% 60m, 50% 60m, 50% 0m',
    ],
    ['manual', { rollout: 'manual' }, '1 15m, 25% 15m, 25% 0m', '1 2m, 50% 2m, 50% 0m'],
  ])('revocation changes %s', (_what, spec, usual, urgent) => {
    const under = (urgency: string): string => told(read({ ...spec, urgency }));
    expect([told(read(spec)), under('renewal'), under('rotation'), under('revocation')]).toEqual([
      ...[usual, usual, usual],
      urgent,
    ]);
  });

  it.each([
    [{}, ['rotation', 0]],
    [{ urgency: 'renewal' }, ['renewal', 0]],
    [{ urgency: 'rotation' }, ['rotation', 0]],
    [{ urgency: 'revocation' }, ['revocation', 1_000_000]],
    [{ urgency: 'revocation', priority: -7 }, ['revocation', -7]],
  ])('%j has this urgency and priority: %j', (spec, expected) => {
    const { urgency, priority } = read({ rollout: 'all', ...spec });
    expect([urgency, priority]).toEqual(expected);
  });

  it('changes nothing else', () => {
    const { urgency, priority, waves, ...usual } = read({ rollout: 'careful' });
    expect(read({ rollout: 'careful', urgency: 'revocation' })).toMatchObject(usual);
    expect([urgency, priority, waves.length]).toEqual(['rotation', 0, 4]);
  });

  it('is one of three', () => {
    expect(problems({ rollout: 'all', urgency: 'panic' })).toEqual(['INVALID_VALUE /spec/urgency']);
  });
});

describe('whom a window counts for', () => {
  const NIGHTS = {
    name: 'nights',
    kind: 'allow',
    rrule: 'FREQ=DAILY',
    start: '22:00',
    duration: '7h',
    timezone: 'UTC',
  };
  const windows = (...appliesTo: string[]): object => ({ rollout: 'all', windows: [{ ...NIGHTS, appliesTo }] });

  it('is kept as it was said, and absent where nothing was', () => {
    expect(read(windows('renewal', 'rotation')).windows[0]?.appliesTo).toEqual(['renewal', 'rotation']);
    expect(read({ rollout: 'all', windows: [NIGHTS] }).windows[0]).not.toHaveProperty('appliesTo');
  });

  it('is somebody, and known', () => {
    expect(problems(windows())).toEqual(['TOO_SMALL /spec/windows/0/appliesTo']);
    expect(problems(windows('panic'))).toEqual(['INVALID_VALUE /spec/windows/0/appliesTo/0']);
  });

  it('is everybody where something is denied: a freeze that some pass is none', () => {
    const deny = { ...NIGHTS, kind: 'deny', appliesTo: ['renewal'] };
    expect(problems({ rollout: 'all', windows: [deny] })).toEqual(['EXCLUSIVE /spec/windows/0/appliesTo']);
  });
});

it.each(['content', 'source'])(
  'changes are gathered by %s, which is the same: by the identity of their source',
  (by) => {
    expect(read({ rollout: 'all', coalesce: { by } })).toEqual(read({ rollout: 'all' }));
  },
);
