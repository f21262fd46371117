import { InvalidArgumentError } from 'commander';
import { askRebuild, type Rebuilt } from '../../projections/projector/ask-rebuild.js';
import { PartFailure } from '../processes/part-failure.js';
import { bankProjections } from '../roles/projections.js';
import { lastPosition } from '../../shared/event-store/last-position.js';
import type { BankRecords } from './open-records.js';
import { startProgress } from './progress.js';

/**
 * Has read models built anew from the log, one after the other, each beside the one that is shown; the bank goes on serving meanwhile.
 * @param names all where there is none
 * @throws InvalidArgumentError for a name that is none, PartFailure where no pipeline can make it
 */
export async function* rebuildReadModels({ log, vault, readPool }: BankRecords, names: readonly string[]): AsyncIterable<Rebuilt & { readonly name: string }> {
  const projections = bankProjections(vault);
  const wanted = names.length === 0 ? projections : names.map((name) => {
    const projection = projections.find((one) => one.name === name);
    if (!projection) throw new InvalidArgumentError(`no read model ${name}; there are ${projections.map((one) => one.name).join(', ')}`);
    return projection;
  });
  const end = (await lastPosition(log)) ?? 0n;
  for (const projection of wanted) {
    const { name } = projection;
    const progress = startProgress(`rebuilding ${name}`, end);
    const result = await askRebuild(readPool, projection, { onLoaded: (position) => progress.advance(position < 0n ? 0n : position > end ? end : position) });
    progress.finish();
    if (typeof result === 'string') throw new PartFailure(refused(name, result));
    yield { name, ...result };
  }
}

function refused(name: string, why: Exclude<Awaited<ReturnType<typeof askRebuild>>, Rebuilt>): string {
  switch (why) {
    case 'absent':
      return `nothing is shown of ${name} yet: start the bank, it then builds it by itself`;
    case 'other-version':
      return `the bank shows another version of ${name} than this program knows: use the bank's own program`;
    case 'unattended':
      return `the rebuild of ${name} is begun, but no pipeline is at work: it is made when the bank runs`;
  }
}

/** In words, for a terminal: what the comparison with the build shown before said. */
export function rebuiltLine({ name, build, comparison }: Rebuilt & { readonly name: string }): string {
  if (comparison.kind === 'never-level') return `${name} build ${build} is shown; it could not be compared with the one before it`;
  const rows = comparison.views.map((view) => `${view.view} ${view.rows[1]}${view.same ? '' : ` (differs; had ${view.rows[0]})`}`).join(', ');
  return `${name} build ${build} is shown; it ${comparison.same ? 'equals' : 'differs from'} the one before it: rows of ${rows}`;
}
