/**
 * What every event store must do: run over each adapter and each server, the embedded one and a real EventStoreDB 24.6 alike. It uses stream names
 * of its own, so the server need not be empty.
 */
import type { Test } from 'tap';
import { appending } from './contract-appending.js';
import { ending } from './contract-ending.js';
import { harnessFor } from './contract-harness.js';
import type { ContractOptions, Harness } from './contract-harness.js';
import { idempotence } from './contract-idempotence.js';
import { reading } from './contract-reading.js';
import { subscribing } from './contract-subscribing.js';
import type { EventStore } from './port.js';

export type { ContractOptions } from './contract-harness.js';

/** `openStore` gives a new store each time; where there is a connection, a new one. */
export const eventStoreContract = (t: Test, openStore: () => Promise<EventStore>, options: ContractOptions = {}): void => {
  const open = (test: Test): Promise<Harness> => harnessFor(test, openStore);
  appending(t, open);
  idempotence(t, open, options);
  reading(t, open, options);
  ending(t, open);
  subscribing(t, open, options);
};
