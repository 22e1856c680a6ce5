import { isPassing, verboseText } from './probe-text';

describe('probe texts', () => {
  it('have one line per check, and the verdict last', () => {
    const details = { redis: { status: 'up' }, agents: { status: 'degraded', message: '3/40 agents offline' } };
    expect(verboseText('readyz', { status: 'degraded', details })).toBe(
      '[+]redis ok\n[~]agents degraded: 3/40 agents offline\nreadyz check passed\n',
    );
  });

  it('pass while degraded and fail when down or shutting down', () => {
    expect(['ok', 'degraded', 'error', 'shutting_down'].map((status) => isPassing({ status, details: {} }))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
