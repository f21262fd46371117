import { z } from 'zod';
import { reachOf, type Reach } from '../../../shared/access/rights.js';
import { classified } from '../../../shared/access/classified.js';
import { breakpointsSchema } from '../../../shared/events/marketing/rfm-events.js';
import { Refusal } from '../../../shared/http/context.js';
import type { RouteModule } from '../../../shared/http/route-module.js';
import { withChecks } from '../../../shared/http/validation.js';
import type { KeptCustomers } from '../preview/kept-occasions.js';
import { rfmRejections } from '../rejections.js';
import { previewRun } from './preview-run.js';
import { SETTINGS } from './run.js';

export interface RfmModuleOptions {
  readonly timeZone: string;
  readonly startOfDay: (date: string) => number;
  readonly keptCustomers: () => Promise<KeptCustomers | undefined>;
  readonly reachedAmong: (ids: readonly string[], reach: Reach) => Promise<ReadonlySet<string>>;
}

/** Of fewer, what a score begins at and how many have it would tell what one of them did. */
const FEWEST = 10;
const MILLISECONDS = 3_000;

const count = z.int().min(0);
const sum = z.int().min(3).max(15);
const tiersBody = z.strictObject({ top: sum.default(SETTINGS.tiers.top), high: sum.default(SETTINGS.tiers.high), middle: sum.default(SETTINGS.tiers.middle) });
const previewBody = withChecks(z.strictObject({
  date: z.iso.date().regex(/-01$/, 'must be the first of a month').meta({ description: 'The turn of a month that has turned: what counts was booked before it' }),
  months: z.int().min(1).max(24).default(SETTINGS.months).meta({ description: 'That count, before it' }),
  tiers: tiersBody.default(SETTINGS.tiers).meta({ description: 'The least sums of the three scores; what is below all is low' }),
}), (candidate) => {
  const { top, high, middle } = { ...SETTINGS.tiers, ...(candidate as { tiers?: object } | null)?.tiers };
  return top > high && high > middle ? [] : [{ pointer: '/tiers', code: 'out_of_range', detail: 'top must be above high, and high above middle' }];
});

const ofMarketing = <S extends z.ZodType>(schema: S): S => classified(schema, 'marketing');
const spread = z.array(count).length(5).meta({ description: 'How many have each score, 1 first' });
const previewSchema = z.object({
  date: z.iso.date(), from: z.iso.date(), asOf: z.iso.datetime(), looked: count, complete: z.boolean().meta({ description: 'false: time was up before everybody within reach had been looked at' }),
  customers: ofMarketing(count).optional().meta({ description: 'Who would be scored; left out, with all below, where `fewerThan` stands' }), fewerThan: z.int().optional(),
  breakpoints: ofMarketing(breakpointsSchema).optional(),
  scores: ofMarketing(z.object({ recency: spread, frequency: spread, monetary: spread })).optional(), tiers: ofMarketing(z.object({ top: count, high: count, middle: count, low: count })).optional(),
}).meta({ id: 'RfmPreview', description: 'By what is known now: who refused profiling since is left out, what was booked back since counts' });

/** Trying other settings of RFM on a month that has turned. */
export function rfmModule({ timeZone, startOfDay, keptCustomers, reachedAmong }: RfmModuleOptions): RouteModule {
  return {
    name: 'marketing-rfm-preview',
    description: 'Trying settings of RFM; nothing is stored',
    rejections: [...rfmRejections],
    routes(server) {
      server.post('/v1/marketing/rfm/preview', {
        config: { access: { permission: 'marketing.write-segments', runsAtOnce: true, ofTheBank: true } },
        schema: { tags: ['marketing'], summary: 'What a past month\'s run of RFM would give the customers within reach under other settings; nothing is stored', body: previewBody, response: { 200: previewSchema } },
      }, async (request) => {
        const { date, ...settings } = request.body;
        const kept = await keptCustomers();
        const clock = kept?.state.clock ?? -Infinity;
        if (!kept || startOfDay(date) > clock) throw new Refusal({ code: 'rfm_month_not_turned', errors: [{ pointer: '/date', code: 'rfm_month_not_turned', detail: 'lies ahead of what has been evaluated' }] });
        const reach = reachOf(request.principal.rights, 'marketing.write-segments');
        const { customers, breakpoints, scores, tiers, ...looked } = await previewRun(kept, date, settings, timeZone, { reached: (ids) => reachedAmong(ids, reach), startOfDay, milliseconds: MILLISECONDS });
        return { date, asOf: new Date(clock).toISOString(), ...looked, ...(customers < FEWEST ? { fewerThan: FEWEST } : { customers, breakpoints, scores, tiers }) };
      });
    },
  };
}
