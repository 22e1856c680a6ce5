/* eslint-disable max-lines-per-function -- cases are a list of sentences, as in a spec */
import { newPlace, type Place, type Subject } from './subject';

export function describeLists({ kube }: Subject): void {
  describe('lists', () => {
    let place: Place;
    beforeAll(async () => {
      place = await newPlace(kube());
      const labels = { a: { tier: 'web', env: 'dev' }, b: { tier: 'db' }, c: { tier: 'cache', env: 'prod' } };
      for (const [name, own] of Object.entries(labels)) {
        await kube().post(place.secrets, { metadata: { name, labels: own } });
      }
      await kube().post(place.secrets, { metadata: { name: 'd' }, type: 'example.test/special' });
    });

    const names = async (query: string): Promise<string[]> => {
      const { body } = await kube().get(`${place.secrets}?${query}`);
      return (body.items ?? []).map(({ metadata }) => metadata.name);
    };

    it('lists in the order of names, without the kind of each item', async () => {
      const { body } = await kube().get(place.secrets);
      expect(body).toMatchObject({ kind: 'SecretList', apiVersion: 'v1' });
      expect(body.items?.map(({ metadata, kind }) => [metadata.name, kind])).toEqual(
        ['a', 'b', 'c', 'd'].map((name) => [name, undefined]),
      );
      expect(body.metadata.resourceVersion).toMatch(/^\d+$/);
    });

    it('lists over all namespaces', async () => {
      const { body } = await kube().get('/api/v1/secrets');
      const own = body.items?.filter(({ metadata }) => metadata.namespace === place.namespace);
      expect(own).toHaveLength(4);
    });

    it.each([
      ['tier=web', ['a']],
      ['tier==web', ['a']],
      ['tier!=web', ['b', 'c', 'd']],
      ['tier in (web, db)', ['a', 'b']],
      ['tier notin (web,db)', ['c', 'd']],
      ['env', ['a', 'c']],
      ['!env', ['b', 'd']],
      ['env,tier!=cache', ['a']],
    ])('selects by label: %s', async (selector, expected) => {
      expect(await names(`labelSelector=${encodeURIComponent(selector)}`)).toEqual(expected);
    });

    it.each([
      ['metadata.name=b', ['b']],
      ['metadata.name!=b', ['a', 'c', 'd']],
      ['type=Opaque', ['a', 'b', 'c']],
      ['type!=Opaque,metadata.name=d', ['d']],
      ['type!=example.test/special,metadata.name!=a', ['b', 'c']],
    ])('selects by field: %s', async (selector, expected) => {
      expect(await names(`fieldSelector=${encodeURIComponent(selector)}`)).toEqual(expected);
    });

    it.each(['fieldSelector=data.k%3Dv', 'labelSelector=a%3D%3D%3Db', 'limit=many', 'limit=1&continue=zzz'])(
      'refuses what it does not understand: %s',
      async (query) => {
        const { status, body } = await kube().get(`${place.secrets}?${query}`);
        expect([status, body.reason]).toEqual([400, 'BadRequest']);
      },
    );

    it.each(['resourceVersionMatch=Exact', 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan'])(
      'refuses options that do not go together: %s',
      async (query) => {
        const { status, body } = await kube().get(`${place.secrets}?${query}`);
        expect([status, body.reason]).toEqual([422, 'Invalid']);
      },
    );

    it('gives pages of one state, whatever is written between them', async () => {
      const first = (await kube().get(`${place.secrets}?limit=2`)).body;
      expect(first.items?.map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
      expect(first.metadata).toMatchObject({ remainingItemCount: 2, continue: expect.any(String) as string });
      await kube().post(place.secrets, { metadata: { name: 'between' } });
      await kube().patch(`${place.secrets}/c`, { metadata: { labels: { tier: 'other' } } });
      const token = encodeURIComponent(first.metadata.continue ?? '');
      const second = (await kube().get(`${place.secrets}?limit=2&continue=${token}`)).body;
      expect(second.items?.map(({ metadata }) => [metadata.name, metadata.labels?.tier])).toEqual([
        ['c', 'cache'],
        ['d', undefined],
      ]);
      expect(second.metadata.continue).toBeUndefined();
      expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    });

    it('refuses a version that has not happened', async () => {
      const { status, body } = await kube().get(`${place.secrets}?resourceVersion=99999999999`);
      expect([status, body.reason]).toEqual([504, 'Timeout']);
      expect(body.details?.causes?.[0]?.reason).toBe('ResourceVersionTooLarge');
    });
  });
}
