import { censored } from './censored';

describe('what may be logged', () => {
  it('is the object itself where nothing has the name of a secret', () => {
    const plain = { workload: 'Deployment/shop/app', reasons: ['a', 'b'], pods: { ready: 1 } };
    expect(censored(plain)).toBe(plain);
  });

  it.each([
    ...['authorization', 'token', 'enrolmentToken', 'fingerprintKey', 'password', 'privateKey'],
    ...['data', 'stringData', 'binaryData'],
  ])('leaves out %s', (name) => {
    expect(censored({ [name]: 'canary', kept: 1 })).toEqual({ [name]: '[redacted]', kept: 1 });
  });

  it('leaves it out within objects and lists, too', () => {
    const secret = { metadata: { name: 'db' }, data: { password: 'canary' } };
    expect(censored({ object: secret, items: [secret] })).toEqual({
      ...{ object: { ...secret, data: '[redacted]' }, items: [{ ...secret, data: '[redacted]' }] },
    });
  });

  it('looks no deeper than three names', () => {
    const deep = (value: string) => ({ a: { b: { token: value } }, c: { d: { e: { token: value } } } });
    expect(censored(deep('canary'))).toEqual({ ...deep('canary'), a: { b: { token: '[redacted]' } } });
  });

  it('changes nothing of what it was given', () => {
    const given = { token: 'canary' };
    censored(given);
    expect(given).toEqual({ token: 'canary' });
  });

  it.each([null, undefined, 'text', 7])('takes %p as it is', (value) => {
    expect(censored(value)).toBe(value);
  });
});
