import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { alertKindSchema, severitySchema } from '../../../shared/events/risk/values.js';
import { WAYS } from './message.js';

const subscriptionSchema = z.strictObject({
  role: z.string().regex(/^[a-z0-9.-]{1,64}$/), branch: z.string().min(1).max(64).optional(), severity: severitySchema.default('low'), kinds: z.array(alertKindSchema).min(1).max(50).optional(), by: z.enum(WAYS).default('message'),
});

/** Who holds the role, at that branch where one is named, is told of alerts from a severity on, of these kinds or all. */
export type Subscription = z.output<typeof subscriptionSchema>;

/** JSON: `[{role, branch?, severity?, kinds?, by?}]`. @throws what is wrong */
export function readSubscriptions(file: string): readonly Subscription[] {
  const parsed = z.array(subscriptionSchema).max(50).safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new Error(`${file}: ${parsed.error.issues.map(({ path, message }) => `${path.join('/')} ${message}`).join('; ')}`);
  return parsed.data;
}
