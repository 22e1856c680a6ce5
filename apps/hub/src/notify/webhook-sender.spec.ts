import { Secret } from '../config/secret';
import { signatureHeaders } from './webhook-sender';

describe('the signature of a message', () => {
  /** The example of the specification of Standard Webhooks. */
  it('is the one that verifiers of Standard Webhooks expect', () => {
    const body = '{"test": 2432232314}';
    const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1_614_265_330, body };
    expect(signatureHeaders(message, { key: new Secret('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw') })).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });
});
