import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { parsePolicy } from '@app/contracts/policy/parse';
import { windowSpec } from '@app/contracts/policy/window-schema';

const text = readFileSync(join(__dirname, '../../docs/windows.md'), 'utf8');

describe('the guide to windows', () => {
  const examples = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = '']): unknown => parse(yaml));

  it.each(examples.map((example) => [JSON.stringify(example).slice(0, 120), example]))(
    '%s can be stored',
    (_title, example) => {
      expect(parsePolicy(example)).toMatchObject({ ok: true, warnings: [] });
    },
  );

  it('names every key that a window has', () => {
    expect(examples.length).toBeGreaterThan(2);
    for (const key of Object.keys(windowSpec.shape)) expect(text).toMatch(new RegExp(`^\\| [^|]*\`${key}\``, 'm'));
  });
});
