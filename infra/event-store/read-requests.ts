import { streamNameOf } from './requests.js';
import { MalformedMessage, MessageReader } from './wire.js';

export type From = 'start' | 'end' | number;

export interface EventFilter {
  readonly on: 'stream' | 'type';
  readonly regex: string;
  readonly prefixes: readonly string[];
  /** A checkpoint is due after this many events were looked at. */
  readonly checkpointEvery: number;
}

export interface ReadRequest {
  /** A stream, or undefined for $all. */
  readonly stream: string | undefined;
  readonly from: From;
  readonly direction: 'forwards' | 'backwards';
  /** Events wanted, or 'subscription'. */
  readonly limit: number | 'subscription';
  readonly filter: EventFilter | undefined;
}

/** Both kinds of "from" have the same shape: a value, start, end, at consecutive field numbers. */
const fromOf = (message: MessageReader, field: number, valueField: number, position: boolean): From | undefined => {
  if (field === valueField) return position ? commitOf(message.message()) : message.uint();
  message.skip();
  if (field === valueField + 1) return 'start';
  return field === valueField + 2 ? 'end' : undefined;
};

const commitOf = (message: MessageReader): number => {
  let commit = 0;
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) commit = message.uint();
    else message.skip();
  }
  return commit;
};

const expressionOf = (message: MessageReader): { regex: string; prefixes: string[] } => {
  let regex = '';
  const prefixes: string[] = [];
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) regex = message.text();
    else if (field === 2) prefixes.push(message.text());
    else message.skip();
  }
  return { regex, prefixes };
};

const filterOf = (message: MessageReader): EventFilter => {
  let on: EventFilter['on'] = 'stream';
  let expression: { regex: string; prefixes: string[] } = { regex: '', prefixes: [] };
  let window = 32;
  let multiplier = 1;
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1 || field === 2) {
      on = field === 1 ? 'stream' : 'type';
      expression = expressionOf(message.message());
    } else if (field === 3) window = message.uint();
    else if (field === 5) multiplier = message.uint();
    else message.skip();
  }
  return { on, ...expression, checkpointEvery: Math.max(1, window * multiplier) };
};

export const readRequestOf = (buffer: Buffer): ReadRequest => {
  const request = new MessageReader(buffer);
  if (request.next() !== 1) throw new MalformedMessage('a read without options');
  const options = request.message();
  let stream: string | undefined;
  let from: From = 'start';
  let direction: ReadRequest['direction'] = 'forwards';
  let limit: ReadRequest['limit'] = 0;
  let filter: EventFilter | undefined;
  for (let field = options.next(); field !== 0; field = options.next()) {
    switch (field) {
      case 1: {
        const message = options.message();
        for (let part = message.next(); part !== 0; part = message.next()) {
          if (part === 1) stream = streamNameOf(message.message());
          else from = fromOf(message, part, 2, false) ?? from;
        }
        break;
      }
      case 2: {
        const message = options.message();
        for (let part = message.next(); part !== 0; part = message.next()) from = fromOf(message, part, 1, true) ?? from;
        break;
      }
      case 3:
        direction = options.uint() === 1 ? 'backwards' : 'forwards';
        break;
      case 5:
        limit = options.uint();
        break;
      case 6:
        options.skip();
        limit = 'subscription';
        break;
      case 7:
        filter = filterOf(options.message());
        break;
      default:
        options.skip();
    }
  }
  return { stream, from, direction, limit, filter };
};
