import { parsePolicy } from './parse';

const full = (spec: object) => ({
  apiVersion: 'fleet-reloader.io/v1',
  kind: 'RolloutPolicy',
  metadata: { name: 'prod' },
  spec,
});
const problems = (document: unknown) => {
  const parsed = parsePolicy(document, 'prod');
  return parsed.ok ? [] : parsed.problems.map(({ pointer, code }) => `${code} ${pointer}`);
};
const policy = (document: unknown) => {
  const parsed = parsePolicy(document, 'prod');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
};

describe('one line', () => {
  it('expands canary to three waves with a 15 minute soak between them', () => {
    const { waves, start, unassigned } = policy({ rollout: 'canary' });
    expect(waves.map((wave) => [wave.name, wave.clusters.size, wave.clusters.rest, wave.soakMs])).toEqual([
      ['wave-1', { count: 1 }, false, 900_000],
      ['wave-2', { percent: 10 }, false, 900_000],
      ['rest', null, true, 0],
    ]);
    expect(waves.map((wave) => wave.dependsOn)).toEqual([[], ['wave-1'], ['wave-2']]);
    expect([start, unassigned]).toEqual(['auto', 'rest']);
  });

  it('reads label waves, soak and failures', () => {
    const { waves } = policy({ rollout: '@env=dev, @env=staging, rest / 30m ! 5%' });
    expect(waves.map((wave) => wave.name)).toEqual(['env-dev', 'env-staging', 'rest']);
    expect(waves[0]?.clusters.selector).toEqual([{ key: 'env', op: 'in', values: ['dev'] }]);
    expect(waves.map((wave) => wave.soakMs)).toEqual([1_800_000, 1_800_000, 0]);
    expect(waves[1]?.maxFailures).toEqual({ count: 0, percent: 5 });
  });

  it('reads labels with a slash', () => {
    const { waves } = policy({ rollout: '@topology.kubernetes.io/zone=a, @tz=Europe/Berlin, rest / 30m' });
    expect(waves.map(({ clusters }) => clusters.selector?.[0]?.key)).toEqual([
      'topology.kubernetes.io/zone',
      'tz',
      undefined,
    ]);
    expect(waves.map(({ soakMs }) => soakMs)).toEqual([1_800_000, 1_800_000, 0]);
    expect(policy({ rollout: '@a.io/b=c ! 1' }).waves).toMatchObject([{ name: 'a-io-b-c', soakMs: 0 }]);
  });

  it.each([
    ['all', 1],
    ['one-by-one', 1],
    ['manual', 3],
    ['off', 3],
  ])('knows the preset %s', (preset, waves) => {
    expect(policy({ rollout: preset }).waves).toHaveLength(waves);
  });

  it.each(['', '0', '1,,2', 'rest / soon', 'rest ! many', '@env', '110%', 'canary!', '1 / 5m / 5m'])(
    'refuses %j and points at it',
    (text) => {
      expect(problems({ rollout: text })).toEqual([expect.stringMatching(/^(SYNTAX|TOO_SMALL) \/rollout$/)]);
    },
  );

  it('says what is wrong where a preset is given more, or the rest is taken twice', () => {
    const detail = (rollout: string) => {
      const parsed = parsePolicy({ name: 'p', rollout });
      return parsed.ok ? '' : parsed.problems.map((problem) => `${problem.code} ${problem.detail}`).join();
    };
    expect(detail('canary / 20m')).toMatch(/^SYNTAX "canary" stands alone: write out its waves/);
    expect(detail('1, rest, rest')).toBe('DUPLICATE_REST only one wave can take the rest');
  });

  it('expands careful to four waves, with an approval before the last', () => {
    const { waves } = policy({ rollout: 'careful' });
    expect(waves.map(({ clusters, soakMs }) => [clusters.size ?? 'rest', soakMs])).toEqual([
      [{ count: 1 }, 3_600_000],
      [{ percent: 5 }, 3_600_000],
      [{ percent: 25 }, 3_600_000],
      ['rest', 0],
    ]);
    expect(waves.map(({ gates }) => gates.map(({ side, type, name }) => [side, type, name]))).toEqual([
      [],
      [],
      [],
      [['before', 'approval', 'approval']],
    ]);
  });
});

describe('full form', () => {
  const wave = (name: string, more: object = {}) => ({ name, clusters: { rest: true }, ...more });

  it('takes the defaults of the policy language', () => {
    const { waves, onFailure, unassigned, coalesce } = policy(
      full({ waves: [{ name: 'a', clusters: { names: ['c1'] } }, wave('b')] }),
    );
    expect(waves.map((w) => [w.maxConcurrency, w.soakMs, w.maxFailures, w.dependsOn])).toEqual([
      [{ count: 1 }, 900_000, { count: 0, percent: 0 }, []],
      [{ percent: 25 }, 0, { count: 0, percent: 0 }, ['a']],
    ]);
    expect([onFailure, unassigned, coalesce]).toEqual(['halt', 'fail', { quietMs: 30_000, maxWaitMs: 600_000 }]);
  });

  it('rollouts 6: reports a cycle with its path', () => {
    const parsed = parsePolicy(
      full({
        waves: [
          { name: 'a', clusters: { names: ['c1'] }, dependsOn: ['b'] },
          { name: 'b', clusters: { names: ['c2'] }, dependsOn: ['c'] },
          { name: 'c', clusters: { rest: true }, dependsOn: ['a'] },
        ],
      }),
    );
    expect(parsed).toEqual({
      ok: false,
      problems: [{ pointer: '/spec/waves/0/dependsOn', code: 'CYCLE', detail: expect.stringContaining('a>b>c>a') }],
    });
  });

  it('rollouts 10: refuses maxConcurrency 0 and unknown fields by name, all at once', () => {
    expect(problems(full({ waves: [wave('a', { maxConcurrency: 0, colour: 'red' })], frobnicate: 1 })).sort()).toEqual([
      'INVALID /spec/waves/0/maxConcurrency',
      'UNKNOWN_FIELD /spec/frobnicate',
      'UNKNOWN_FIELD /spec/waves/0/colour',
    ]);
  });

  it('keeps the keys that do not count sorted and once; each has to be one that an object can have', () => {
    const ignored = (ignoreKeys: unknown[]) => full({ rollout: 'all', coalesce: { ignoreKeys } });
    expect(policy(ignored(['tls.*', 'a', 'tls.*'])).coalesce.ignoreKeys).toEqual(['a', 'tls.*']);
    expect(problems(ignored([]))).toEqual(['TOO_SMALL /spec/coalesce/ignoreKeys']);
    expect(problems(ignored(['a/b', 'ok', '']))).toEqual([
      'INVALID_FORMAT /spec/coalesce/ignoreKeys/0',
      'INVALID_FORMAT /spec/coalesce/ignoreKeys/2',
    ]);
  });

  it('gathers by the label that it names, or by the one that Kubernetes has for what things are part of', () => {
    const label = (coalesce: object) => policy(full({ rollout: 'all', coalesce })).coalesce.label;
    expect([label({ by: 'label' }), label({ by: 'label', label: 'team' }), label({ by: 'source' })]).toEqual([
      'app.kubernetes.io/part-of',
      'team',
      undefined,
    ]);
    expect(problems(full({ rollout: 'all', coalesce: { by: 'label', label: 'no label' } }))).toEqual([
      'INVALID_FORMAT /spec/coalesce/label',
    ]);
    expect(problems(full({ rollout: 'all', coalesce: { label: 'team' } }))).toEqual(['EXCLUSIVE /spec/coalesce/label']);
  });

  it('takes how many may be under restart at once: clusters, and workloads and pods of a cluster; none is no number', () => {
    const slots = (concurrency: object) => full({ rollout: 'all', limits: { concurrency } });
    expect(policy(slots({ clusters: 3, workloadsPerCluster: 2, podsPerCluster: 50 })).limits).toMatchObject({
      ...{ clusters: 3, workloadsPerCluster: 2, podsPerCluster: 50 },
    });
    expect(policy(slots({})).limits).toMatchObject({ clusters: null, workloadsPerCluster: null, podsPerCluster: null });
    expect(problems(slots({ podsPerCluster: 0 }))).toEqual([
      expect.stringContaining('/spec/limits/concurrency/podsPerCluster'),
    ]);
  });

  it('takes how long a workload has to stay ready, and whether budgets matter, and no budget that is to be respected', () => {
    const target = (spec: object) => policy(full({ rollout: 'all', target: spec })).target;
    expect(target({ minReady: '30s', pdb: 'ignore' })).toMatchObject({ minReadyMs: 30_000, pdb: 'ignore' });
    expect(Object.keys(target({ minReady: '0s', pdb: 'warn' }))).toEqual(Object.keys(target({})));
    const refused = full({ rollout: 'all', target: { minReady: 'soon', pdb: 'respect' } });
    expect(problems(refused)).toEqual(['INVALID /spec/target/minReady', 'NOT_SUPPORTED_YET /spec/target/pdb']);
  });

  it('says so for the keys of a wave', () => {
    expect(problems(full({ waves: [wave('a', { spread: [], checks: [] })] })).sort()).toEqual([
      'NOT_SUPPORTED_YET /spec/waves/0/checks',
      'NOT_SUPPORTED_YET /spec/waves/0/spread',
    ]);
  });

  it('wants unique names, known dependencies, one rest, and either rollout or waves', () => {
    expect(problems(full({ waves: [wave('a'), wave('a', { dependsOn: ['x'] })] })).sort()).toEqual([
      'DUPLICATE_NAME /spec/waves/1/name',
      'DUPLICATE_REST /spec/waves/1/clusters/rest',
      'UNKNOWN_WAVE /spec/waves/1/dependsOn/0',
    ]);
    expect(problems(full({ waves: [wave('a')], rollout: 'all' }))).toEqual(['EXCLUSIVE /spec/rollout']);
    expect(problems(full({}))).toEqual(['REQUIRED /spec']);
  });

  it('rollouts 22: warns that bounded without tolerance is serial', () => {
    const parsed = parsePolicy(full({ waves: [wave('a', { failureExposure: 'bounded', maxConcurrency: 10 })] }));
    expect(parsed.ok && parsed.warnings.map(({ code }) => code)).toEqual(['BOUNDED_IS_SERIAL']);
  });

  it('refuses a quiet period that maxWait would never let end', () => {
    expect(problems(full({ rollout: 'all', coalesce: { quietPeriod: '20m' } }))).toEqual([
      'RANGE /spec/coalesce/quietPeriod',
    ]);
  });
});

it.each([null, 'canary', [], 7])('refuses %j as a document', (document) => {
  expect(problems(document)).toEqual(['TYPE ']);
});

it('refuses a document that names another policy than the request', () => {
  expect(problems({ name: 'other', rollout: 'all' })).toEqual(['NAME_MISMATCH /name']);
});
