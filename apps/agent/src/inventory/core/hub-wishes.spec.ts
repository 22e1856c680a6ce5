import { sourceWishes, workloadWishes } from './hub-wishes';

const AFTER = 'fleet-reloader.io/restart-after';
const POLICY = 'fleet-reloader.io/policy';
const OVERRIDE = 'fleet-reloader.io/rollout-override';

describe('what a workload asks of the hub', () => {
  it('is its policy and what it restarts after, by its metadata, else its pod template', () => {
    const metadata = { [POLICY]: ' careful ', [AFTER]: 'db' };
    const template = { [POLICY]: 'other', [AFTER]: 'cache' };
    expect(workloadWishes('web', metadata, template)).toEqual({
      asked: { policy: 'careful', restartAfter: ['db'] },
      warnings: [],
    });
    expect(workloadWishes('web', {}, template).asked).toEqual({ policy: 'other', restartAfter: ['cache'] });
    expect(workloadWishes('web', {}, {})).toEqual({ asked: undefined, warnings: [] });
  });

  it('takes each name once', () => {
    expect(workloadWishes('web', { [AFTER]: 'db, cache.v2,,db' }, {}).asked).toEqual({
      restartAfter: ['db', 'cache.v2'],
    });
  });

  it.each([
    ['the workload itself', 'web,db', ['db'], '"web" in fleet-reloader.io/restart-after is the workload itself'],
    [
      'no name',
      'db,Deployment/x',
      ['db'],
      '"Deployment/x" in fleet-reloader.io/restart-after is no name of a workload',
    ],
    ['a long name', `db,${'x'.repeat(254)}`, ['db'], 'is no name of a workload'],
  ])('leaves out %s, and says so', (_, text, left, warning) => {
    const { asked, warnings } = workloadWishes('web', { [AFTER]: text }, {});
    expect(asked).toEqual({ restartAfter: left });
    expect(warnings).toEqual([expect.stringContaining(warning)]);
  });

  it('is nothing where nothing can be understood', () => {
    const { asked, warnings } = workloadWishes('web', { [POLICY]: 'Not a name', [AFTER]: ' , ' }, {});
    expect(asked).toBeUndefined();
    expect(warnings).toEqual([
      '"Not a name" in fleet-reloader.io/policy is no name of a policy',
      'fleet-reloader.io/restart-after names no workload',
    ]);
  });

  it('is told of few of many odd names, and names at most 64', () => {
    const many = Array.from({ length: 65 }, (_, n) => `w${n}`);
    const { asked, warnings } = workloadWishes('web', { [AFTER]: [...many, 'A', 'B', 'C', 'D'].join() }, {});
    expect(asked?.restartAfter).toEqual(many.slice(0, 64));
    expect(warnings).toHaveLength(4);
    expect(warnings.at(-1)).toContain('names 65 workloads: the first 64 count');
    expect(workloadWishes('web', { [AFTER]: many.slice(1).join() }, {}).warnings).toEqual([]);
  });
});

describe('what a source asks of the hub', () => {
  it('is its policy and its rollout', () => {
    const annotations = { [POLICY]: 'careful', [OVERRIDE]: ' @env=dev, 10%, rest / 30m ! 1 ' };
    expect(sourceWishes(annotations)).toEqual({
      asked: { policy: 'careful', rolloutOverride: '@env=dev, 10%, rest / 30m ! 1' },
      warnings: [],
    });
    expect(sourceWishes({})).toEqual({ asked: undefined, warnings: [] });
  });

  it.each([
    ['off', 'can only be said by a policy'],
    ['0', '"0" is not a wave'],
    ['', 'no rollout expression'],
    ['1, rest / soon', 'is not a soak'],
    [`1, ${'9'.repeat(600)}`, 'no rollout expression'],
    ['{"password":"x"}', 'no rollout expression'],
  ])('is not "%s"', (text, warning) => {
    const { asked, warnings } = sourceWishes({ [OVERRIDE]: text });
    expect(asked).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining(warning)]);
  });
});
