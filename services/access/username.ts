/**
 * What two usernames have in common when a person could take one for the other (Unicode TR39 calls it a skeleton). Usernames are lower-case ASCII, so
 * only the few look-alikes within it matter: 0 and o, 1 and l, rn and m, vv and w, and the separators.
 */
export const skeletonOf = (username: string): string =>
  username.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l').replaceAll('rn', 'm').replaceAll('vv', 'w').replace(/[._-]/g, '-');
