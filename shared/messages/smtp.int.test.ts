import t from 'tap';
import { smtpMail } from './smtp.js';
import { mailServer } from './testing/mail-server.js';

const message = { id: '0198a7c2-0000-7000-8000-000000000001', to: { email: 'li@bank.example' }, subject: 'Risk case: high / 风险案件：高', text: 'A case.\n请登录查看。\n' };

t.test('a mail goes to the mail server, under the same Message-ID when it is sent again; what the server does not take is thrown', async (t) => {
  const server = await mailServer(t);
  const send = smtpMail({ url: `smtp://127.0.0.1:${server.port}`, from: 'passbook@bank.example', timeoutMs: 5_000 });
  await send(message);
  server.state.refusing = true;
  await t.rejects(send(message), { message: /come later/ });
  server.state.refusing = false;
  await send(message);
  t.same(server.got.map(({ to }) => to), [['li@bank.example'], ['li@bank.example']]);
  for (const { raw } of server.got) {
    t.match(raw, `Message-ID: <${message.id}@passbook>`);
    t.match(raw, /^From: passbook@bank\.example\r$/m);
    t.match(raw, '=?UTF-8?');
  }
});

t.test('an address is an address: what somebody wrote into their record adds no other recipient and no header', async (t) => {
  const server = await mailServer(t);
  const send = smtpMail({ url: `smtp://127.0.0.1:${server.port}`, from: 'passbook@bank.example', timeoutMs: 5_000 });
  for (const email of ['a@bank.example, b@evil.example', 'a@bank.example\r\nBcc: b@evil.example', '"x" <b@evil.example>, a@bank.example']) await send({ ...message, to: { email } }).catch(() => undefined);
  t.notOk(server.got.some(({ to, raw }) => to.length > 1 || /^Bcc:/mi.test(raw)), JSON.stringify(server.got));
});

t.test('a mail server elsewhere that offers no TLS is sent nothing', async (t) => {
  // Another address of this machine, which is not taken for it.
  const server = await mailServer(t, { host: '127.0.0.2' });
  const send = smtpMail({ url: `smtp://127.0.0.2:${server.port}`, from: 'passbook@bank.example', timeoutMs: 5_000 });
  await t.rejects(send(message), { message: /STARTTLS/i });
  t.same(server.got, []);
});
