import { createTransport } from 'nodemailer';
import type { SendMessage } from './port.js';

export interface SmtpOptions {
  /** smtps://user:password@host:465, or smtp://host:587, which must offer STARTTLS unless it is this machine. */
  readonly url: string;
  readonly from: string;
  readonly timeoutMs?: number;
}

const THIS_MACHINE = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Mail. The Message-ID is made from the message's id, so that mailboxes fold what was sent twice. */
export function smtpMail({ url, from, timeoutMs = 10_000 }: SmtpOptions): SendMessage {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === 'smtps:';
  const transport = createTransport({
    host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? (secure ? 465 : 587) : Number(port), secure, requireTLS: !secure && !THIS_MACHINE.has(hostname),
    ...(username !== '' && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs,
    // What is sent is text that stands here: no file and no address is ever read for it.
    disableFileAccess: true, disableUrlAccess: true,
  });
  return async ({ id, to, subject, text }) => {
    await transport.sendMail({ from, to: { name: '', address: to.email }, subject, text, messageId: `<${id}@passbook>` });
  };
}
