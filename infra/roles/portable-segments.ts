import { z } from 'zod';
import { referencesOfSegments, staysOf, type StayPlace } from '../../projections/marketing/queries.js';
import { segmentsAskedFor } from '../../projections/risk/queries.js';
import { bankCatalogue } from '../../services/evaluation/catalogue.js';
import { describeDefinition } from '../../services/marketing/segments/check-definition.js';
import { createSegments } from '../../services/marketing/segments/segments.js';
import { classified } from '../../shared/access/classified.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import type { Records } from '../../shared/records/record.js';

const ofMarketing = <S extends z.ZodType>(schema: S): S => classified(schema, 'marketing');
const time = z.iso.datetime();

/** A stay in a segment: since when, until when, and by what rule. */
export const portableSegmentSchema = z.object({
  segment: ofMarketing(z.uuid()), name: ofMarketing(z.string()), version: ofMarketing(z.int()), since: ofMarketing(time), because: ofMarketing(z.string()),
  rule: z.object({ en: ofMarketing(z.string()), zh: ofMarketing(z.string()) }).optional(), until: ofMarketing(time).optional(), leftBecause: ofMarketing(z.string()).optional(),
});

interface References { readonly segment_id: string; readonly refers_to: readonly string[] }

/** Segments that a risk rule asks for, what these rest on, and whatever rests on one of them: each could let somebody know that they are suspected, which the law forbids. */
export function suspecting(references: readonly References[], asked: readonly string[]): ReadonlySet<string> {
  const down = closure(asked, (id) => references.flatMap((one) => (one.segment_id === id ? one.refers_to : [])));
  return closure([...down], (id) => references.flatMap((one) => (one.refers_to.includes(id) ? [one.segment_id] : [])));
}

function closure(from: readonly string[], next: (id: string) => readonly string[]): ReadonlySet<string> {
  const found = new Set(from);
  // A set that grows is walked to its end.
  for (const id of found) for (const other of next(id)) found.add(other);
  return found;
}

const PAGE = 200;

export async function* segmentsOf({ store, records }: { readonly store: ReadStore; readonly records: Records }, ids: readonly string[]) {
  const segments = createSegments(records);
  const hidden = suspecting(await referencesOfSegments(store), await segmentsAskedFor(store));
  const rules = new Map<string, { readonly en: string; readonly zh: string } | undefined>();
  for (let after: StayPlace | undefined; ;) {
    const { items, next } = await staysOf(store, ids, PAGE, after);
    for (const { segment, name, version, since, because, left } of items) {
      if (hidden.has(segment)) continue;
      const key = `${segment} ${version}`;
      if (!rules.has(key)) {
        const definition = await segments.definitionOf(segment, version);
        rules.set(key, definition && describeDefinition(bankCatalogue, (id) => id, definition));
      }
      const rule = rules.get(key);
      yield { segment, name, version, since, because, ...(rule && { rule }), ...(left && { until: left.at, leftBecause: left.because }) };
    }
    if (next === undefined) return;
    after = next;
  }
}
