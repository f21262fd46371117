import { readdirSync, readFileSync } from 'node:fs';
import type { EventDefinition, EventMetadata } from './definition.js';
import { definitionsByType } from './registry.js';

/** An event as one version of it was written, open form, with invented data: `fixtures/<Type>.v<version>[.<variant>].json`. Never edited. */
export interface Fixture {
  readonly name: string;
  readonly definition: EventDefinition;
  readonly version: number;
  readonly data: Record<string, unknown>;
}

const folder = 'shared/events/fixtures';

/** For tests, run in the checkout. */
export const fixtures: readonly Fixture[] = readdirSync(folder)
  .sort()
  .map((file) => {
    const [, type, version] = /^([A-Za-z]+)\.v(\d+)(?:\.[a-z-]+)?\.json$/.exec(file) ?? [];
    const definition = definitionsByType.get(type ?? '');
    if (!definition) throw new Error(`${folder}/${file} is of no event that is known`);
    return { name: file, definition, version: Number(version), data: JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as Record<string, unknown> };
  });

export const fixtureMetadata: EventMetadata = {
  commandId: '0198a7c2-0000-7000-8000-00000000c0de',
  $correlationId: '0198a7c2-0000-7000-8000-00000000c0de',
  $causationId: '0198a7c2-0000-7000-8000-00000000c0de',
  actor: { id: 'teller-7', role: 'teller', branch: 'SH-001', channel: 'counter' },
  schemaVersion: 1,
  recordedAt: '2026-03-02T01:02:03.004Z',
  bookingDate: '2026-03-02',
  valueDate: '2026-03-02',
};
