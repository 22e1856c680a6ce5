import { holdScope } from '@app/contracts/api/holds';
import { concerns, type Held, standsAt } from './hold';

const HELD: Held = {
  policy: 'prod',
  sources: [{ kind: 'Secret', namespace: 'shop', name: 'db' }],
  namespaces: ['shop'],
  labels: { env: 'prod' },
};

describe('a hold', () => {
  it.each([
    [{ all: true }, true],
    [{ policy: 'prod' }, true],
    [{ policy: 'dev' }, false],
    [{ clusters: 'env in (prod,staging)' }, true],
    [{ clusters: 'env=dev' }, false],
    [{ namespace: 'shop' }, true],
    [{ namespace: 'bank' }, false],
    [{ source: { kind: 'Secret', namespace: 'shop', name: 'db' } }, true],
    [{ source: { kind: 'ConfigMap', namespace: 'shop', name: 'db' } }, false],
    [{ source: { kind: 'Secret', namespace: 'shop', name: 'db2' } }, false],
  ])('with the scope %j concerns it: %s', (scope, expected) => {
    expect(concerns({ scope: holdScope.parse(scope) }, HELD)).toBe(expected);
  });

  it('of one source concerns a rollout of several, and none that a person asked for', () => {
    const { scope } = { scope: holdScope.parse({ source: { kind: 'Secret', namespace: 'shop', name: 'db' } }) };
    const others = [{ kind: 'Secret', namespace: 'shop', name: 'mail' }, ...HELD.sources] as const;
    expect([others, []].map((sources) => concerns({ scope }, { ...HELD, sources }))).toEqual([true, false]);
  });

  it('stands until its expiry, and not at it', () => {
    expect([standsAt({ expiresAt: null }, 5), standsAt({ expiresAt: 6 }, 5), standsAt({ expiresAt: 5 }, 5)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it.each([[{}], [{ all: true, policy: 'prod' }], [{ all: false }], [{ everything: true }], [{ clusters: '' }]])(
    'with the scope %j is refused',
    (scope) => {
      expect(holdScope.safeParse(scope).success).toBe(false);
    },
  );
});
