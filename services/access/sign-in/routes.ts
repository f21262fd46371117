import type { RouteModule } from '../../../shared/http/route-module.js';
import { bankRoutes } from './bank-routes.js';
import { factorRoutes } from './factor-routes.js';
import type { FirstAdministratorOptions } from './first-administrator.js';
import { invitationRoutes } from './invitation-routes.js';
import { openIdRoutes } from './openid-routes.js';
import type { SignInParts } from './parts.js';
import { signInRejections } from './rejections.js';
import { sessionRoutes } from './session-routes.js';
import { signInRoutes } from './sign-in-routes.js';
import type { SigningKeys } from './signing-keys.js';

export interface SignInModuleOptions extends SignInParts, FirstAdministratorOptions {
  readonly keys: SigningKeys;
}

/** How staff get in, and what they do about their own sessions, password and factors. */
export const signInModule = (options: SignInModuleOptions): RouteModule => ({
  name: 'sign-in',
  description: 'Sign-in with password, second factor and passkeys; sessions; one\'s own factors',
  rejections: signInRejections,
  routes(server) {
    signInRoutes(server, options);
    openIdRoutes(server, options);
    bankRoutes(server, options, options.keys, options);
    invitationRoutes(server, options);
    sessionRoutes(server, options);
    factorRoutes(server, options);
  },
});
