import { generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { signInBank } from './testing/sign-in-bank.js';
import { softwarePasskey, type Lies } from './testing/software-passkey.js';

const failed = { status: 401, body: { code: 'sign_in_failed' } };

async function withPasskey() {
  const bank = await signInBank({ secondFactor: 'required' });
  const li = await bank.hire('li.wei');
  const session = (await bank.signIn('li.wei')).body;
  const passkey = softwarePasskey();
  const begun = (await bank.post('/v1/factors/passkey/options', undefined, session.accessToken)).body;
  const enrolled = await bank.post('/v1/factors/passkey', { enrolment: begun.enrolment, response: passkey.create(begun.options), label: 'laptop' }, session.accessToken);
  const options = async () => (await bank.post('/v1/sign-in/passkey/options')).body as { challenge: string; options: { challenge: string } };
  const signIn = async (lies: Lies = {}, by = passkey) => {
    const { challenge, options: asked } = await options();
    return bank.post('/v1/sign-in/passkey', { challenge, response: by.get(asked, lies) });
  };
  return { bank, li, session, passkey, begun, enrolled, options, signIn };
}

t.test('a passkey alone lets in, as two factors in one', async (t) => {
  const { bank, li, enrolled, signIn, begun } = await withPasskey();
  t.match(begun.options, { rp: { id: 'bank.example' }, user: { name: 'li.wei' }, authenticatorSelection: { userVerification: 'required', residentKey: 'required' } });
  t.match(enrolled, { status: 201 });
  const inside = await signIn();
  t.match(inside, { status: 200, body: { status: 'signed-in' } });
  t.match((await bank.told(li.id)).at(-1), { type: 'SignedIn', data: { proofs: ['hwk'] } });
  t.match((await bank.get('/v1/factors', inside.body.accessToken)).body.items, [{ kind: 'passkey', label: 'laptop' }]);
});

t.test('as a second factor', async (t) => {
  const { bank, passkey } = await withPasskey();
  const wanted = (await bank.signIn('li.wei')).body;
  t.match(wanted, { status: 'second-factor', kinds: ['passkey'], passkeyOptions: { rpId: 'bank.example', allowCredentials: [{ type: 'public-key' }] } });
  const prove = (lies: Lies = {}) => bank.post('/v1/sign-in/second-factor', { challenge: wanted.challenge, proof: { kind: 'passkey', response: passkey.get(wanted.passkeyOptions, lies) } });
  t.match(await prove({ challenge: 'AAAA' }), failed);
  t.match(await prove(), { status: 200 });
});

t.test('what does not fit is refused', async (t) => {
  const { bank, li, passkey, options, signIn } = await withPasskey();
  const stranger = softwarePasskey();
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const lies: Record<string, Lies> = {
    'another page': { origin: 'https://staff.bank.example.evil.example' }, 'another domain': { rpId: 'evil.example' }, 'another challenge': { challenge: 'AAAA' },
    'nobody unlocked it': { unverified: true }, 'another key': { signedBy: other }, 'nobody\'s': { userHandle: '' },
    'somebody else\'s': { userHandle: Buffer.from((await bank.hire('mallory')).id).toString('base64url') },
  };
  for (const [what, lie] of Object.entries(lies)) t.match(await signIn(lie), failed, what);
  t.match(await signIn({ userHandle: Buffer.from(li.id).toString('base64url') }, stranger), failed, 'a passkey that nobody enrolled');
  t.match(await signIn({ counter: 50 }), { status: 200 });
  t.match(await signIn({ counter: 50 }), failed, 'a copy: its counter does not rise');
  t.match(await signIn({ counter: 51 }), { status: 200 });
  const { challenge, options: asked } = await options();
  const response = passkey.get(asked, { counter: 60 });
  t.equal((await bank.post('/v1/sign-in/passkey', { challenge, response })).status, 200);
  t.match(await bank.post('/v1/sign-in/passkey', { challenge, response }), { status: 401, body: { code: 'challenge_invalid' } }, 'replayed');
  t.match(await bank.post('/v1/sign-in/passkey', { challenge: (await options()).challenge, response }), failed, 'replayed with a new challenge');
  t.match(await bank.post('/v1/sign-in/passkey', { challenge, response: { ...response, evil: 1 } }), { status: 400 });
});

t.test('an enrolment that does not fit', async (t) => {
  const { bank, session } = await withPasskey();
  const refused = { status: 422, body: { code: 'enrolment_failed' } };
  const tryWith = async (lies: Lies) => {
    const { enrolment, options } = (await bank.post('/v1/factors/passkey/options', undefined, session.accessToken)).body;
    return bank.post('/v1/factors/passkey', { enrolment, response: softwarePasskey().create(options, lies) }, session.accessToken);
  };
  for (const lies of [{ origin: 'https://evil.example' }, { challenge: 'AAAA' }, { unverified: true }, { rpId: 'evil.example' }]) t.match(await tryWith(lies), refused, JSON.stringify(lies));
  t.match(await tryWith({}), { status: 201 }, 'control');
});
