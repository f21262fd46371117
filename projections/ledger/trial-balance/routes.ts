import { z } from 'zod';
import { internal } from '../../../shared/access/classified.js';
import { currencySchema, dateSchema } from '../../../shared/events/values.js';
import { momentSchema } from '../../../shared/http/moments.js';
import { EVERYTHING } from '../../../shared/http/route-access.js';
import type { HttpServer } from '../../../shared/http/route-module.js';
import { RequestInvalid } from '../../../shared/http/validation.js';
import type { ReadStore } from '../../../shared/read-store/projection.js';
import { trialBalance, type Question } from './queries.js';

const amount = internal(z.string()).meta({ examples: ['100.00'] });
const balanceSchema = z
  .object({
    currencies: z.array(z.object({
      currency: currencySchema,
      debit: amount,
      credit: amount,
      difference: amount.meta({ description: 'debit less credit: zero, always' }),
      accounts: z.int().meta({ description: 'Accounts with entries' }),
      lines: z.array(z.object({
        kind: z.enum(['customer', 'general-ledger']),
        product: internal(z.string()),
        normalSide: z.enum(['debit', 'credit']),
        debit: amount,
        credit: amount,
        balance: amount.meta({ description: 'On the normal side' }),
        accounts: z.int(),
      })),
    })),
  })
  .meta({ id: 'TrialBalance', description: 'Sums of all debit and credit entries, by currency and ledger line' });

const querySchema = z.strictObject({
  asOf: momentSchema.optional().meta({ description: 'Entries recorded up to this moment' }),
  bookedAsOf: dateSchema.optional().meta({ description: 'Entries booked up to this date' }),
});

export function addTrialBalanceRoutes(server: HttpServer, store: ReadStore): void {
  server.get('/v1/ledger/trial-balance', {
    config: { projection: 'ledger', access: { permission: 'ledger.read', about: () => EVERYTHING } },
    schema: { tags: ['accounts'], summary: 'The trial balance now, as of a past moment, or as booked', querystring: querySchema, response: { 200: balanceSchema } },
  }, async (request) => trialBalance(store, questionOf(request.query)));
}

function questionOf({ asOf, bookedAsOf }: z.output<typeof querySchema>): Question {
  if (asOf !== undefined && bookedAsOf !== undefined)
    throw new RequestInvalid(['?asOf', '?bookedAsOf'].map((pointer) => ({ pointer, code: 'not_allowed', detail: 'give ?asOf or ?bookedAsOf, not both' })));
  if (asOf !== undefined) return { kind: 'recorded', upTo: new Date(asOf) };
  return bookedAsOf === undefined ? { kind: 'now' } : { kind: 'booked', upTo: bookedAsOf };
}
