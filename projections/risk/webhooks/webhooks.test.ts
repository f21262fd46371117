import { createHmac } from 'node:crypto';
import t from 'tap';
import { signedHeaders } from './signature.js';

t.test('the signature is that of the Standard Webhooks specification', async (t) => {
  // The specification's own example.
  const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
  const body = '{"test": 2432232314}';
  t.same(signedHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, body, [key]), {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek', 'webhook-timestamp': '1614265330', 'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
  const other = Buffer.alloc(24, 9);
  const [first, second] = signedHeaders('a', 1, body, [key, other])['webhook-signature']!.split(' ');
  t.equal(second, `v1,${createHmac('sha256', other).update(`a.1.${body}`).digest('base64')}`, 'one for each secret');
  t.not(first, second);
});
