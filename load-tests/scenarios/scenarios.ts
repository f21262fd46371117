import { alerts } from './alerts.js';
import { batches } from './batches.js';
import { holdCapture } from './hold-capture.js';
import { hotDestination } from './hot-destination.js';
import { hotPair } from './hot-pair.js';
import { hotSource } from './hot-source.js';
import { oneAtATime } from './one-at-a-time.js';
import { reads } from './reads.js';
import { repeatedKeys } from './repeated-keys.js';
import type { Scenario } from './scenario.js';
import { search } from './search.js';
import { segments } from './segments.js';
import { uniform } from './uniform.js';
import { users } from './users.js';
import { visible } from './visible.js';
import { zipf } from './zipf.js';

/** Every scenario there is. */
export const SCENARIOS: readonly Scenario[] = [uniform, oneAtATime, hotSource, hotDestination, hotPair, zipf, holdCapture, repeatedKeys, batches, reads, search, users, visible, alerts, segments];

/** Those of these names, in this order; `all` is all of them. Throws, with the names there are, for one that is not. */
export function scenariosNamed(names: readonly string[]): readonly Scenario[] {
  return names.flatMap((name) => {
    if (name === 'all') return SCENARIOS;
    const found = SCENARIOS.find((scenario) => scenario.name === name);
    if (!found) throw new UnknownScenario(name);
    return [found];
  });
}

export class UnknownScenario extends Error {
  constructor(name: string) {
    super(`there is no scenario ${name}; there are ${SCENARIOS.map((scenario) => scenario.name).join(', ')}, and all`);
  }
}
