import { z } from 'zod';
import { defineEvent } from '../definition.js';
import { personal } from '../personal.js';
import { dateSchema, idSchema } from '../values.js';
import { customerIdSchema } from './profile.js';

const module = 'customers';
const customerId = customerIdSchema;
const reason = personal(z.string().max(500));

/** Stored and protected, otherwise not processed. `until`: the bank's date on which what the law has it kept for is over; where absent, until it is lifted. */
export const CustomerRestricted = defineEvent({ module, type: 'CustomerRestricted', shape: { customerId, reason, until: dateSchema.optional() } });
export const CustomerRestrictionLifted = defineEvent({ module, type: 'CustomerRestrictionLifted', shape: { customerId, reason } });

/** The first of two people wants the customer's data erased. */
export const CustomerErasureRequested = defineEvent({ module, type: 'CustomerErasureRequested', shape: { customerId, reason } });
/** The second one does too: from here on it runs by itself (services/customers/erasure), a step at a time. */
export const CustomerErasureConfirmed = defineEvent({ module, type: 'CustomerErasureConfirmed', shape: { customerId } });
/** It goes no further: somebody took it back, or an account of the customer turned out to be open. */
export const CustomerErasureWithdrawn = defineEvent({ module, type: 'CustomerErasureWithdrawn', shape: { customerId, cause: z.enum(['taken-back', 'business-open']) } });
/** The ledger opens no account for the customer any more. */
export const CustomerErasureBarred = defineEvent({ module, type: 'CustomerErasureBarred', shape: { customerId } });
/** What there was of the person stands in a backup that only the holders of the escrow key can open together. `keptUntil`: its last day, by the bank's date. */
export const CustomerErasureBackedUp = defineEvent({
  module, type: 'CustomerErasureBackedUp', shape: { customerId, escrowKeyId: z.string().max(40), sha256: z.string().regex(/^[0-9a-f]{64}$/), keptUntil: dateSchema },
});
/** The customer's key has been destroyed: what was sealed under it can be read nowhere any more. Stands in the stream of every id of the person. */
export const CustomerErased = defineEvent({ module, type: 'CustomerErased', shape: { customerId } });
/** What a backup may be opened for: no free text, because names stand in it and no key of the customer's is left to seal it with. */
export const BACKUP_PURPOSES = ['court-order', 'authority-enquiry', 'customer-claim', 'internal-audit', 'restore-test'] as const;
export type BackupPurpose = (typeof BACKUP_PURPOSES)[number];
export const caseNumberSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9./_-]{0,39}$/, 'must be 1 to 40 letters, digits, dots, slashes, dashes or underscores, the first of them a letter or digit');
const openingId = idSchema;

export const CustomerBackupOpeningRequested = defineEvent({
  module, type: 'CustomerBackupOpeningRequested', shape: { customerId, openingId, caseNumber: caseNumberSchema, purpose: z.enum(BACKUP_PURPOSES) },
});
export const CustomerBackupOpeningApproved = defineEvent({ module, type: 'CustomerBackupOpeningApproved', shape: { customerId, openingId } });
/** Both custodians gave their shares; written before the first line was shown. */
export const CustomerBackupOpened = defineEvent({ module, type: 'CustomerBackupOpened', shape: { customerId, openingId } });
/** The backup's time was over: its own key has been destroyed, and the file removed. */
export const CustomerBackupDestroyed = defineEvent({ module, type: 'CustomerBackupDestroyed', shape: { customerId } });

export const erasureEvents = [
  CustomerRestricted, CustomerRestrictionLifted, CustomerErasureRequested, CustomerErasureConfirmed, CustomerErasureWithdrawn, CustomerErasureBarred, CustomerErasureBackedUp, CustomerErased,
  CustomerBackupOpeningRequested, CustomerBackupOpeningApproved, CustomerBackupOpened, CustomerBackupDestroyed,
] as const;
