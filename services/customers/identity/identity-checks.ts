import type { Logger } from 'pino';
import { Refusal, type CommandContext } from '../../../shared/http/context.js';
import { RequestInvalid } from '../../../shared/http/validation.js';
import type { Executed, Records } from '../../../shared/records/record.js';
import type { Metrics } from '../../../shared/telemetry/metrics.js';
import { customerRecord, isIdentityVerified, type ActiveCustomer } from '../state.js';
import { checkedOf, decideIdentityCheck, uncheckable, type RecordIdentityCheck } from './decide-identity-check.js';
import { guarded } from './guarded.js';
import type { IdentityCheck } from './identity.js';
import type { FaceMatch, IdentityRegistry } from './providers.js';

/** undefined: the customer has no such picture; unscanned: not yet known to be free of malware. */
export type PictureOf = (customerId: string, documentId: string, kind: 'id-document-front' | 'photo') => Promise<Buffer | 'unscanned' | undefined>;

export interface IdentityChecksOptions {
  readonly records: Records;
  /** The record that an id stands for. */
  readonly survivorOf: (customerId: string) => Promise<string>;
  readonly registry: IdentityRegistry;
  readonly faceMatch: FaceMatch;
  readonly pictureOf: PictureOf;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly timeoutMs?: number;
  readonly pauseMs?: number;
}

export type CheckRequest = { readonly method: 'registry' } | { readonly method: 'face'; readonly document: string; readonly liveImage: string };

export interface IdentityChecks {
  /** Asks the provider and records what it said. Throws Refusal, also where the provider is away: then nothing is recorded. */
  check(customerId: string, checkId: string, request: CheckRequest, context: CommandContext): Promise<Executed>;
  /** All of them, oldest first; undefined where there is no such customer. */
  list(customerId: string): Promise<readonly IdentityCheck[] | undefined>;
  /** Whether the last check of the registry matched the name and ID document that the record has now. For whoever lets customers in. */
  isVerified(customerId: string): Promise<boolean>;
}

type Found = Pick<RecordIdentityCheck, 'method' | 'provider' | 'outcome' | 'score' | 'reference' | 'documents'>;

export function createIdentityChecks({ records, survivorOf, registry, faceMatch, pictureOf, logger, metrics, timeoutMs = 5_000, pauseMs = 10_000 }: IdentityChecksOptions): IdentityChecks {
  const guard = { timeoutMs, pauseMs, logger, metrics };
  const askRegistry = guarded({ ...guard, provider: registry.name, code: 'identity_registry_unavailable' });
  const askFaceMatch = guarded({ ...guard, provider: faceMatch.name, code: 'face_match_unavailable' });

  async function find(customerId: string, state: ActiveCustomer, request: CheckRequest): Promise<Found> {
    if (request.method === 'face') {
      const [document, live] = await Promise.all([picture(customerId, request.document, 'id-document-front', '/document'), picture(customerId, request.liveImage, 'photo', '/liveImage')]);
      const { outcome, score, reference } = await askFaceMatch((signal) => faceMatch.compare(document, live, signal));
      return { method: 'face', provider: faceMatch.name, outcome, score, ...(reference !== undefined && { reference }), documents: [request.document, request.liveImage] };
    }
    const { profile } = state;
    if (profile.kind !== 'individual') throw new Refusal({ code: 'identity_not_checkable' });
    const { type: documentType, number, country } = profile.idDocument;
    const { outcome, reference } = await askRegistry((signal) => registry.check({ name: profile.name, documentType, number, ...(country !== undefined && { country }) }, signal));
    return { method: 'registry', provider: registry.name, outcome, ...(reference !== undefined && { reference }) };
  }

  async function picture(customerId: string, documentId: string, kind: Parameters<PictureOf>[2], pointer: string): Promise<Buffer> {
    const found = await pictureOf(customerId, documentId, kind);
    if (found === undefined) throw new RequestInvalid([{ pointer, code: 'document_unknown', detail: `must be the id of a picture of this customer, of kind ${kind}` }]);
    if (found === 'unscanned') throw new RequestInvalid([{ pointer, code: 'document_unscanned', detail: 'has not been scanned for malware yet' }]);
    return found;
  }

  return {
    async check(customerId, checkId, request, context) {
      const state = (await records.load(customerRecord, customerId))?.state ?? customerRecord.initial;
      const code = uncheckable(state);
      if (code !== undefined) throw new Refusal({ code });
      const command: RecordIdentityCheck = { customerId, checkId, checked: checkedOf(state), ...(await find(customerId, state as ActiveCustomer, request)) };
      return records.execute(customerRecord, customerId, context, (now) => decideIdentityCheck(now.state, command));
    },
    async list(customerId) {
      const state = (await records.load(customerRecord, await survivorOf(customerId)))?.state;
      return state === undefined || state.status === 'absent' ? undefined : state.identityChecks;
    },
    async isVerified(customerId) {
      const state = (await records.load(customerRecord, await survivorOf(customerId)))?.state;
      return state !== undefined && isIdentityVerified(state);
    },
  };
}
