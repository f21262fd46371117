import { OAuth2Server } from 'oauth2-mock-server';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { createOpenIdProvider } from './openid-provider.js';
import { openIdSubjects } from './open-sign-in.js';
import { signInBank } from './testing/sign-in-bank.js';

type Token = { header: Record<string, unknown>; payload: Record<string, unknown> };
type Answer = { body: Record<string, unknown>; statusCode: number };
const SECRET = 'a secret of the bank';
const LI = 'subject-of-li';
const seconds = (): number => Math.floor(Date.now() / 1_000);

/** A real provider on this machine, a bank that asks it, and Li whose subject is linked. */
async function bank(t: Test, secondFactor: 'required' | 'when-enrolled' = 'when-enrolled') {
  const provider = new OAuth2Server();
  await provider.issuer.keys.generate('RS256');
  await provider.start(0, '127.0.0.1');
  const issuer = provider.issuer.url!;
  const logged: string[] = [];
  const made = await signInBank({
    secondFactor,
    openIdProvider: createOpenIdProvider({
      issuer, clientId: 'passbook', clientSecret: SECRET, redirectUrl: 'https://staff.bank.example/back', secondFactor: { acr: ['urn:gold'], amr: ['mfa'] }, logger: pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) }),
    }),
  });
  t.teardown(async () => {
    await made.server.close();
    if (provider.listening) await provider.stop();
  });
  const li = await made.hire('li.wei');
  const subjects = openIdSubjects(made.parts, { issuer } as never);
  made.subjects.set(subjects.digestOf(LI), li.id);
  const forged: { token?: (token: Token) => void; answer?: (answer: Answer) => void } = {};
  provider.service.on('beforeTokenSigning', (token: Token) => {
    Object.assign(token.payload, { sub: LI, auth_time: seconds(), aud: 'passbook' });
    forged.token?.(token);
  });
  provider.service.on('beforeResponse', (answer: Answer) => forged.answer?.(answer));
  const begin = async () => (await made.post('/v1/sign-in/openid-connect')).body as { challenge: string; authorizationUrl: string };
  /** What the provider sends the browser back with. */
  const goTo = async (url: string) => {
    const back = new URL((await fetch(url, { redirect: 'manual' })).headers.get('location')!);
    return { code: back.searchParams.get('code')!, state: back.searchParams.get('state')! };
  };
  const answer = (body: object) => made.post('/v1/sign-in/openid-connect/answer', body);
  const signIn = async () => {
    const { challenge, authorizationUrl } = await begin();
    return answer({ challenge, ...(await goTo(authorizationUrl)) });
  };
  return { ...made, links: made.subjects, provider, issuer, li, subjects, forged, begin, goTo, answer, signIn, logged };
}

t.test('a linked subject signs in and is who it is linked to, with a session like any other', async (t) => {
  const { begin, goTo, answer, get, post, li, told, logged, issuer } = await bank(t);
  const { challenge, authorizationUrl } = await begin();
  const asked = Object.fromEntries(new URL(authorizationUrl).searchParams);
  t.match(asked, { response_type: 'code', client_id: 'passbook', scope: 'openid', redirect_uri: 'https://staff.bank.example/back', code_challenge_method: 'S256', max_age: '300', acr_values: 'urn:gold' });
  t.notOk(authorizationUrl.includes(challenge), 'the provider does not see what the browser keeps');
  const back = await goTo(authorizationUrl);
  const signedIn = await answer({ challenge, ...back, iss: issuer });
  t.match(signedIn, { status: 200, body: { status: 'signed-in', tokenType: 'Bearer' } });
  t.equal(signedIn.headers['set-cookie'], undefined);
  t.match((await get('/v1/sessions', signedIn.body.accessToken)).body, { items: [{ current: true, proofs: ['oidc'] }] });
  t.equal((await post('/v1/sessions/refresh', { refreshToken: signedIn.body.refreshToken })).status, 200);
  t.match((await told(li.id)).at(-1), { type: 'SignedIn', data: { staffId: li.id, proofs: ['oidc'] } });
  const spent = { status: 401, body: { code: 'challenge_invalid' } };
  t.match(await answer({ challenge, ...back }), spent, 'all of it a second time');
  for (const secret of [SECRET, challenge, back.code, LI]) t.notOk(logged.join('').includes(secret), 'not in the log');
});

t.test('what was not begun by this browser proves nothing', async (t) => {
  const { begin, goTo, answer, laterBy } = await bank(t);
  const refused = { status: 401, body: { code: 'challenge_invalid' } };
  const [mine, theirs] = [await begin(), await begin()];
  const [myBack, theirBack] = [await goTo(mine.authorizationUrl), await goTo(theirs.authorizationUrl)];
  t.match(await answer({ challenge: mine.challenge, ...theirBack }), refused, 'another\'s answer: login CSRF');
  t.match(await answer({ challenge: mine.challenge, ...myBack }), refused, 'and the attempt was spent with it');
  t.match(await answer({ challenge: 'pbc_never', ...theirBack }), refused);
  t.match(await answer({ challenge: theirs.challenge, ...theirBack, state: '¥'.repeat(43) }), refused, 'letters of several bytes');
  const late = await begin();
  const lateBack = await goTo(late.authorizationUrl);
  laterBy(10 * 60_000);
  t.match(await answer({ challenge: late.challenge, ...lateBack }), refused, 'ten minutes later');
  const [one, other] = [await begin(), await begin()];
  const code = (await goTo(one.authorizationUrl)).code;
  t.match(await answer({ challenge: other.challenge, code, state: (await goTo(other.authorizationUrl)).state }), { status: 401, body: { code: 'sign_in_failed' } }, 'the code of another sign-in: PKCE and nonce');
  t.match(await answer({ challenge: 'x', code: 'x' }), { status: 400, body: { code: 'request_invalid', errors: [{ pointer: '/state' }] } });
});

const FORGERIES: [title: string, token: (token: Token) => void][] = [
  ['a nonce of another sign-in', ({ payload }) => void (payload['nonce'] = 'another')],
  ['no nonce', ({ payload }) => void delete payload['nonce']],
  ['another issuer', ({ payload }) => void (payload['iss'] = 'https://evil.example')],
  ['another bank\'s audience', ({ payload }) => void (payload['aud'] = 'another')],
  ['an expired token', ({ payload }) => void Object.assign(payload, { iat: seconds() - 7_200, exp: seconds() - 3_600 })],
  ['signed in there long ago', ({ payload }) => void (payload['auth_time'] = seconds() - 3_600)],
  ['no word on when', ({ payload }) => void delete payload['auth_time']],
  ['a subject that nobody linked', ({ payload }) => void Object.assign(payload, { sub: 'somebody', email: 'li.wei@bank.example', preferred_username: 'li.wei', groups: ['administrators'] })],
  ['no subject', ({ payload }) => void delete payload['sub']],
];
t.test('a token that is not for this sign-in of a linked subject opens nothing', async (t) => {
  const { forged, signIn, parts, li } = await bank(t);
  for (const [title, token] of FORGERIES) {
    forged.token = token;
    t.match(await signIn(), { status: 401, body: { code: 'sign_in_failed' } }, title);
  }
  delete forged.token;
  const unsigned = (answer: Answer, change: (header: Record<string, unknown>, parts: string[]) => string) => {
    const cut = String(answer.body['id_token']).split('.');
    answer.body['id_token'] = change(JSON.parse(Buffer.from(cut[0]!, 'base64url').toString()) as Record<string, unknown>, cut);
  };
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const bodies: [string, (answer: Answer) => void][] = [
    ['algorithm none', (answer) => unsigned(answer, (header, cut) => `${encoded({ ...header, alg: 'none' })}.${cut[1]}.`)],
    ['the signature of another', (answer) => unsigned(answer, (_, cut) => `${cut[0]}.${cut[1]}.${'A'.repeat(cut[2]!.length)}`)],
    ['changed after it was signed', (answer) => unsigned(answer, (_, cut) => `${cut[0]}.${encoded({ ...(JSON.parse(Buffer.from(cut[1]!, 'base64url').toString()) as object), amr: ['mfa'] })}.${cut[2]}`)],
    ['no ID token', (answer) => void delete answer.body['id_token']],
  ];
  for (const [title, change] of bodies) {
    forged.answer = change;
    t.match(await signIn(), { status: 401, body: { code: 'sign_in_failed' } }, title);
  }
  t.same(await parts.sessions.list(li.id, new Date('2025-03-01T08:00:00.000Z')), [], 'no session came of it');
  delete forged.answer;
  t.match(await signIn(), { status: 200 }, 'control');
});

t.test('whoever may not sign in does not this way; who is unlinked neither', async (t) => {
  const { signIn, people, subjects, li, ...made } = await bank(t);
  const person = people.get(li.id)!;
  people.delete(li.id);
  t.match(await signIn(), { status: 401, body: { code: 'sign_in_failed' } }, 'suspended');
  people.set(li.id, person);
  const { body } = await signIn();
  t.equal((await made.get('/v1/sessions', body.accessToken)).status, 200);
  await subjects.endSessions(li.id, { commandId: li.id, repeatable: false, correlationId: li.id, actor: { id: 'root', role: 'administrator', channel: 'online' }, at: made.clock.now });
  t.equal((await made.get('/v1/sessions', body.accessToken)).status, 401, 'their sessions end with the link');
});

t.test('a second factor: the provider\'s where the bank believes it, else the bank\'s own', async (t) => {
  const { signIn, forged, subjects, li, post, told, ...made } = await bank(t, 'required');
  t.match(await signIn(), { status: 200, body: { status: 'signed-in', secondFactorMissing: true } }, 'none enrolled: good for enrolling one');
  for (const claims of [{ amr: ['pwd', 'mfa'] }, { acr: 'urn:gold' }]) {
    forged.token = ({ payload }) => void Object.assign(payload, claims);
    const { body } = await signIn();
    t.match(body, { status: 'signed-in', secondFactorMissing: undefined });
    t.match((await told(li.id)).at(-1), { type: 'SignedIn', data: { proofs: ['oidc', 'mfa'] } });
  }
  forged.token = ({ payload }) => void Object.assign(payload, { amr: 'mfa', acr: ['urn:gold'] });
  const { body: { accessToken } } = await signIn();
  const codes = await post('/v1/factors/message', {}, accessToken);
  t.match(await post('/v1/factors/message/confirm', { enrolment: codes.body.enrolment, code: made.sent.at(-1)!.code }, accessToken), { body: { id: String } });
  const asked = await signIn();
  t.match(asked, { status: 200, body: { status: 'second-factor', kinds: ['message'] } }, 'claims of the wrong form say nothing');
  const { challenge } = asked.body;
  await post('/v1/sign-in/second-factor/message', { challenge });
  const digest = subjects.digestOf(LI);
  made.links.delete(digest);
  const second = () => post('/v1/sign-in/second-factor', { challenge, proof: { kind: 'message', code: made.sent.at(-1)!.code } });
  t.match(await second(), { status: 401, body: { code: 'challenge_invalid' } }, 'unlinked meanwhile');
  made.links.set(digest, li.id);
  t.match(await second(), { status: 200, body: { status: 'signed-in' } });
  t.match((await told(li.id)).at(-1), { type: 'SignedIn', data: { proofs: ['oidc', 'sms'] } });
});

t.test('a provider that does not answer is an outage, and nobody\'s failure', async (t) => {
  const { provider, begin, goTo, answer, forged, signIn, metrics } = await bank(t);
  const outage = { status: 503, body: { code: 'outage' } };
  forged.answer = (one) => void Object.assign(one, { statusCode: 500, body: { error: 'server_error' } });
  t.match(await signIn(), outage, 'it fails');
  forged.answer = (one) => void Object.assign(one, { statusCode: 401, body: { error: 'invalid_client' } });
  t.match(await signIn(), outage, 'it does not know the bank');
  delete forged.answer;
  const { challenge, authorizationUrl } = await begin();
  const back = await goTo(authorizationUrl);
  await provider.stop();
  t.match(await answer({ challenge, ...back }), outage, 'it is away');
  t.notMatch((await metrics.page()).text, /bank_sign_in_failures_total\{[^}]*oidc/);
});

t.test('a bank without a provider says so; one whose provider is away at first finds it later', async (t) => {
  const plain = await signInBank();
  t.teardown(() => plain.server.close());
  const off = { status: 404, body: { code: 'openid_connect_off' } };
  t.match(await plain.post('/v1/sign-in/openid-connect'), off);
  t.match(await plain.post('/v1/sign-in/openid-connect/answer', { challenge: 'x', code: 'x', state: 'x' }), off);
  const provider = new OAuth2Server();
  await provider.issuer.keys.generate('RS256');
  await provider.start(0, '127.0.0.1');
  const { port } = provider.address();
  const issuer = provider.issuer.url!;
  await provider.stop();
  const bank = await signInBank({ openIdProvider: createOpenIdProvider({ issuer, clientId: 'passbook', clientSecret: SECRET, redirectUrl: 'https://staff.bank.example/back', secondFactor: { acr: [], amr: [] }, logger: pino({ level: 'silent' }) }) });
  t.teardown(() => bank.server.close());
  t.match(await bank.post('/v1/sign-in/openid-connect'), { status: 503, body: { code: 'outage' } });
  await provider.start(port, '127.0.0.1');
  t.teardown(() => provider.stop());
  t.match(await bank.post('/v1/sign-in/openid-connect'), { status: 200, body: { authorizationUrl: String } });
});
