import { generateKeyPair, SignJWT, UnsecuredJWT, importJWK, decodeJwt, decodeProtectedHeader } from 'jose';
import { createHmac, randomUUID } from 'node:crypto';
import t from 'tap';
import { issueMachineKey } from './machine-keys.js';
import { KEY_SIGNS_MS } from './signing-keys.js';
import { FIXED_TOKEN, PASSWORD, signInBank } from './testing/sign-in-bank.js';

const refusedToken = { status: 401, body: { code: 'unauthenticated' } };

/** A bank with somebody in it, what the access token says, and the key it is signed with. */
async function withToken() {
  const bank = await signInBank();
  const holder = await bank.hire('li.wei');
  const { body } = await bank.signIn('li.wei');
  const { kid, key } = await bank.keys.signing(bank.clock.now);
  const claims = decodeJwt(body.accessToken);
  const header = { alg: 'EdDSA', kid, typ: 'at+jwt' };
  const sign = (changed: Record<string, unknown>, protectedHeader: { alg: string; kid?: string; typ?: string } = header, by = key) => new SignJWT({ ...claims, ...changed }).setProtectedHeader(protectedHeader).sign(by);
  return { bank, holder, body, kid, claims, header, sign };
}

t.test('a token lets in: control of all that follows', async (t) => {
  const { bank, holder, body, claims, header, sign } = await withToken();
  t.match(body, { status: 'signed-in', tokenType: 'Bearer', expiresInSeconds: 300, refreshToken: /^pbr_/ });
  t.strictSame(decodeProtectedHeader(body.accessToken), header);
  t.match(claims, { sub: holder.id, sid: body.sessionId, amr: ['pwd'], iss: 'a bank', aud: 'passbook-api' });
  t.match(await bank.get('/v1/sessions', body.accessToken), { status: 200, body: { items: [{ id: body.sessionId, current: true, device: 'a browser', place: '192.0.2.1', proofs: ['pwd'] }] } });
  t.match(await bank.get('/v1/sessions', await sign({ jti: 'made by the test with the right key' })), { status: 200 });
});

t.test('forged and altered tokens', async (t) => {
  const { bank, body, kid, claims, header, sign } = await withToken();
  const other = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const { keys: [published] } = (await bank.get('/.well-known/jwks.json')).body;
  t.match(published, { kid, kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' });
  t.notOk('d' in published, 'the private half is not published');
  const [head, payload, signature] = body.accessToken.split('.');
  const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const hmacWithPublicKey = `${encoded({ alg: 'HS256', kid, typ: 'at+jwt' })}.${payload}`;
  const forged: Record<string, string> = {
    'signed by another key under our kid': await sign({}, header, other.privateKey),
    'signed by another key under its own kid': await sign({}, { ...header, kid: randomUUID() }, other.privateKey),
    'without a kid': await sign({}, { alg: 'EdDSA', typ: 'at+jwt' }),
    'with its key in its own header': await new SignJWT(claims).setProtectedHeader({ ...header, jwk: published, kid: randomUUID() }).sign(other.privateKey),
    'unsigned': new UnsecuredJWT(claims).encode(),
    'alg none, in every case': `${encoded({ alg: 'nOnE', kid, typ: 'at+jwt' })}.${payload}.`,
    'alg none with the signature left': `${encoded({ alg: 'none', kid, typ: 'at+jwt' })}.${payload}.${signature}`,
    'the public key taken for a shared secret': `${hmacWithPublicKey}.${createHmac('sha256', Buffer.from(published.x, 'base64url')).update(hmacWithPublicKey).digest('base64url')}`,
    'without a signature': `${head}.${payload}.`,
    'another holder put in': `${head}.${encoded({ ...claims, sub: randomUUID() })}.${signature}`,
    'another kind of token': await sign({}, { ...header, typ: 'JWT' }),
    'for another audience': await sign({ aud: 'another-api' }),
    'of another issuer': await sign({ iss: 'another bank' }),
    'without an end': await sign({ exp: undefined }),
    'not yet good': await sign({ nbf: Number(claims.exp) + 100 }),
    'over': await sign({ iat: Number(claims.iat) - 600, exp: Number(claims.iat) - 6 }),
    'without a session': await sign({ sid: undefined }),
    'of nobody': await sign({ sub: randomUUID() }),
    'with a critical header that we do not know': `${encoded({ ...header, crit: ['x'], x: 1 })}.${payload}.${signature}`,
    'a path for a kid': await sign({}, { ...header, kid: '../../etc/passwd' }),
  };
  for (const [what, token] of Object.entries(forged)) t.match(await bank.get('/v1/sessions', token), refusedToken, what);
});

t.test('what is refreshed, ended or old', async (t) => {
  const { bank, holder, body } = await withToken();
  t.match(await bank.get('/v1/sessions', body.refreshToken), refusedToken, 'a refresh token is no access token');
  t.match(await bank.post('/v1/sessions/refresh', { refreshToken: body.accessToken.slice(-100) }), { status: 401, body: { code: 'refresh_refused' } }, 'nor the other way round');
  bank.laterBy(299_000);
  await bank.revocations.read();
  t.equal((await bank.get('/v1/sessions', body.accessToken)).status, 200);
  bank.laterBy(7_000);
  await bank.revocations.read();
  t.match(await bank.get('/v1/sessions', body.accessToken), refusedToken, 'five minutes and the leeway are over');
  const next = (await bank.post('/v1/sessions/refresh', { refreshToken: body.refreshToken })).body;
  t.equal(next.sessionId, body.sessionId);
  t.equal((await bank.get('/v1/sessions', next.accessToken)).status, 200);
  t.match(await bank.post('/v1/sessions/refresh', { refreshToken: body.refreshToken }), { status: 401, body: { code: 'refresh_refused' } }, 'replayed');
  t.match(await bank.get('/v1/sessions', next.accessToken), refusedToken, 'the family ended with it, at once');
  t.match(await bank.post('/v1/sessions/refresh', { refreshToken: next.refreshToken }), { status: 401 });
  t.match((await bank.told(holder.id)).at(-1), { type: 'SessionRevoked', data: { sessionId: body.sessionId, why: 'refresh-token-reused' } });
});

t.test('revocation is at once, and who cannot know it lets nobody in', async (t) => {
  const { bank, holder, body } = await withToken();
  const other = (await bank.signIn('li.wei')).body;
  t.equal((await bank.post('/v1/sign-out', undefined, body.accessToken)).status, 200);
  t.match(await bank.get('/v1/sessions', body.accessToken), refusedToken);
  t.equal((await bank.get('/v1/sessions', other.accessToken)).status, 200, 'the other session goes on');
  bank.laterBy(10_001);
  t.match(await bank.get('/v1/sessions', other.accessToken), { status: 503, body: { code: 'outage' } }, 'nothing was read for ten seconds');
  await bank.revocations.read();
  t.equal((await bank.get('/v1/sessions', other.accessToken)).status, 200);
  bank.people.delete(holder.id);
  t.match(await bank.get('/v1/sessions', other.accessToken), refusedToken, 'suspended or gone');
  t.match(await bank.post('/v1/sessions/refresh', { refreshToken: other.refreshToken }), { status: 401, body: { code: 'refresh_refused' } });
});

t.test('keys take turns', async (t) => {
  const { bank, body, kid } = await withToken();
  bank.laterBy(KEY_SIGNS_MS - 60_000);
  await bank.revocations.read();
  const late = (await bank.signIn('li.wei')).body;
  t.equal(decodeProtectedHeader(late.accessToken).kid, kid);
  bank.laterBy(120_000);
  const next = (await bank.signIn('li.wei')).body;
  t.not(decodeProtectedHeader(next.accessToken).kid, kid);
  await bank.revocations.read();
  t.equal((await bank.get('/v1/sessions', late.accessToken)).status, 200, 'what the last key signed is still good');
  t.equal((await bank.get('/.well-known/jwks.json')).body.keys.length, 2);
  bank.laterBy(3_700_000);
  t.equal((await bank.get('/.well-known/jwks.json')).body.keys.length, 1);
  t.match(await bank.get('/v1/sessions', body.accessToken), refusedToken);
  const [stored] = await bank.keyStore.list(bank.clock.now);
  t.ok(await importJWK(stored!.privateJwk, 'EdDSA'));
});

t.test('clients and their keys', async (t) => {
  const bank = await signInBank();
  const client = { id: randomUUID(), role: 'client', rights: { holder: 'x', permits: new Map(), views: {} as never } };
  const { keyId, key } = await issueMachineKey(bank.parts.credentials, client.id, bank.clock.now);
  t.match(key, new RegExp(`^pbk_${keyId}_[\\w-]{43}$`));
  t.match(await bank.get('/v1/sessions', key), refusedToken, 'until the log names it');
  bank.clients.set(client.id, { client, keyId });
  t.match(await bank.get('/v1/sessions', key), { status: 403, body: { code: 'permission_missing' } }, 'known now: it may only not do this');
  t.match(await bank.get('/v1/sessions', `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`), refusedToken, 'another secret');
  t.match(await bank.get('/v1/sessions', key.replace(keyId, randomUUID())), refusedToken, 'another id');
  const other = await issueMachineKey(bank.parts.credentials, randomUUID(), bank.clock.now);
  bank.clients.set(client.id, { client, keyId: other.keyId });
  t.match(await bank.get('/v1/sessions', other.key), refusedToken, 'a key that was made for another client');
  bank.clients.clear();
  t.match(await bank.get('/v1/sessions', key), refusedToken, 'revoked, at once');
  t.match(await bank.get('/v1/sessions', FIXED_TOKEN), { status: 403, body: { code: 'sign_in_needed' } }, 'a founding client is let in and has no sessions');
  t.match(await bank.get('/v1/sessions', `${FIXED_TOKEN}x`), refusedToken);
  t.notMatch(JSON.stringify(await bank.parts.credentials.read([keyId])), new RegExp(key.split('_').slice(2).join('_')), 'its secret is not stored');
  t.equal((await bank.get('/v1/sessions')).headers['www-authenticate'], 'Bearer realm="passbook"');
  t.match(await bank.signIn('nobody', PASSWORD), { status: 401, body: { code: 'sign_in_failed' } });
});
