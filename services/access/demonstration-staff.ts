import type { Directory, Holder } from './sign-in/directory.js';

/** Usernames that begin so are people of the demonstration bank: one for each role, whose passwords are printed. */
export const DEMONSTRATION_PREFIX = 'demo.';
export const isDemonstration = ({ username }: { readonly username: string }): boolean => username.startsWith(DEMONSTRATION_PREFIX);

/** In a demonstration a password is enough for its people; outside it they are nobody, whatever the log says of them and whatever session they have. */
export function withDemonstration(directory: Directory, demonstrates: boolean): Directory {
  const seen = (holder: Holder | undefined): Holder | undefined => {
    if (holder === undefined || !isDemonstration(holder)) return holder;
    return demonstrates ? { ...holder, passwordSuffices: true } : undefined;
  };
  const byId: Directory['byId'] = async (id, at) => seen(await directory.byId(id, at));
  return {
    ...directory,
    byId,
    byUsername: async (username, at) => seen(await directory.byUsername(username, at)),
    bySubject: async (digest, at) => seen(await directory.bySubject(digest, at)),
    rightsOf: async (id, at) => ((await byId(id, at)) === undefined ? undefined : directory.rightsOf(id, at)),
    actingRightsOf: async (id, asId, at) => ((await byId(id, at)) === undefined || (await byId(asId, at)) === undefined ? undefined : directory.actingRightsOf(id, asId, at)),
  };
}
