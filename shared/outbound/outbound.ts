import { lookup as resolve } from 'node:dns';
import { request as plain } from 'node:http';
import { request as secured } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Calls addresses that people typed, without becoming their way into the bank's own network. */
export interface Outbound {
  /** What is against ever calling this, as far as the text says; undefined: nothing. */
  faultOf(url: string): string | undefined;
  /** The status of the answer, whose body is not read; no redirect is followed. Throws where there is none, AddressRefused where the name leads where nothing may be called. */
  post(url: string, sent: { readonly headers: Readonly<Record<string, string>>; readonly body: string; readonly signal: AbortSignal }): Promise<number>;
}

export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
  readonly code = 'address_refused';
}

/**
 * Called are public addresses by https. `networks` (addresses and ranges) are called as well, by http too: those of the bank's own that its operator names. A name is looked up for each
 * connection, and every address that it has must be allowed: what is checked is what is called.
 */
export function createOutbound(networks: readonly string[]): Outbound {
  const own = networks.map((text) => (text.includes('/') ? ipaddr.parseCIDR(text) : ipaddr.parseCIDR(`${text}/${isIP(text) === 6 ? 128 : 32}`)));

  function isAllowed(address: string, secure: boolean): boolean {
    const one = ipaddr.process(address);
    return own.some((range) => range[0].kind() === one.kind() && one.match(range)) || (secure && one.range() === 'unicast');
  }

  const lookupFor = (secure: boolean): LookupFunction => (name, options, callback) =>
    resolve(name, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, []);
      if (found.length === 0 || !found.every(({ address }) => isAllowed(address, secure))) return callback(new AddressRefused(), []);
      return options.all ? callback(null, found) : callback(null, found[0]!.address, found[0]!.family);
    });

  function faultOf(text: string): string | undefined {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const secure = url?.protocol === 'https:';
    if (url === undefined || !(secure || (url.protocol === 'http:' && own.length > 0))) return 'must be an https address';
    if (url.username !== '' || url.password !== '') return 'must hold no name and no password';
    const host = url.hostname.replace(/^\[|\]$/g, '');
    return isIP(host) !== 0 && !isAllowed(host, secure) ? 'must be a public address, or one of the networks that webhooks may reach' : undefined;
  }

  return {
    faultOf,
    post: (text, { headers, body, signal }) => new Promise((answered, failed) => {
      if (faultOf(text) !== undefined) return failed(new AddressRefused());
      const secure = new URL(text).protocol === 'https:';
      // A connection of its own each time: one that was opened before was checked before.
      const request = (secure ? secured : plain)(text, { method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) }, signal, agent: false, lookup: lookupFor(secure) }, (response) => {
        response.destroy();
        answered(response.statusCode ?? 0);
      });
      request.on('error', failed);
      request.end(body);
    }),
  };
}
