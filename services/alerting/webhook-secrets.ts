import { createHmac } from 'node:crypto';

/** What a webhook's deliveries are signed with: made from the vault's secret and its own name, so that it is stored nowhere. `master`: `vault.secret('webhooks')`. */
export const webhookSecret = (master: Buffer, secretId: string): Buffer => createHmac('sha256', master).update(`webhook ${secretId}`).digest();

/** As the Standard Webhooks specification has it shown. */
export const secretText = (secret: Buffer): string => `whsec_${secret.toString('base64')}`;
