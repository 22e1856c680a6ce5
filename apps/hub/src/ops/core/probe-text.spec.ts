import { isPassing, verboseText } from './probe-text';

describe('probe texts', () => {
  it('have one line per check, and the verdict last', () => {
    const details = { redis: { status: 'up' }, agents: { status: 'degraded', message: '3/40 agents offline' } };
    expect(verboseText('readyz', { status: 'degraded', details })).toBe(
      '[+]redis ok\n[~]agents degraded: 3/40 agents offline\nreadyz check passed\n',
    );
  });

  it('name what failed and that the whole did', () => {
    const details = { redis: { status: 'down', message: '' }, queue: { status: 'down', message: 7 } };
    expect(verboseText('livez', { status: 'error', details })).toBe(
      '[-]redis failed\n[-]queue failed\nlivez check failed\n',
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
