import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { z } from 'zod';

/** What the bank accepted in an earlier run. */
export interface Known {
  readonly id: string;
  readonly position: string;
}

const headSchema = z.strictObject({ passbookImportState: z.literal(1), url: z.string(), mapping: z.string() });
const entrySchema = z.strictObject({ key: z.string(), body: z.string(), id: z.string(), position: z.string() });
type Entry = z.output<typeof entrySchema>;

/**
 * Remembers accepted lines from run to run. Only an accelerator: without it every line is sent again, and the bank's idempotency answers. An entry
 * counts only for the same body, bank and mapping; a torn last line (the program was killed) is passed over. Mode 0600.
 */
export class StateFile {
  private constructor(
    private readonly path: string, private readonly head: z.output<typeof headSchema>, private known: Map<string, Entry>, private stream: WriteStream,
  ) {}

  static async open(path: string, url: string, mapping: string): Promise<StateFile> {
    const head = { passbookImportState: 1 as const, url, mapping };
    const known = await readEntries(path, head);
    return new StateFile(path, head, known, await begin(path, head, known));
  }

  get size(): number {
    return this.known.size;
  }

  /** Any entry whose key begins so: to ask the bank whether it is still the same. */
  firstWith(prefix: string): Known | undefined {
    for (const [key, entry] of this.known) if (key.startsWith(prefix)) return entry;
    return undefined;
  }

  find(key: string, body: unknown): Known | undefined {
    const entry = this.known.get(key);
    return entry?.body === digestOf(body) ? entry : undefined;
  }

  record(key: string, body: unknown, { id, position }: Known): void {
    this.stream.write(`${JSON.stringify({ key, body: digestOf(body), id, position } satisfies Entry)}\n`);
  }

  /** Forgets everything: the bank is another one than it was. */
  async discard(): Promise<void> {
    await end(this.stream);
    this.known = new Map();
    this.stream = await begin(this.path, this.head, this.known);
  }

  async close(): Promise<void> {
    await end(this.stream);
  }
}

async function readEntries(path: string, head: z.output<typeof headSchema>): Promise<Map<string, Entry>> {
  const known = new Map<string, Entry>();
  let first = true;
  try {
    for await (const text of createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity })) {
      const data = jsonOf(text);
      if (first && JSON.stringify(headSchema.safeParse(data).data) !== JSON.stringify(head)) return known;
      const entry = first ? undefined : entrySchema.safeParse(data).data;
      first = false;
      if (entry) known.set(entry.key, entry);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return known;
}

// Written anew, so that torn lines and those of another bank are gone.
async function begin(path: string, head: object, known: ReadonlyMap<string, Entry>): Promise<WriteStream> {
  const stream = createWriteStream(path, { mode: 0o600 });
  await once(stream, 'open');
  stream.write(`${JSON.stringify(head)}\n`);
  for (const entry of known.values()) if (!stream.write(`${JSON.stringify(entry)}\n`)) await once(stream, 'drain');
  return stream;
}

async function end(stream: WriteStream): Promise<void> {
  stream.end();
  await once(stream, 'close');
}

const digestOf = (body: unknown): string => createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 16);

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
