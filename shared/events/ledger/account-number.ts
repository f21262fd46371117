import { z } from 'zod';

/** As people write it, in groups or not. */
export const accountNumberSchema = z.string().max(60).transform((text) => text.normalize('NFKC').toUpperCase().replaceAll(/[\s./-]/g, '')).pipe(z.string().min(1).max(34));
