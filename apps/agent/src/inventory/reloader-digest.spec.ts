import { reloaderDigest } from './reloader-digest';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe("agent 89: Reloader's digest", () => {
  it.each([
    [{ data: { key: 'initial' } }, 'e08040e2ea3a1a0e15556d0ffba40e3d32b5c41f'],
    [{ data: { key: 'updated' } }, '6b3093988321555757cc9b88a5f2d59101a0261c'],
    [{}, 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
    [{ data: { a: '1', b: '2' } }, 'f83e99e324ba68ccc373a58ef1eb42f8ab88646a'],
    [{ data: { b: '2', a: '1' } }, 'f83e99e324ba68ccc373a58ef1eb42f8ab88646a'],
    [{ data: { test: 'test' }, binaryData: { bintest: base64('test') } }, '0d58150de76a895b24f4ca213f590766160c4349'],
  ])('of the ConfigMap %j is known', (object, digest) => {
    expect(reloaderDigest('ConfigMap', object)).toBe(digest);
  });

  it.each([
    ['initial', 'c89820d4c89a3faac2e18b569de03dfe4d818f5e'],
    ['updated', 'b19ab25e0c5109cf15bcdb6158e5a6fe0f8c5260'],
  ])('of a Secret is of its decoded content', (password, digest) => {
    expect(reloaderDigest('Secret', { data: { password: base64(password) } })).toBe(digest);
  });
});
