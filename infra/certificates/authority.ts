import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto as never);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
/** A clock that is a little behind must not refuse what was just made. */
const LEEWAY_MS = 3_600_000;
const SERVER_AND_CLIENT = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'];

/** PEM: certificate, and private key as PKCS 8. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends Certificate {
  /** For server and client at once: a bank's roles are both. */
  issue(wanted: { readonly name: string; readonly hosts: readonly string[]; readonly notBefore?: Date; readonly notAfter: Date }): Promise<Certificate>;
}

/** An authority for development and tests. A bank in production has one already. */
export async function createAuthority(name: string, notAfter: Date = new Date(Date.now() + 3_650 * DAY_MS)): Promise<Authority> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...serial(), name: `CN=${name}`, keys, notBefore: new Date(Date.now() - LEEWAY_MS), notAfter, signingAlgorithm: ALGORITHM,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true)],
  });
  return authorityOf(certificate, keys.privateKey);
}

/** One that was made before. */
export async function openAuthority({ cert, key }: Certificate): Promise<Authority> {
  const signingKey = await webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(key), ALGORITHM, true, ['sign']);
  return authorityOf(new x509.X509Certificate(cert), signingKey);
}

async function authorityOf(certificate: x509.X509Certificate, signingKey: webcrypto.CryptoKey): Promise<Authority> {
  return {
    cert: `${certificate.toString('pem')}\n`,
    key: await pemOf(signingKey),
    async issue({ name, hosts, notBefore = new Date(Date.now() - LEEWAY_MS), notAfter }) {
      const keys = await generateKeys();
      const issued = await x509.X509CertificateGenerator.create({
        ...serial(), subject: `CN=${name}`, issuer: certificate.subject, publicKey: keys.publicKey, signingKey, notBefore, notAfter, signingAlgorithm: ALGORITHM,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension(SERVER_AND_CLIENT),
          new x509.SubjectAlternativeNameExtension(hosts.map((host) => ({ type: isIP(host) === 0 ? 'dns' : 'ip', value: host }))),
          await x509.AuthorityKeyIdentifierExtension.create(certificate.publicKey),
        ],
      });
      return { cert: `${issued.toString('pem')}\n`, key: await pemOf(keys.privateKey) };
    },
  };
}

const generateKeys = async (): Promise<webcrypto.CryptoKeyPair> => (await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
const pemOf = async (key: webcrypto.CryptoKey): Promise<string> => `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
/** Positive and of 16 bytes. */
const serial = (): { serialNumber: string } => ({ serialNumber: `4${randomBytes(16).toString('hex').slice(1)}` });
