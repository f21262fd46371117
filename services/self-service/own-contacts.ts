import { commandResultSchema, done } from '../../shared/http/answers.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import { CUSTOMERS } from '../access/sign-in/people.js';
import { ownRequest } from '../access/sign-in/requests.js';
import { signInRejections } from '../access/sign-in/rejections.js';
import { customerRejections } from '../customers/rejections.js';
import { addressIn, begunContactSchema, confirmContactBody, contactBody } from './bodies.js';
import { beginContactChange, confirmContactChange, type ContactChangeParts } from './contact-change.js';

const { path, tags, permission } = CUSTOMERS;
const config = { access: { permission, stepUp: () => true } } as const;

/** How customers give the bank another phone number or e-mail address. */
export const ownContactsModule = (parts: ContactChangeParts): RouteModule => ({
  name: 'own-contacts',
  description: 'Customers\' own phone numbers and e-mail addresses, confirmed by codes sent to them',
  rejections: [...signInRejections, ...customerRejections],
  routes(server) {
    server.post(`${path}/contact`, {
      config,
      schema: {
        tags, summary: 'Have a code sent to a new phone number or e-mail address of one\'s own', body: contactBody, response: { 200: begunContactSchema },
        description: 'It counts once the code came back. Those on record are told.',
      },
    }, async (request) => beginContactChange(parts, addressIn(request.body), await ownRequest(request, parts.signIn)));

    server.post(`${path}/contact/confirm`, {
      config: { ...config, sends: ['ETag'] },
      schema: { tags, summary: 'Take it into one\'s record, with the code that came; it takes the first place', body: confirmContactBody, response: { 200: commandResultSchema } },
    }, async (request, reply) => done(reply, await confirmContactChange(parts, { ...request.body, address: addressIn(request.body) }, await ownRequest(request, parts.signIn))));
  },
});
