import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { readEndpoints } from './endpoints.js';
import { signedHeaders } from './signature.js';

const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

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

t.test('what may be called stands in a file, whole or not at all', async (t) => {
  const file = path.join(t.testdir(), 'webhooks.json');
  const read = (...endpoints: object[]) => {
    writeFileSync(file, JSON.stringify(endpoints));
    return readEndpoints(file);
  };
  const good = { name: 'siem', url: 'https://siem.example/alerts', secrets: [secret] };
  t.match(read(good), [{ name: 'siem', severity: 'low', secrets: [Buffer.alloc(24, 7)] }]);
  t.match(read({ ...good, url: 'http://127.0.0.1:9/x', severity: 'high' }), [{ severity: 'high' }]);
  for (const bad of [{ url: 'http://siem.example' }, { url: 'https://a:b@siem.example' }, { url: 'file:///etc/passwd' }, { secrets: [] }, { secrets: ['whsec_short'] }, { name: 'No Name' }, { severity: 'huge' }, { more: 1 }])
    t.throws(() => read({ ...good, ...bad }), { message: /webhooks\.json: / }, JSON.stringify(bad));
  t.throws(() => read(good, good), { message: /share one name/ });
  try {
    read({ ...good, secrets: ['whsec_tell-nobody'] });
  } catch (error) {
    t.notMatch((error as Error).message, /tell-nobody/, 'what is wrong is told without the secret');
  }
});
