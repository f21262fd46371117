import { deflateSync } from 'node:zlib';
import { EICAR } from '../scanning/test-file-scanner.js';

/** Small files of every type that is taken. */
export const pdf = (text = 'a contract'): Buffer => Buffer.from(`%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\n% ${text}\ntrailer << /Root 1 0 R >>\n%%EOF\n`);

/** Of that size as its header has it; the pixels themselves are one row. */
export function png(width = 3, height = 2): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), pngChunk('IHDR', header), pngChunk('IDAT', deflateSync(Buffer.alloc(width % 1_000 + 1))), pngChunk('IEND', Buffer.alloc(0))]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const named = Buffer.concat([Buffer.from(type), data]);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** Begins with as many bytes of camera's notes before the size of the picture. */
export function jpeg(width = 3, height = 2, notes = 0): Buffer {
  const segments: Buffer[] = [];
  for (let left = notes; left > 0; left -= 60_000) {
    const part = Math.min(left, 60_000);
    const segment = Buffer.alloc(4 + part);
    segment.writeUInt16BE(0xffe2);
    segment.writeUInt16BE(part + 2, 2);
    segments.push(segment);
  }
  const frame = Buffer.from('ffc0001108000000000301220002110103110100', 'hex');
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  return Buffer.concat([Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'), ...segments, frame, Buffer.from('ffd9', 'hex')]);
}

export function webp(width = 3, height = 2): Buffer {
  const bytes = Buffer.alloc(30);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(22, 4);
  bytes.write('WEBPVP8X', 8);
  bytes.writeUInt32LE(10, 16);
  bytes.writeUIntLE(width - 1, 24, 3);
  bytes.writeUIntLE(height - 1, 27, 3);
  return bytes;
}

export const text = (words = 'a letter'): Buffer => Buffer.from(words);
export const infected = (): Buffer => Buffer.from(EICAR);
