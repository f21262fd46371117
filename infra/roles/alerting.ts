import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { prepareMessages } from '../../projections/risk/messages/ledger.js';
import { spoolFolder, type SendMessage } from '../../projections/risk/messages/message.js';
import { startTelling } from '../../projections/risk/messages/telling.js';
import type { AlertNews } from '../../projections/risk/stream/alert-news.js';
import { prepareDelivered } from '../../projections/risk/webhooks/delivered.js';
import { startWebhooks } from '../../projections/risk/webhooks/deliveries.js';
import type { Endpoint } from '../../projections/risk/webhooks/endpoints.js';
import { webhookDeliveriesRoutes } from '../../projections/risk/webhooks/routes.js';
import { send } from '../../projections/risk/webhooks/send.js';
import type { AccessModel } from '../../services/access/access-model.js';
import { createAlerting } from '../../services/alerting/alerting.js';
import type { Webhook } from '../../services/alerting/state.js';
import { subscriptionsModule } from '../../services/alerting/subscription-routes.js';
import { webhooksModule } from '../../services/alerting/webhook-routes.js';
import { webhookSecret } from '../../services/alerting/webhook-secrets.js';
import type { Vault } from '../../shared/crypto/vault.js';
import type { AccessLog } from '../../shared/http/access-record.js';
import type { FindTarget } from '../../shared/http/route-access.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import { smtpMail } from '../../shared/messages/smtp.js';
import { createOutbound } from '../../shared/outbound/outbound.js';
import type { Pool } from '../../shared/read-store/pool.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import type { Records } from '../../shared/records/record.js';
import { alertRecipients, staffMailbox } from './alert-recipients.js';
import type { Parts } from './parts.js';

export interface OpenedAlerting {
  readonly modules: readonly RouteModule[];
  /** Tells staff and programs outside of alerts from then on. */
  start(): { stop(): Promise<void> };
}

/** Whom the bank tells of risk alerts: staff by message and mail, programs outside by webhook. */
export async function openAlerting({ config, logger }: Parts, { records, vault, store, news, opsPool, accessLog, model, findTarget, now }: {
  readonly records: Records; readonly vault: Vault; readonly store: ReadStore; readonly news: AlertNews; readonly opsPool: Pool; readonly accessLog: AccessLog; readonly model: AccessModel; readonly findTarget: FindTarget;
  readonly now: () => Date;
}): Promise<OpenedAlerting> {
  await prepareMessages(opsPool);
  await prepareDelivered(opsPool);
  const alerting = createAlerting(records);
  const outbound = createOutbound(config.webhookNetworks ?? []);
  const master = await vault.secret('webhooks');
  const secretOf = (secretId: string): Buffer => webhookSecret(master, secretId);

  function endpointOf(id: string, { name, url, severity, kinds, secrets }: Webhook): Endpoint {
    const moment = now().toISOString();
    return { id, name, url, severity, kinds, secrets: secrets.filter(({ until }) => until === null || moment < until).map(({ secretId }) => secretOf(secretId)) };
  }

  return {
    modules: [
      subscriptionsModule(alerting),
      webhooksModule({
        alerting, secretOf, faultOf: (url) => outbound.faultOf(url),
        ping: (id, webhook) => send(outbound, endpointOf(id, webhook), { id: randomUUID(), type: 'ping', timestamp: now().toISOString(), data: {} }, now()),
      }),
      webhookDeliveriesRoutes(opsPool),
    ],
    start() {
      const webhooks = startWebhooks({
        store, news, pool: opsPool, accessLog, logger, now, outbound,
        endpoints: async () => [...(await alerting.current()).webhooks].filter(([, { status, secrets }]) => status === 'active' && secrets.length > 0).map(([id, webhook]) => endpointOf(id, webhook)),
      });
      const telling = startTelling({
        store, news, pool: opsPool, logger, now, send: messagesTo(config, model),
        recipients: alertRecipients({ subscriptions: async () => [...(await alerting.current()).subscriptions.values()], model, findTarget, now }),
      });
      return {
        async stop() {
          await telling.stop();
          await webhooks.stop();
        },
      };
    },
  };
}

/** Mail goes to the mail server where there is one; what is left is a file each, for a program of the bank's to carry. */
function messagesTo({ dataDir, smtpUrl, mailFrom }: Parts['config'], model: AccessModel): SendMessage {
  const spool = spoolFolder(join(dataDir, 'outbox', 'alerts'));
  if (smtpUrl === undefined) return spool;
  const mail = smtpMail({ url: smtpUrl, from: mailFrom });
  return async (message) => {
    if (message.by !== 'email') return spool(message);
    const email = await staffMailbox(model, message.to);
    if (email === undefined) throw Object.assign(new Error('no mailbox'), { code: 'no_mailbox' });
    return mail({ id: message.id, to: { email }, subject: message.subject, text: message.text });
  };
}
