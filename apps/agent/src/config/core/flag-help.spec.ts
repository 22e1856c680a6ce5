import { readAgentConfig } from '../agent-config';
import { envNameOf } from './arguments';
import { FLAG_HELP } from './flag-help';
import { ANNOTATION_FLAGS, FLAGS } from './flag-table';

describe('the help for flags', () => {
  it('is there for every flag, and for no other', () => {
    expect(Object.keys(FLAG_HELP).sort()).toEqual(Object.keys(FLAGS).sort());
  });

  it('tells the default keys of annotations as they are', () => {
    for (const [flag, key] of Object.entries(ANNOTATION_FLAGS)) expect(FLAG_HELP[flag]?.fallback).toBe(key);
  });

  it('says what each is for, and tells the default of every switch', () => {
    const entries = Object.entries(FLAG_HELP);
    expect(entries.filter(([, { meaning }]) => !/^[A-Z`].*[^.]$/.test(meaning))).toEqual([]);
    const switches = entries.filter(([flag]) => new Map(Object.entries(FLAGS)).get(flag) === 'switch');
    expect(switches.filter(([, { fallback }]) => !['true', 'false'].includes(fallback))).toEqual([]);
  });

  it.each([
    ...['reload-strategy', 'coalesce', 'max-restarts-per-minute', 'discovery-interval', 'log-format', 'log-level'],
    ...['reload-on-create', 'reload-on-delete', 'sync-after-restart', 'enable-csi-integration', 'is-Argo-Rollouts'],
    ...['leader-election-lease-duration', 'leader-election-renew-deadline', 'leader-election-retry-period'],
  ])('tells the default of --%s', (flag) => {
    expect(FLAG_HELP[flag]?.fallback).not.toBe('');
  });

  it.each(Object.entries(FLAG_HELP))(
    'has an example and a default of --%s that the agent takes',
    (flag, { example, fallback }) => {
      expect(example).toMatch(new RegExp(`^--${flag}(=|$)`));
      const about = (argv: readonly string[]): readonly string[] => {
        const result = readAgentConfig({}, argv);
        return (result.ok ? [] : result.problems).filter((problem) => problem.includes(envNameOf(flag)));
      };
      expect(about([example])).toEqual([]);
      expect(about([`--${flag}=${fallback}`])).toEqual([]);
    },
  );
});
