import { TokenBucket } from './token-bucket';

describe('the limit of a Kubernetes client', () => {
  it('lets a burst through, then one call per interval', () => {
    const bucket = new TokenBucket(5, 10, 0);
    const waits = Array.from({ length: 13 }, () => bucket.take(0));
    expect(waits).toEqual([...Array.from({ length: 10 }, () => 0), 200, 400, 600]);
    expect(bucket.take(10_000)).toBe(0);
  });
});
