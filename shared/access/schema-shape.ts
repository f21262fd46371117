import type { z } from 'zod';

/** What this folder looks at in a zod schema. */
export interface SchemaShape {
  readonly type: string;
  readonly format?: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly catchall?: z.ZodType;
  readonly element?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly discriminator?: string;
  readonly values?: readonly unknown[];
  readonly entries?: Readonly<Record<string, unknown>>;
}

export const shapeOf = (schema: z.ZodType): SchemaShape => schema._zod.def as unknown as SchemaShape;
