import { createHmac } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Test } from 'tap';
import { mailServer } from '../../shared/messages/testing/mail-server.js';
import { createPool } from '../../shared/read-store/pool.js';
import { eventually } from '../../shared/testing/eventually.js';
import type { Created } from '../demonstration/http-client.js';
import { readConnections } from '../supervisor/connections.js';
import type { BankUnderTest } from './bank-under-test.js';

const WAIT = { deadlineMs: 60_000 };

interface Posted {
  readonly id: string;
  readonly body: string;
  readonly isSigned: boolean;
}

/** What is told of alerts beside the screen: a mail server and a program that takes webhooks. A kill that is armed comes between a taking and its answer: whoever told is gone before it knows. */
export class ToldOutside {
  readonly posted: Posted[] = [];
  readonly mailed: string[] = [];
  private secret = Buffer.alloc(0);
  private armed: { readonly webhook?: () => unknown; readonly mail?: () => unknown } = {};

  private constructor(readonly environment: Readonly<Record<string, string>>, private readonly url: string) {}

  static async open(t: Test): Promise<ToldOutside> {
    const mails = await mailServer(t, {
      onMail({ raw }) {
        outside.mailed.push(/^Message-ID: <([^@]+)@passbook>\r$/mi.exec(raw)![1]!);
        outside.fire('mail');
      },
    });
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text)).on('end', () => {
        const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = request.headers as Record<string, string>;
        outside.posted.push({ id: id!, body, isSigned: signature === `v1,${createHmac('sha256', outside.secret).update(`${id}.${at}.${body}`).digest('base64')}` });
        outside.fire('webhook');
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.teardown(() => (server.closeAllConnections(), server.close()));
    const outside = new ToldOutside(
      { PASSBOOK_SMTP_URL: `smtp://127.0.0.1:${mails.port}`, PASSBOOK_WEBHOOK_NETWORKS: '127.0.0.1', PASSBOOK_DEMONSTRATION: 'yes' }, `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`);
    return outside;
  }

  /** Kills at the next mail or webhook that is taken; resolves when it has. */
  killAt(what: 'webhook' | 'mail', kill: () => unknown): Promise<void> {
    return new Promise((resolve) => (this.armed = { ...this.armed, [what]: () => (kill(), resolve()) }));
  }

  private fire(what: 'webhook' | 'mail'): void {
    const { [what]: shot, ...rest } = this.armed;
    this.armed = rest;
    shot?.();
  }

  /** Has the bank tell those in `role` by mail and message, and the program; what comes from then on they are told. */
  async subscribe({ client, dataDir }: BankUnderTest, role: string): Promise<void> {
    await client.post('/v1/risk/alert-subscriptions', { role, by: ['email', 'message'] }, 'told-by-mail');
    const { id } = await client.post<Created>('/v1/risk/webhooks', { name: 'a-program', url: this.url }, 'told-by-webhook');
    const { secret } = await client.post<{ secret: string }>(`/v1/risk/webhooks/${id}/secret`, {}, 'its-secret', { 'if-match': '*' });
    this.secret = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const pool = createPool(readConnections(dataDir)!['PASSBOOK_POSTGRES_URL']!.replace(/\/postgres$/, '/ops'), { applicationName: 'told-outside', max: 1 });
    const places = 'SELECT (SELECT count(*) FROM webhooks.delivered WHERE endpoint = $1) + (SELECT count(*) FROM alert_messages.place) AS places';
    try {
      await eventually(async () => (await pool.query<{ places: string }>(places, [id])).rows[0]!.places === '2', WAIT);
    } finally {
      await pool.end();
    }
  }

  /** What went wrong, in words: an alert that was told nobody, one that is none, one told twice otherwise than by the same again under its id. */
  faults(alerts: readonly string[], messages: readonly { readonly id: string; readonly by: string }[], dataDir: string): string[] {
    const of = (by: string): string[] => messages.filter((one) => one.by === by).map(({ id }) => id);
    return [
      ...differences('webhook', alerts, this.posted.map(({ id }) => id)),
      ...differences('email', of('email'), this.mailed),
      ...differences('message', of('message'), readdirSync(path.join(dataDir, 'outbox', 'alerts')).map((name) => /^message-(.+)\.json$/.exec(name)?.[1] ?? name)),
      ...this.posted.filter(({ isSigned }) => !isSigned).map(({ id }) => `webhook ${id} is not signed`),
      ...this.posted.filter(({ id, body }) => (JSON.parse(body) as { data: { id: string } }).data.id !== id || this.posted.some((other) => other.id === id && other.body !== body)).map(({ id }) => `webhook ${id} says another thing`),
    ];
  }
}

function differences(what: string, due: readonly string[], told: readonly string[]): string[] {
  return [...due.filter((id) => !told.includes(id)).map((id) => `${what} ${id} is lost`), ...told.filter((id) => !due.includes(id)).map((id) => `${what} ${id} is none`)];
}
