import { z } from 'zod';
import { defineEvent } from '../definition.js';
import { idSchema, timeSchema } from '../values.js';
import { branchCodeSchema, clientNameSchema, permitSchema, viewsSchema } from './values.js';

const module = 'access';
const clientId = idSchema;
const rights = { permits: z.array(permitSchema).max(200), branch: branchCodeSchema, views: viewsSchema };

/** A program that uses the bank. Keys are named, never shown: what proves one stands with the credentials. */
export const ClientRegistered = defineEvent({ module, type: 'ClientRegistered', shape: { clientId, name: clientNameSchema, ...rights } });
export const ClientChanged = defineEvent({ module, type: 'ClientChanged', shape: { clientId, ...rights } });
export const ClientKeyAdded = defineEvent({ module, type: 'ClientKeyAdded', shape: { clientId, keyId: idSchema } });
/** Until then `to` may ask for one key, of a client that could do more than they: another approved it. A change of the client's rights ends it. */
export const ClientKeyAllowed = defineEvent({ module, type: 'ClientKeyAllowed', shape: { clientId, to: idSchema, until: timeSchema } });
export const ClientKeyRetired = defineEvent({ module, type: 'ClientKeyRetired', shape: { clientId, keyId: idSchema } });
/** For good, with every key. */
export const ClientRevoked = defineEvent({ module, type: 'ClientRevoked', shape: { clientId } });

export const clientEvents = [ClientRegistered, ClientChanged, ClientKeyAllowed, ClientKeyAdded, ClientKeyRetired, ClientRevoked] as const;
