import { asSection, asText, withSection } from './report';
import type { Outcome, Scenario } from './scenario';

const scenario = (id: string): Scenario => ({ id, title: 'Ticks', run: () => Promise.reject(new Error('not here')) });
const OUTCOME: Outcome = {
  rows: [{ measure: 'p50', ours: '12 ms', peer: '15 ms', floor: '10 ms', ratio: '1.20', target: '≤ 1.35', met: true }],
  notes: ['the peer is a model'],
  missed: ['change 7'],
};
const WHERE = { machine: 'a machine', day: '2026-01-01', rounds: 5, load: 0.2 };

describe('the report of a benchmark', () => {
  it('says what was measured, what was wanted, and what was never reached', () => {
    const text = asText(scenario('B1'), OUTCOME);
    expect(text).toMatch(/p50 +12 ms +15 ms +10 ms +1\.20 +≤ 1\.35 +met/);
    expect(text).toContain('NEVER REACHED: change 7');
  });

  it('keeps the sections of other scenarios, in order', () => {
    const section = (id: string, outcome = OUTCOME): string => asSection(scenario(id), outcome, WHERE);
    let page = '';
    for (const id of ['B10', 'B2', 'B1']) page = withSection(page, id, section(id));
    const again = withSection(page, 'B2', section('B2', { ...OUTCOME, notes: ['anew'] }));
    expect(again.match(/^## \w+/gm)).toEqual(['## B1', '## B2', '## B10']);
    expect(again.match(/anew/g)).toHaveLength(1);
    expect(withSection(again, 'B2', section('B2'))).toBe(page);
  });
});
