import { z } from 'zod';
import { defineEvent } from '../definition.js';
import { personal } from '../personal.js';
import { idSchema } from '../values.js';
import { branchCodeSchema, personSchema, reasonSchema, usernameSchema } from './values.js';

const module = 'access';
const staffId = idSchema;
const reason = personal(reasonSchema).optional();

/** The branch is where the person works; what the person may do there is said by assignments. */
export const StaffHired = defineEvent({
  module, type: 'StaffHired',
  shape: { staffId, username: usernameSchema, branch: branchCodeSchema, person: personal(personSchema) },
});
/** The whole of what is known about the person from now on. */
export const StaffDetailsChanged = defineEvent({ module, type: 'StaffDetailsChanged', shape: { staffId, person: personal(personSchema) } });
export const StaffUsernameChanged = defineEvent({ module, type: 'StaffUsernameChanged', shape: { staffId, before: usernameSchema, after: usernameSchema } });
/** The assignments named were at the branch left and are at the new one from now on. */
export const StaffTransferred = defineEvent({
  module, type: 'StaffTransferred',
  shape: { staffId, before: branchCodeSchema, after: branchCodeSchema, assignments: z.array(idSchema).max(100) },
});
export const StaffSuspended = defineEvent({ module, type: 'StaffSuspended', shape: { staffId, reason } });
export const StaffReinstated = defineEvent({ module, type: 'StaffReinstated', shape: { staffId, reason } });
/** For good: every assignment, grant and act-as ends with it. */
export const StaffLeft = defineEvent({ module, type: 'StaffLeft', shape: { staffId, reason } });

/** A subject of an OpenID provider, as a keyed digest of issuer and subject: whoever proves to be it signs in as this person. Takes the place of one before. */
export const OidcSubjectLinked = defineEvent({ module, type: 'OidcSubjectLinked', shape: { staffId, issuer: z.string().max(500).regex(/^https?:\/\/\S+$/), subjectDigest: z.string().regex(/^[\w-]{43}$/) } });
export const OidcSubjectUnlinked = defineEvent({ module, type: 'OidcSubjectUnlinked', shape: { staffId } });

export const staffEvents = [StaffHired, StaffDetailsChanged, StaffUsernameChanged, StaffTransferred, StaffSuspended, StaffReinstated, StaffLeft, OidcSubjectLinked, OidcSubjectUnlinked] as const;
