import { randomUUID } from 'node:crypto';
import { isUnderWay } from '../../services/customers/erasure/progress.js';
import type { People } from '../../services/customers/merging/person.js';
import { customerRecord } from '../../services/customers/state.js';
import { createDocuments, type Documents, type Standing } from '../../services/documents/documents.js';
import { documentsErasing, type DocumentsErasing } from '../../services/documents/erasing.js';
import { documentsModule } from '../../services/documents/routes.js';
import { clamdScanner } from '../../services/documents/scanning/clamd.js';
import { noScanner, type MalwareScanner } from '../../services/documents/scanning/scanner.js';
import { testFileScanner } from '../../services/documents/scanning/test-file-scanner.js';
import { createSettlement } from '../../services/documents/settlement.js';
import { startSweeping } from '../../services/documents/sweeping.js';
import type { Config } from '../../shared/config/config.js';
import type { Vault } from '../../shared/crypto/vault.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import type { Records } from '../../shared/records/record.js';
import { openBlobs } from '../blobs.js';
import type { Parts } from './parts.js';

const SCAN_MS = 10_000;
const SWEEP_MS = 5_000;

/** Documents, and the sweep that brings blobs and log together. */
export async function openDocuments(parts: Parts, { vault, records, people }: { readonly vault: Vault; readonly records: Records; readonly people: People }): Promise<{ readonly documents: Documents; readonly erasing: DocumentsErasing; readonly module: RouteModule }> {
  const { config, logger, metrics } = parts;
  const blobs = await openBlobs(config);
  const settlement = createSettlement({
    records, blobs, vault, scanner: scannerOf(config), now: () => new Date(), logger, metrics, uploadMs: config.uploadSeconds * 1_000, scanMs: SCAN_MS,
  });
  parts.keep(startSweeping({ settlement, everyMs: SWEEP_MS, logger }), (sweeping) => sweeping.stop());
  const documents = createDocuments({
    records, blobs, vault, settlement, newId: randomUUID, mostBytes: config.documentMaxBytes,
    standingOf: (id) => standingOf(records, people, id),
    idsOf: people.idsOf,
  });
  return { documents, erasing: documentsErasing({ records, blobs, vault }), module: documentsModule(documents) };
}

/** A record that was merged is restricted and erased with its survivor. */
async function standingOf(records: Records, people: People, id: string): Promise<Standing> {
  const survivor = await people.survivorOf(id);
  const state = (await records.load(customerRecord, survivor))?.state ?? customerRecord.initial;
  if (state.status !== 'active') return state.status;
  if (state.restriction !== null || isUnderWay(state.erasure)) return 'restricted';
  return survivor === id ? 'active' : 'merged';
}

function scannerOf({ malwareScanner, demonstration }: Config): MalwareScanner {
  const scanner = malwareScanner ?? (demonstration === 'yes' ? 'test-file-only' : undefined);
  if (scanner === undefined) return noScanner;
  return scanner === 'test-file-only' ? testFileScanner : clamdScanner(scanner);
}
