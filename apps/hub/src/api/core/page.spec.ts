import { pageOf } from './page';

const keys = (count: number) => Array.from({ length: count }, (_, at) => `k${String(at).padStart(3, '0')}`);

describe('pages', () => {
  it('walk through a list that changes under the reader without repeating or losing what stayed', () => {
    let list = keys(10);
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: { items: string[]; nextCursor: string | null } = pageOf(list, (key) => key, { limit: 3, after });
      seen.push(...page.items);
      after = page.nextCursor;
      list = ['a-new-one-in-front', ...list.filter((key) => key !== 'k002')];
    } while (after !== null);
    expect(seen).toEqual(keys(10));
  });

  it('end with null, also when the last page is just full', () => {
    expect(pageOf(keys(3), (key) => key, { limit: 3, after: null }).nextCursor).toBeNull();
    expect(pageOf(keys(4), (key) => key, { limit: 3, after: null }).nextCursor).toBe('k002');
    expect(pageOf([], (key: string) => key, { limit: 3, after: 'x' })).toEqual({ items: [], nextCursor: null });
  });
});
