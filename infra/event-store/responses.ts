/** Answers, encoded for EventStoreDB's protocol. */
import { batchStatusOf, streamIdentifier } from './refusals.js';
import type { Refusal } from './refusals.js';
import { bytesField, messageField, textField, uintField } from './wire.js';

export interface Written {
  /** Revision of the last event. */
  readonly revision: number;
  readonly position: number;
}

const EMPTY = Buffer.alloc(0);
const positions = (position: number): readonly Buffer[] => [uintField(1, position), uintField(2, position)];

const correlation = (correlationId: string): Buffer => messageField(1, textField(2, correlationId));

export const batchSuccess = (correlationId: string, stream: string, written: Written): Buffer =>
  Buffer.concat([
    correlation(correlationId),
    messageField(3, uintField(1, written.revision), messageField(3, ...positions(written.position))),
    streamIdentifier(4, stream),
  ]);

/** An append without events: success without a revision, as the real server answers it. */
export const batchEmptySuccess = (correlationId: string, stream: string): Buffer =>
  Buffer.concat([correlation(correlationId), messageField(3, bytesField(2, EMPTY), bytesField(4, EMPTY)), streamIdentifier(4, stream)]);

export const batchRefusal = (correlationId: string, stream: string, refusal: Refusal): Buffer =>
  Buffer.concat([correlation(correlationId), bytesField(2, batchStatusOf(refusal)), streamIdentifier(4, stream)]);

export const appendSuccess = (written: Written | undefined): Buffer =>
  written === undefined
    ? messageField(1, bytesField(2, EMPTY), bytesField(4, EMPTY))
    : messageField(1, uintField(1, written.revision), messageField(3, ...positions(written.position)));

/** DeleteResp and TombstoneResp. */
export const deleteSuccess = (position: number): Buffer => messageField(1, ...positions(position));

export const confirmation = (subscriptionId: string): Buffer => messageField(2, textField(1, subscriptionId));
export const checkpoint = (position: number): Buffer => messageField(3, ...positions(position));
export const streamNotFound = (stream: string): Buffer => messageField(4, streamIdentifier(1, stream));
export const CAUGHT_UP = bytesField(8, EMPTY);

const STREAMS = 'event_store.client.streams.streams';

export const supportedMethods = (version: string): Buffer =>
  Buffer.concat([
    ...['read', 'append', 'delete', 'tombstone', 'batchappend'].map((method) => messageField(1, textField(1, method), textField(2, STREAMS))),
    messageField(1, textField(1, 'read'), textField(2, 'event_store.client.gossip.gossip')),
    messageField(1, textField(1, 'getsupportedmethods'), textField(2, 'event_store.client.server_features.serverfeatures')),
    textField(2, version),
  ]);

const LEADER = 8;

/** A cluster of one: this node, alive and leader. */
export const clusterOfOne = (instanceId: string, host: string, port: number): Buffer =>
  messageField(1, messageField(1, textField(2, instanceId)), uintField(3, LEADER), uintField(4, 1),
    messageField(5, textField(1, host), uintField(2, port)));
