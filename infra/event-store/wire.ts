/**
 * The few pieces of the protobuf encoding that the event store's protocol uses, written by hand because generated classes cost
 * about six times the CPU per event (and belong to the client, which the server must not depend on).
 */
export type FieldNumber = number;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Walks the fields of one message. Values are read by the method that fits the field; unread ones are skipped by `skip`. */
export class MessageReader {
  private wireType = 0;
  constructor(
    private readonly buffer: Buffer,
    private offset = 0,
    private readonly end = buffer.length,
  ) {}

  /** The next field's number, or 0 at the end. */
  next(): FieldNumber {
    if (this.offset >= this.end) return 0;
    const tag = this.uint();
    this.wireType = tag & 7;
    return tag >>> 3;
  }

  /** Exact up to 2^53; above that only the order of magnitude is kept, which is enough to be "beyond everything stored". */
  uint(): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 10; count++) {
      if (this.offset >= this.end) throw new MalformedMessage('truncated number');
      const byte = this.buffer[this.offset++] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    throw new MalformedMessage('number too long');
  }

  uint64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.offset >= this.end) throw new MalformedMessage('truncated number');
      const byte = this.buffer[this.offset++] as number;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new MalformedMessage('number too long');
  }

  bytes(): Buffer {
    const length = this.uint();
    const start = this.offset;
    if (start + length > this.end) throw new MalformedMessage('truncated field');
    this.offset = start + length;
    return this.buffer.subarray(start, start + length);
  }

  text(): string {
    return this.bytes().toString('utf8');
  }

  message(): MessageReader {
    const length = this.uint();
    const start = this.offset;
    if (start + length > this.end) throw new MalformedMessage('truncated message');
    this.offset = start + length;
    return new MessageReader(this.buffer, start, start + length);
  }

  skip(): void {
    switch (this.wireType) {
      case VARINT:
        this.uint();
        return;
      case FIXED64:
        this.offset += 8;
        return;
      case BYTES:
        this.bytes();
        return;
      case FIXED32:
        this.offset += 4;
        return;
      default:
        throw new MalformedMessage(`wire type ${this.wireType}`);
    }
  }
}

export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}

export const varintSize = (value: number): number => {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
};

/** Returns the offset after it. */
export const writeVarint = (target: Buffer, offset: number, value: number): number => {
  let at = offset;
  let rest = value;
  while (rest >= 0x80000000) {
    target[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest >= 128) {
    target[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[at++] = rest;
  return at;
};

const varint = (value: number | bigint): Buffer => {
  if (typeof value === 'number') {
    const out = Buffer.allocUnsafe(varintSize(value));
    writeVarint(out, 0, value);
    return out;
  }
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
};

/** Builders for small answers, where clearness counts more than speed. */
export const uintField = (field: FieldNumber, value: number | bigint): Buffer => Buffer.concat([varint(field << 3), varint(value)]);
export const bytesField = (field: FieldNumber, value: Buffer): Buffer => Buffer.concat([varint((field << 3) | BYTES), varint(value.length), value]);
export const textField = (field: FieldNumber, value: string): Buffer => bytesField(field, Buffer.from(value, 'utf8'));
export const messageField = (field: FieldNumber, ...parts: readonly Buffer[]): Buffer => bytesField(field, Buffer.concat(parts));
