import { demonstrationFaceMatch, demonstrationRegistry } from '../../services/customers/identity/demonstration.js';
import { createIdentityChecks, type IdentityChecks, type PictureOf } from '../../services/customers/identity/identity-checks.js';
import { noFaceMatch, noRegistry, type IdentityRegistry } from '../../services/customers/identity/providers.js';
import { registryFile } from '../../services/customers/identity/registry-file.js';
import { identityChecksModule } from '../../services/customers/identity/routes.js';
import type { People } from '../../services/customers/merging/person.js';
import type { Documents } from '../../services/documents/documents.js';
import type { Config } from '../../shared/config/config.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import type { Records } from '../../shared/records/record.js';
import type { Parts } from './parts.js';

/** Who is asked whether customers are who they say. What the demonstration shows stands in for nobody outside of it. */
export function openIdentityChecks({ config, logger, metrics }: Parts, { records, documents, people }: { readonly records: Records; readonly documents: Documents; readonly people: People }): { readonly checks: IdentityChecks; readonly module: RouteModule } {
  const checks = createIdentityChecks({
    records, survivorOf: people.survivorOf, registry: registryOf(config), faceMatch: config.demonstration === 'yes' ? demonstrationFaceMatch : noFaceMatch, pictureOf: pictureOf(documents), logger, metrics,
  });
  return { checks, module: identityChecksModule({ checks }) };
}

function registryOf({ identityRegistryFile, demonstration }: Config): IdentityRegistry {
  if (identityRegistryFile !== undefined) return registryFile(identityRegistryFile);
  return demonstration === 'yes' ? demonstrationRegistry : noRegistry;
}

const pictureOf = (documents: Documents): PictureOf => async (customerId, documentId, kind) => {
  const document = await documents.find(customerId, documentId);
  if (document?.kind !== kind || !document.contentType.startsWith('image/')) return undefined;
  if (document.status === 'pending') return 'unscanned';
  if (document.status !== 'clean') return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of await documents.read(document)) chunks.push(chunk);
  return Buffer.concat(chunks);
};
