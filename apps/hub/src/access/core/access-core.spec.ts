import { ROLES } from '@app/contracts/api/views';
import { decideAccess } from './decide';
import { bearerOf, tokenIdOf, tokenText } from './token-text';

describe('who may', () => {
  it('is decided by the order of the roles', () => {
    const table = ROLES.map((needed) =>
      ROLES.map((have) => decideAccess({ role: needed }, { role: have, scope: null }).allowed),
    );
    expect(table).toEqual([
      [true, true, true, true],
      [false, true, true, true],
      [false, false, true, true],
      [false, false, false, true],
    ]);
  });

  it('a limited token touches nothing that concerns the whole fleet, whatever its role', () => {
    const scoped = { role: 'admin', scope: [] } as const;
    expect(decideAccess({ role: 'viewer', fleetWide: true }, scoped)).toEqual({
      ...{ allowed: false, code: 'SCOPE' },
      detail: 'this concerns the whole fleet; the token is limited to some clusters',
    });
    expect(decideAccess({ role: 'viewer' }, scoped).allowed).toBe(true);
  });

  it('a no carries both roles', () => {
    const answer = decideAccess({ role: 'admin' }, { role: 'viewer', scope: null });
    expect(answer).toMatchObject({ allowed: false, code: 'ROLE', detail: expect.stringMatching(/admin.*viewer/) });
  });
});

describe('tokens', () => {
  it('are read back from their text, and nothing else is', () => {
    const text = tokenText('ab12', 's'.repeat(43));
    expect(tokenIdOf(text)).toBe('ab12');
    for (const other of ['', 'fr_ab12_short', `fre_ab12_${'s'.repeat(43)}`, `${text} `, `FR_ab12_${'s'.repeat(43)}`])
      expect(tokenIdOf(other)).toBeUndefined();
  });

  it('come from a bearer header only', () => {
    expect(bearerOf('Bearer abc')).toBe('abc');
    expect(bearerOf('bearer  abc')).toBe('abc');
    for (const other of [undefined, '', 'Basic abc', 'Bearer', 'Bearer a b', `Bearer ${'x'.repeat(600)}`])
      expect(bearerOf(other)).toBeUndefined();
  });
});
