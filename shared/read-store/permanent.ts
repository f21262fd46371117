import { sqlStateOf } from './pool.js';

/** Data exception, constraint violated, syntax or access rule, and the like: the same batch will fail again. */
const PERMANENT_SQL = ['22', '23', '42', '0A', '21', 'P0'];
const UNDEFINED_SCHEMA_OR_TABLE = ['3F000', '42P01'];

/** Whether the same will fail again in the same way. */
export function isPermanent(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state !== undefined) return PERMANENT_SQL.includes(state.slice(0, 2)) && !UNDEFINED_SCHEMA_OR_TABLE.includes(state);
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError || error instanceof ReferenceError;
}
