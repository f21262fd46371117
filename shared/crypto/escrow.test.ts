import t from 'tap';
import { EscrowFault, escrowKeyText, makeEscrowKey, openEscrow, parseEscrowKey, sealToEscrow } from './escrow.js';

const TEXT = '{"name":"周子墨"}';

t.test('both shares together open what the public key alone sealed', async (t) => {
  const { key, shares } = makeEscrowKey();
  const sealed = sealToEscrow(TEXT, parseEscrowKey(escrowKeyText(key)), 'customer 1');
  t.equal(openEscrow(sealed, shares), TEXT);
  t.equal(openEscrow(sealed, [...shares].reverse()), TEXT, 'in either order');
  t.notMatch(JSON.stringify(sealed), /周子墨|name/);
  t.not(sealToEscrow(TEXT, key, 'customer 1').ct, sealed.ct, 'never sealed alike twice');
});

t.test('nothing less does', async (t) => {
  const { key, shares: [one, two] } = makeEscrowKey();
  const other = makeEscrowKey();
  const sealed = sealToEscrow(TEXT, key, 'customer 1');
  const fails = (shares: readonly string[], why: string, of = sealed) => t.throws(() => openEscrow(of, shares), new EscrowFault(why), why);
  fails([one], 'both shares are needed, each once');
  fails([one, one], 'both shares are needed, each once');
  fails([], 'both shares are needed, each once');
  fails([one, other.shares[1]], `sealed to the key ${key.keyId}; a share is of another`);
  fails(other.shares, `sealed to the key ${key.keyId}; a share is of another`);
  fails([one, `${two.slice(0, -1)}${two.endsWith('0') ? '1' : '0'}`], 'a share is damaged');
  fails([one, two], 'it was changed after it was sealed', { ...sealed, sealedFor: 'customer 2' });
  const bytes = Buffer.from(sealed.ct, 'base64url');
  bytes[3]! ^= 1;
  fails([one, two], 'it was changed after it was sealed', { ...sealed, ct: bytes.toString('base64url') });
  t.equal(openEscrow(sealed, [one, two]), TEXT, 'control: unchanged it opens');
  t.throws(() => parseEscrowKey('passbook-escrow-key:short'), EscrowFault);
});
