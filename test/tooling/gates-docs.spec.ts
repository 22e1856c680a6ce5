import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { GATE_STATES } from '@app/contracts/api/gates';
import { gateSpec } from '@app/contracts/policy/gate-schema';
import { parsePolicy } from '@app/contracts/policy/parse';

const text = readFileSync(join(__dirname, '../../docs/gates.md'), 'utf8');

describe('the guide to gates', () => {
  const examples = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = '']): unknown => parse(yaml));

  it('has examples that can be stored', () => {
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(parsePolicy(example)).toMatchObject({ ok: true, warnings: [] });
  });

  it('names every key and every state of a gate', () => {
    for (const word of [...Object.keys(gateSpec.shape), ...GATE_STATES])
      expect(text).toMatch(new RegExp(`^\\| [^|]*\`${word}\``, 'm'));
  });
});
