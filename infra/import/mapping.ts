import { z } from 'zod';
import { CHANNELS, currencySchema } from '../../shared/events/values.js';
import { LINE_CODES } from '../../services/ledger/products.js';
import { HOLDER_ROLES } from '../../shared/events/ledger/events.js';

/**
 * A mapping says how one bank's CSV files become this bank's commands. It is data: JSON, checked before anything is sent; nothing in it runs.
 * `mapping.schema.json` beside this file is generated from here, for editors and for other programs.
 */

/** An expression takes its value from a line: always a text, or nothing where the line says nothing. */
export type Expression = string | SourceExpression;
export type SourceExpression =
  | { from: 'column'; name: string }
  | { from: 'text'; template: string }
  | { from: 'lineNumber' }
  | { from: 'first'; of: Expression[] }
  | { from: 'join'; parts: Expression[]; separator: string; max?: number | undefined }
  | { from: 'choice'; of: Expression; cases: Record<string, Expression>; otherwise?: Expression | undefined }
  | { from: 'lookup'; file: string; where: Record<string, Expression>; take: Expression }
  | { from: 'birthNumberDate' | 'birthNumberSex' | 'sign' | 'magnitude'; of: Expression }
  | { from: 'phoneNumber'; prefix: string; digits: number; of: Expression };

const name = z.string().min(1).max(100);
// Recursive: an expression may stand inside another one, so it is looked up late.
const expression: z.ZodType<Expression> = z
  .lazy(() => z.union([z.string(), sourceExpression]))
  .meta({ id: 'Expression', description: 'A constant text ("" is none), or an object whose "from" says where the value comes from' });

const sourceExpression: z.ZodType<SourceExpression> = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('column'), name }).meta({ description: 'The value of a column of the line' }),
  z
    .strictObject({ from: z.literal('text'), template: z.string().min(1) })
    .meta({ description: 'Text with {column} in it; nothing where a column is empty' }),
  z.strictObject({ from: z.literal('lineNumber') }).meta({ description: 'The number of the line in its file' }),
  z.strictObject({ from: z.literal('first'), of: z.array(expression).min(1) }).meta({ description: 'The first that is there' }),
  z
    .strictObject({ from: z.literal('join'), parts: z.array(expression).min(1), separator: z.string(), max: z.int().min(1).optional() })
    .meta({ description: 'Those that are there, joined, cut at max characters' }),
  z
    .strictObject({ from: z.literal('choice'), of: expression, cases: z.record(z.string(), expression), otherwise: expression.optional() })
    .meta({ description: 'An enumeration; "" is the case of an empty value; a value of no case refuses the line unless there is "otherwise"' }),
  z
    .strictObject({ from: z.literal('lookup'), file: name, where: z.record(name, expression), take: expression })
    .meta({ description: 'Taken from the first line of another file whose columns equal these values; nothing where there is none' }),
  z
    .strictObject({ from: z.literal('birthNumberDate'), of: expression })
    .meta({ description: 'The birth date in YYMMDD with 50 added to a woman\'s month; all of the 1900s' }),
  z.strictObject({ from: z.literal('birthNumberSex'), of: expression }).meta({ description: 'male or female, from the same number' }),
  z
    .strictObject({ from: z.literal('phoneNumber'), prefix: z.string().regex(/^\+[1-9]\d{0,8}$/), digits: z.int().min(1).max(12), of: expression })
    .meta({ description: 'A made-up E.164 number, unique as its number is: the prefix and the number, with zeros before it' }),
  z.strictObject({ from: z.literal('sign'), of: expression }).meta({ description: 'positive, negative or zero' }),
  z.strictObject({ from: z.literal('magnitude'), of: expression }).meta({ description: 'The amount without its sign' }),
]).meta({ id: 'SourceExpression' });

/** A request body with expressions where the values come from the line. */
export type BodyNode = string | number | boolean | SourceExpression | BodyNode[] | { [field: string]: BodyNode };
const bodyNode: z.ZodType<BodyNode> = z
  .lazy(() => z.union([z.string(), z.number(), z.boolean(), sourceExpression, z.array(bodyNode), bodyObject]))
  .meta({ id: 'BodyNode', description: 'A constant, an expression, or an object or list of these; a field without a value is left out' });

// Without this a misspelt expression would pass as an object of constants.
const bodyObject = z.lazy(() =>
  z.record(z.string(), bodyNode).refine((node) => !('from' in node), { error: 'is no expression known here', abort: true }));

const columnType = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z
    .strictObject({
      type: z.literal('date'),
      format: z.string().regex(/^(?=.*YY)(?=.*MM)(?=.*DD)[^\n]+$/),
      century: z.int().min(1000).max(9900).multipleOf(100).optional(),
    })
    .meta({ description: 'YYYY or YY, MM, DD and what stands between them; YY needs the century, e.g. 1900' }),
  z
    .strictObject({ type: z.literal('decimal'), decimalMark: z.enum(['.', ',']).default('.'), groupMark: z.enum([',', '.', ' ', '\'']).optional() })
    .meta({ description: 'An exact decimal, never a float' }),
]);
export type ColumnType = z.output<typeof columnType>;

export interface CsvFormat {
  readonly encoding: string;
  readonly delimiter: string;
  readonly quote: string;
  readonly header: boolean;
  readonly multilineFields: boolean;
}
const USUAL_FORMAT: CsvFormat = { encoding: 'utf-8', delimiter: ',', quote: '"', header: true, multilineFields: false };

const mark = z.string().regex(/^[^\r\n]$/u, 'must be one character');
// Without defaults: what a file does not say the mapping's own format says.
const format = z.strictObject({
  encoding: z.string().refine(isEncoding, 'is not an encoding known here').optional().meta({ description: 'utf-8 (unless said), latin1, windows-1250, gb18030 …' }),
  delimiter: mark.optional().meta({ description: 'One character; a comma unless said' }),
  quote: mark.optional().meta({ description: 'One character; " unless said' }),
  header: z.boolean().optional().meta({ description: 'true unless said; false: the columns are those declared, in that order' }),
  multilineFields: z.boolean().optional().meta({ description: 'Whether a quoted field may hold line breaks; false unless said' }),
});

const file = z.strictObject({
  path: z.string().min(1),
  format: format.optional().meta({ description: 'Where it differs from the mapping\'s' }),
  columns: z.record(name, columnType).meta({ description: 'The columns that are used; the file may have more' }),
});

const customers = z
  .strictObject({ file: name, id: expression, body: z.record(z.string(), bodyNode) })
  .meta({ description: 'One POST /v1/customers a line; id is the source\'s own' });

const holders = z
  .strictObject({ file: name, where: z.record(name, expression), customer: expression, role: z.union([z.enum(HOLDER_ROLES), sourceExpression]) })
  .meta({ description: 'The lines of another file that name further holders of the account; customer is the source\'s id' });

const accounts = z
  .strictObject({
    file: name,
    id: expression,
    owner: expression,
    product: expression,
    currency: z.union([currencySchema, sourceExpression]),
    holders: holders.optional(),
    openingBalance: z.strictObject({ amount: expression, bookingDate: expression }).optional(),
  })
  .meta({ description: 'One POST /v1/accounts a line; owner is the source\'s customer id; an opening balance is posted as a deposit' });

const movements = z
  .strictObject({
    file: name,
    id: expression,
    account: expression,
    kind: z.union([z.enum(['deposit', 'withdrawal', 'transfer']), sourceExpression]),
    to: expression.optional().meta({ description: 'The source\'s id of the account a transfer goes to' }),
    amount: expression,
    bookingDate: expression,
    valueDate: expression.optional(),
    channel: z.union([z.enum(CHANNELS), sourceExpression]),
    memo: expression.optional(),
    against: z.union([z.enum(LINE_CODES), sourceExpression]).optional().meta({
      description: 'The bank\'s own line on the other side of a deposit or withdrawal, for interest, fees and the like; by channel where absent',
    }),
    inDateOrder: z.boolean().default(true).meta({ description: 'false: the file is sorted by booking date in memory first' }),
    recordedBalance: z
      .strictObject({ value: expression, tolerance: z.string().regex(/^\d+(\.\d+)?$/) })
      .optional()
      .meta({ description: 'The balance that the source recorded after the line' }),
  })
  .meta({ description: 'One deposit, withdrawal or transfer a line' });

export const mappingSchema = z
  .strictObject({
    $schema: z.string().optional(),
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/).meta({ description: 'Part of every idempotency key: never change it once lines are in' }),
    description: z.string().optional(),
    format: format.default({}).meta({ description: 'What holds for every file that does not say otherwise' }),
    files: z.record(name, file),
    customers: customers.optional(),
    accounts: accounts.optional(),
    movements: movements.optional(),
  })
  .meta({ id: 'ImportMapping', title: 'Passbook import mapping' });
export type Mapping = z.output<typeof mappingSchema>;
export type MappedFile = z.output<typeof file>;

export const formatOf = (mapping: Mapping, file: MappedFile): CsvFormat => ({ ...USUAL_FORMAT, ...said(mapping.format), ...said(file.format) });

const said = (part: z.output<typeof format> = {}): Partial<CsvFormat> => Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined));

function isEncoding(label: string): boolean {
  try {
    new TextDecoder(label);
    return true;
  } catch {
    return false;
  }
}
