import { checkSealed } from '../../shared/events/boundary.js';
import type { CheckSealed } from './decode.js';

/** The check of what comes off the bus against the published JSON Schemas. An unknown type is left to the codec, which says so too. */
export const checkPublishedForm: CheckSealed = ({ type, data, metadata }) => {
  const version = (metadata as { readonly schemaVersion?: unknown }).schemaVersion;
  const faults = checkSealed(type, typeof version === 'number' ? version : 0, data, metadata);
  return faults.length === 0 ? undefined : faults.join('; ');
};
