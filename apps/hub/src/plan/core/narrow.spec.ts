import fc from 'fast-check';
import { parsePolicy } from '@app/contracts/policy/parse';
import type { CandidateCluster, Plan } from './model';
import { makePlan } from './plan';

function policy(spec: object) {
  const document = { apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata: { name: 'p' } };
  const parsed = parsePolicy({ ...document, spec: { allowAnnotationOverride: true, ...spec } });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
}
const WEB = {
  ref: { kind: 'Deployment' as const, namespace: 'shop', name: 'web' },
  ...{ uid: 'web', labels: {}, replicas: 2, pending: true, state: 'Pending', reason: '' },
};
/** Clusters c01, c02, … of which the first `asking` ask for it. */
const fleet = (size: number, override?: string, asking = size): CandidateCluster[] =>
  Array.from({ length: size }, (_, n) => ({
    ...{ name: `c${String(n + 1).padStart(2, '0')}`, labels: { env: n % 3 === 0 ? 'dev' : 'prod' } },
    ...{ from: null, to: 'k000000:aaaaaaaaaaaaaaaaaaaaaa', workloads: [WEB] },
    ...(override !== undefined && n < asking && { override }),
  }));
function plan(spec: object, clusters: readonly CandidateCluster[]): Plan {
  const made = makePlan(policy(spec), { subject: 'Secret/shop/db', clusters });
  if (!made.ok) throw new Error(made.refusal.detail);
  return made.plan;
}
const sizes = ({ waves }: Plan) => waves.map(({ name, targets }) => `${name}: ${targets.length}`);
const codes = ({ warnings }: Plan) => warnings.map(({ code }) => code).filter((code) => code.startsWith('OVERR'));
const MINUTE = 60_000;

describe('a source that asks for narrower waves', () => {
  it('gets just those under a policy of one wave', () => {
    const made = plan({ rollout: 'all' }, fleet(30, 'canary'));
    expect(sizes(made)).toEqual(['all-part-1: 1', 'all-part-2: 3', 'all: 26']);
    expect(made.waves.map(({ dependsOn }) => dependsOn)).toEqual([[], ['all-part-1'], ['all-part-2']]);
    expect(made.waves.map(({ soakMs }) => soakMs)).toEqual([15 * MINUTE, 15 * MINUTE, 0]);
    expect(made.waves.map(({ maxConcurrency }) => maxConcurrency)).toEqual([1, 1, 6]);
    expect(codes(made)).toEqual(['OVERRIDDEN']);
  });

  it('leaves unsaid what the urgency of the policy says', () => {
    const made = plan({ rollout: 'all', urgency: 'revocation' }, fleet(30, 'canary'));
    expect(made.waves.map(({ soakMs }) => soakMs)).toEqual([2 * MINUTE, 2 * MINUTE, 0]);
    expect(made.waves.map(({ maxConcurrency }) => maxConcurrency)).toEqual([1, 1, 13]);
  });

  it('has each wave of the policy cut by its own, and the stricter of the two for each part', () => {
    const made = plan({ rollout: 'canary' }, fleet(30, 'careful'));
    expect(sizes(made)).toEqual(['wave-1: 1', 'wave-2-part-1: 1', 'wave-2: 2', 'rest-part-1: 5', 'rest: 21']);
    expect(made.waves.map(({ soakMs }) => soakMs / MINUTE)).toEqual([60, 60, 60, 60, 0]);
    expect(made.waves.map(({ gates }) => gates.map(({ name }) => name))).toEqual([[], [], [], [], ['approval']]);
  });

  it('that asks for something looser changes nothing, and that is said', () => {
    const made = plan({ rollout: 'canary' }, fleet(30, 'all'));
    expect([sizes(made), codes(made)]).toEqual([
      sizes(plan({ rollout: 'canary' }, fleet(30))),
      ['OVERRIDE_WITHOUT_EFFECT'],
    ]);
    expect(made.policy).toBeUndefined();
    expect(made.canonical).toBe(plan({ rollout: 'canary' }, fleet(30)).canonical);
  });

  it.each([
    [
      'the policy does not allow it',
      { rollout: 'all', allowAnnotationOverride: false },
      'canary',
      'OVERRIDE_NOT_ALLOWED',
    ],
    ['it can not be read', { rollout: 'all' }, 'every second', 'OVERRIDE_INVALID'],
    ['it asks that nothing happens', { rollout: 'all' }, 'off', 'OVERRIDE_INVALID'],
  ])('changes nothing where %s, and that is said', (_, spec, override, code) => {
    const made = plan(spec, fleet(4, override));
    expect([sizes(made), codes(made)]).toEqual([['all: 4'], [code]]);
    expect(made.warnings.find((warning) => warning.code === code)?.subject).toBe('c01');
  });

  it('holds for the whole rollout when it asks in one cluster; several are all kept', () => {
    const one = plan({ rollout: 'all' }, fleet(10, 'one-by-one', 1));
    expect(one.waves.map(({ maxConcurrency }) => maxConcurrency)).toEqual([1]);
    const [first, ...others] = fleet(10, 'canary');
    const both = plan({ rollout: 'all' }, [{ ...first!, override: 'one-by-one' }, ...others]);
    expect(sizes(both)).toEqual(['all-part-1: 1', 'all-part-2: 1', 'all: 8']);
    expect(both.waves.map(({ maxConcurrency }) => maxConcurrency)).toEqual([1, 1, 1]);
    expect(codes(both)).toEqual(['OVERRIDDEN', 'OVERRIDDEN']);
  });

  it('may ask that a person starts it, and can not ask that nobody has to', () => {
    expect(plan({ rollout: 'canary' }, fleet(4, 'manual')).policy?.start).toBe('manual');
    expect(plan({ rollout: 'canary', start: 'planHash' }, fleet(4, 'careful')).policy?.start).toBe('planHash');
  });

  it('tolerates no more failures in all parts together than the policy in the whole', () => {
    const made = plan({ rollout: 'rest ! 3' }, fleet(12, '2, 2, rest / 1m ! 2'));
    expect(made.waves.map(({ maxFailures }) => maxFailures)).toEqual([0, 0, 2]);
  });

  it('keeps the gates of the policy at the ends of what they guarded, and who waited for a wave waits for all of it', () => {
    const gates = { before: [{ type: 'approval', name: 'go' }], after: [{ type: 'wait', name: 'rest', for: '1h' }] };
    const made = plan(
      {
        waves: [
          { name: 'dev', clusters: { selector: 'env=dev' }, gates },
          { name: 'prod', clusters: { rest: true } },
        ],
      },
      fleet(9, '1, rest / 5m'),
    );
    expect(sizes(made)).toEqual(['dev-part-1: 1', 'dev: 2', 'prod: 6']);
    expect(made.waves.map((wave) => wave.gates.map(({ name }) => name))).toEqual([['go'], ['rest'], []]);
    expect(made.waves[2]?.dependsOn).toEqual(['dev']);
  });

  it('asks at its gates once, in whichever waves its clusters are', () => {
    const waves = [
      { name: 'a', clusters: { size: 4 } },
      { name: 'b', clusters: { size: 4 } },
      { name: 'c', clusters: { rest: true } },
    ];
    const made = plan({ waves }, fleet(12, 'careful'));
    expect(made.waves.flatMap((wave) => wave.gates.map(() => wave.name))).toEqual(['b']);
  });

  it('asks at its gates once, also where only waves before the wave before have some of the clusters', () => {
    const wave = (name: string, names?: readonly string[]) => ({
      name,
      clusters: names ? { names } : { rest: true },
    });
    const waves = [wave('a', ['c01', 'c30']), wave('b', ['c02', 'c03', 'c04']), wave('c')];
    const made = plan({ waves }, fleet(30, 'careful'));
    expect(made.waves.flatMap(({ name, gates }) => gates.map(() => name))).toEqual(['a']);
  });

  it('asks at the gates of both, once at those that have the same name', () => {
    const gates = (name: string) => ({ after: [{ type: 'wait', name, for: '1h' }] });
    const asked = (name: string) =>
      plan({ waves: [{ name: 'all', clusters: { rest: true }, gates: gates(name) }] }, fleet(12, 'careful')).waves.at(
        -1,
      );
    expect(asked('night')?.gates.map(({ name, type }) => [name, type])).toEqual([
      ['night', 'wait'],
      ['approval', 'approval'],
    ]);
    expect(asked('approval')?.gates.map(({ name, type }) => [name, type])).toEqual([['approval', 'wait']]);
  });

  it('gets the parts in its own order, clusters that it does not name last, and the soak of the policy at the end', () => {
    const waves = [{ name: 'all', clusters: { rest: true }, soak: { for: '1h' } }];
    const parts = (override: string) => {
      const made = plan({ waves }, fleet(4, override));
      return made.waves.map(({ soakMs, targets }) => [soakMs / MINUTE, targets.map(({ cluster }) => cluster)]);
    };
    const [prod, dev] = [
      ['c02', 'c03'],
      ['c01', 'c04'],
    ];
    expect(parts('@env=prod, rest / 1m')).toEqual([
      [1, prod],
      [60, dev],
    ]);
    expect(parts('@env=prod / 1m')).toEqual([
      [0, prod],
      [60, dev],
    ]);
  });

  it.each([
    ['ignore', 'ignore'],
    ['fail', 'rest'],
    ['rest', 'rest'],
  ])('leaves a policy whose unassigned is %s with %s, and with waves of just these clusters', (unassigned, kept) => {
    const { policy: narrowed } = plan({ rollout: 'all', unassigned }, fleet(4, 'canary'));
    expect(narrowed?.unassigned).toBe(kept);
    expect(narrowed?.waves.map(({ clusters }) => [clusters.names, clusters.rest])).toEqual([
      [['c01'], false],
      [['c02'], false],
      [['c03', 'c04'], false],
    ]);
  });

  it('lets who joins later go after all others, by the policy that the rollout keeps', () => {
    const { policy: kept } = plan({ rollout: 'canary' }, fleet(30, 'careful'));
    const joiner = { ...fleet(1, 'careful')[0]!, name: 'late' };
    const made = kept && makePlan(kept, { subject: 'Secret/shop/db', clusters: [joiner] });
    const taken = made?.ok === true ? made.plan.waves.filter(({ targets }) => targets.length > 0) : [];
    expect(taken.map(({ name, targets }) => [name, targets.map(({ cluster }) => cluster)])).toEqual([
      ['unassigned', ['late']],
    ]);
  });
});

const size = fc.oneof(
  fc.integer({ min: 1, max: 12 }).map(String),
  fc.integer({ min: 1, max: 60 }).map((n) => `${n}%`),
  fc.constantFrom('rest', '@env=dev', '@env=prod'),
);
/** More of them are refused. */
const hasOneRest = (waves: readonly string[]): boolean => waves.filter((wave) => wave === 'rest').length <= 1;
const expression = fc.oneof(
  fc.constantFrom('all', 'one-by-one', 'canary', 'careful', 'manual'),
  fc
    .tuple(
      fc.array(size, { minLength: 1, maxLength: 4 }).filter(hasOneRest),
      fc.integer({ min: 0, max: 90 }),
      fc.integer({ min: 0, max: 4 }),
    )
    .map(([waves, soak, failures]) => `${waves.join(', ')} / ${soak}m ! ${failures}`),
);

/** For each cluster: the names of those that are through before it starts. */
function before({ waves }: Plan): ReadonlyMap<string, ReadonlySet<string>> {
  const names = (wave: Plan['waves'][number]): readonly string[] => wave.targets.map(({ cluster }) => cluster);
  const above = (wave: Plan['waves'][number]): readonly string[] =>
    waves.filter(({ name }) => wave.dependsOn.includes(name)).flatMap((each) => [...names(each), ...above(each)]);
  return new Map(waves.flatMap((wave) => names(wave).map((name) => [name, new Set(above(wave))] as const)));
}

it('whatever is asked for, nothing starts earlier, beside more, or after more failures than by the policy', () => {
  fc.assert(
    fc.property(expression, expression, fc.integer({ min: 1, max: 40 }), (own, override, clusters) => {
      const alone = plan({ rollout: own }, fleet(clusters));
      const made = plan({ rollout: own }, fleet(clusters, override));
      const [earlier, now] = [before(alone), before(made)];
      expect([...now.keys()].sort()).toEqual([...earlier.keys()].sort());
      for (const [cluster, others] of earlier) {
        for (const other of others) expect(now.get(cluster)?.has(other)).toBe(true);
      }
      for (const whole of alone.waves.filter(({ targets }) => targets.length > 0)) {
        const members = new Set(whole.targets.map(({ cluster }) => cluster));
        const parts = made.waves.filter(({ targets }) => targets.some(({ cluster }) => members.has(cluster)));
        const last = parts.at(-1);
        expect(last?.name).toBe(whole.name);
        expect(last?.soakMs).toBeGreaterThanOrEqual(whole.soakMs);
        expect(Math.max(...parts.map((part) => part.maxConcurrency))).toBeLessThanOrEqual(whole.maxConcurrency);
        expect(parts.reduce((sum, part) => sum + part.maxFailures, 0)).toBeLessThanOrEqual(whole.maxFailures);
        const gates = parts.flatMap((part) => part.gates.map(({ name }) => name));
        for (const { name } of whole.gates) expect(gates).toContain(name);
      }
    }),
    { numRuns: 200 },
  );
});
