import type { AccessModel } from './access-model.js';
import { partsOf } from './held-rights.js';
import type { Directory, Holder } from './sign-in/directory.js';
import type { AccessState } from './state.js';
import { skeletonOf } from './username.js';

/** Who may sign in, for sign-in. */
export function createDirectory(model: AccessModel): Directory {
  const holderOf = (state: AccessState, id: string | undefined, at: Date): Holder | undefined => {
    const staff = id === undefined ? undefined : state.staff.get(id);
    if (id === undefined || staff?.status !== 'active') return undefined;
    const sources = partsOf(state, staff, at).map(({ source }) => source);
    const role = sources.find((source) => source.kind === 'assignment')?.role ?? sources.find((source) => source.kind === 'grant')?.role;
    return { id, username: staff.username, role: role ?? 'staff', branch: staff.branch };
  };
  return {
    async byUsername(username, at) {
      const state = await model.current();
      const asked = username.normalize('NFKC').trim().toLowerCase();
      const holder = holderOf(state, state.usernames.get(skeletonOf(asked)), at);
      // What only looks like a username, or once was one, is none.
      return holder?.username === asked ? holder : undefined;
    },
    byId: async (id, at) => holderOf(await model.current(), id, at),
    async bySubject(digest, at) {
      const state = await model.current();
      return holderOf(state, state.subjects.get(digest), at);
    },
    rightsOf: (id, at) => model.rightsOf(id, at),
    actingRightsOf: (id, asId, at) => model.actingRightsOf(id, asId, at),
    async clientByKey(keyId) {
      const state = await model.current();
      for (const [id, { status, keys, branch }] of state.clients) {
        if (status !== 'active' || !keys.includes(keyId)) continue;
        const rights = await model.clientRightsOf(id);
        return rights && { id, role: 'client', branch, rights };
      }
      return undefined;
    },
  };
}
