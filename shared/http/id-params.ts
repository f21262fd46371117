import { z } from 'zod';

/**
 * A path's `:id`, the same for every route: what cannot be an id is refused and names itself. In lower case, so that a record has one name wherever
 * ids are compared: in cursors, in caches, and where a repeated command is recognised.
 */
export const idParams = z.strictObject({ id: z.uuid().toLowerCase() });
