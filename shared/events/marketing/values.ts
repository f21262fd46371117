import { z } from 'zod';

export const segmentVersionSchema = z.int().min(1);

/** A rule has at most 200 nodes, of which each may stand for itself and for what it is compared with. */
export const MOST_TRACED = 600;
/** Customers named by one event of a list. */
export const MOST_LISTED_AT_ONCE = 1_000;
