import { isoCBOR } from '@simplewebauthn/server/helpers';
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

const sha256 = (data: Uint8Array | string): Buffer => createHash('sha256').update(data).digest();
const encoded = (data: Uint8Array): string => Buffer.from(data).toString('base64url');

const PRESENT_AND_VERIFIED = 0x05;
const PRESENT_ONLY = 0x01;
const WITH_KEY = 0x40;

export interface Lies {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  /** The person did not unlock it. */
  readonly unverified?: boolean;
  readonly counter?: number;
  readonly signedBy?: KeyObject;
  readonly userHandle?: string;
}

/** What a browser with an authenticator does, honestly or not. ES256. */
export function softwarePasskey(origin = 'https://staff.bank.example', rpId = 'bank.example') {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const id = randomBytes(16);
  let counter = 0;
  let userHandle = '';

  const clientData = (type: string, challenge: string, lies: Lies): Buffer => Buffer.from(JSON.stringify({ type, challenge: lies.challenge ?? challenge, origin: lies.origin ?? origin, crossOrigin: false }));
  const authenticatorData = (flags: number, count: number, lies: Lies, rest: Uint8Array = new Uint8Array()): Buffer => {
    const counted = Buffer.alloc(4);
    counted.writeUInt32BE(count);
    return Buffer.concat([sha256(lies.rpId ?? rpId), Buffer.from([flags]), counted, rest]);
  };

  return {
    privateKey,
    /** `navigator.credentials.create`. */
    create(options: { challenge: string; user: { id: string } }, lies: Lies = {}) {
      userHandle = options.user.id;
      const { x, y } = publicKey.export({ format: 'jwk' }) as { x: string; y: string };
      const cose = isoCBOR.encode(new Map<number, number | Uint8Array>([[1, 2], [3, -7], [-1, 1], [-2, new Uint8Array(Buffer.from(x, 'base64url'))], [-3, new Uint8Array(Buffer.from(y, 'base64url'))]]));
      const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, cose]);
      const authData = authenticatorData((lies.unverified ? PRESENT_ONLY : PRESENT_AND_VERIFIED) | WITH_KEY, 0, lies, attested);
      const attestationObject = isoCBOR.encode(new Map<string, unknown>([['fmt', 'none'], ['attStmt', new Map()], ['authData', new Uint8Array(authData)]]) as never);
      return {
        id: encoded(id), rawId: encoded(id), type: 'public-key', clientExtensionResults: {},
        response: { clientDataJSON: encoded(clientData('webauthn.create', options.challenge, lies)), attestationObject: encoded(attestationObject) },
      };
    },
    /** `navigator.credentials.get`. */
    get(options: { challenge: string }, lies: Lies = {}) {
      const data = authenticatorData(lies.unverified ? PRESENT_ONLY : PRESENT_AND_VERIFIED, lies.counter ?? ++counter, lies);
      const client = clientData('webauthn.get', options.challenge, lies);
      return {
        id: encoded(id), rawId: encoded(id), type: 'public-key', clientExtensionResults: {},
        response: {
          clientDataJSON: encoded(client), authenticatorData: encoded(data), userHandle: lies.userHandle ?? userHandle,
          signature: encoded(sign('sha256', Buffer.concat([data, sha256(client)]), lies.signedBy ?? privateKey)),
        },
      };
    },
  };
}
