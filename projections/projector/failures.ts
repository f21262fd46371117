import { sqlStateOf } from '../../shared/read-store/pool.js';

/** Another projector has moved the lane: what this one did is rolled back, and it asks again where the lane stands. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}

/** The lane does not go on until a person (or a newer program) has mended what the reason says. */
export class LaneHalted extends Error {
  override readonly name = 'LaneHalted';
}

/** A stream's events between `from` and `to` (revisions, inclusive) have not come over the bus. */
export class Gap extends Error {
  override readonly name = 'Gap';
  constructor(readonly stream: string, readonly from: bigint, readonly to: bigint) {
    super(`${stream}: revisions ${from} to ${to} are missing`);
  }
}

/** Data exception, constraint violated, syntax or access rule, and the like: the same batch will fail again. */
const PERMANENT_SQL = ['22', '23', '42', '0A', '21', 'P0'];
const UNDEFINED_SCHEMA_OR_TABLE = ['3F000', '42P01'];

export function isPermanent(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state !== undefined) return PERMANENT_SQL.includes(state.slice(0, 2)) && !UNDEFINED_SCHEMA_OR_TABLE.includes(state);
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError || error instanceof ReferenceError;
}
