import { isReady, probeText, readiness, type AgentState } from './health';

const watch = { kind: 'Secret', synced: true, silentMs: 10, error: null };
const good: AgentState = {
  watches: [watch],
  optionalKinds: ['Rollout'],
  inventoryReady: true,
  stopping: false,
  leadership: null,
  hub: null,
};

describe('readiness', () => {
  it('is there when all is in sync', () => {
    expect(isReady(readiness(good))).toBe(true);
    expect(probeText('readyz', readiness(good))).toBe(
      '[+]watch Secret ok\n[+]inventory ok\n[+]shutdown ok\nreadyz check passed\n',
    );
  });

  it('is there for the replica that leads, and after two minutes of silence', () => {
    const leading = { leadership: { leader: null, lost: false }, hub: { connected: true, detail: 'in touch' } };
    expect(probeText('readyz', readiness({ ...good, ...leading, watches: [{ ...watch, silentMs: 120_000 }] }))).toBe(
      '[+]leadership ok\n[+]watch Secret ok\n[+]inventory ok\n[+]shutdown ok\n[+]hub ok\nreadyz check passed\n',
    );
  });

  it.each<[string, Partial<AgentState>, string]>([
    ['a watch is not synced', { watches: [{ ...watch, synced: false }] }, '[-]watch Secret failed: not synced yet'],
    [
      'a watch fails',
      { watches: [{ ...watch, error: '403 Forbidden: no' }] },
      '[-]watch Secret failed: 403 Forbidden: no',
    ],
    ['a watch is silent', { watches: [{ ...watch, silentMs: 130_000 }] }, '[-]watch Secret failed: silent for 130 s'],
    ['the baselines are not read', { inventoryReady: false }, '[-]inventory failed: not complete yet'],
    ['the leadership is lost', { leadership: { leader: null, lost: true } }, '[-]leadership failed: it is lost'],
    ['the process stops', { stopping: true }, '[-]shutdown failed: the agent is stopping'],
  ])('is not there while %s, and says so', (_, change, line) => {
    const checks = readiness({ ...good, ...change });
    expect(isReady(checks)).toBe(false);
    expect(probeText('readyz', checks)).toContain(line);
    expect(probeText('readyz', checks)).toMatch(/readyz check failed\n$/);
  });

  it('is only degraded by a kind that the cluster need not serve', () => {
    const late = { ...watch, kind: 'Rollout', synced: false };
    const checks = readiness({ ...good, watches: [watch, late] });
    expect(isReady(checks)).toBe(true);
    expect(probeText('readyz', checks)).toContain('[~]watch Rollout degraded: not synced yet');
  });

  it('is there for a replica that stands by, which says who leads', () => {
    const checks = readiness({ ...good, inventoryReady: false, leadership: { leader: 'agent-0', lost: false } });
    expect(isReady(checks)).toBe(true);
    expect(probeText('readyz', checks)).toContain('[+]leadership ok: standing by, agent-0 leads');
  });

  it('is only degraded without the hub', () => {
    const checks = readiness({ ...good, hub: { connected: false, detail: 'connection refused' } });
    expect(isReady(checks)).toBe(true);
    expect(probeText('readyz', checks)).toContain('[~]hub degraded: connection refused');
  });
});
