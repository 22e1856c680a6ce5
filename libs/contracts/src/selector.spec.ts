import { matchesSelector, parseSelector, SelectorError } from './selector';

const matches = (selector: string, labels: Record<string, string>) => matchesSelector(parseSelector(selector), labels);

it.each([
  ['', {}, true],
  ['env=prod', { env: 'prod' }, true],
  ['env==prod', { env: 'dev' }, false],
  ['env!=prod', {}, true],
  ['env in (dev, staging),region', { env: 'staging', region: 'eu' }, true],
  ['env notin (dev)', { env: 'dev' }, false],
  ['!quarantined', { env: 'x' }, true],
  ['!quarantined', { quarantined: '' }, false],
  ['constructor', {}, false],
  ['timezone=Europe/Berlin', { timezone: 'Europe/Berlin' }, true],
  ['timezone in (Europe/Paris)', { timezone: 'Europe/Berlin' }, false],
  ['example.com/tier in (0,1)', { 'example.com/tier': '1' }, true],
])('%j on %j is %s', (selector, labels, expected) => {
  expect(matches(selector, labels)).toBe(expected);
});

it.each(['env=', 'a in (', '=x', 'a=b=c', 'in (a)', ',', 'a b', '!'])(
  'reads or refuses %j without a surprise',
  (text) => {
    if (text === 'env=') expect(matches(text, { env: '' })).toBe(true);
    else expect(() => parseSelector(text)).toThrow(SelectorError);
  },
);
