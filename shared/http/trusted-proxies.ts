import { BlockList, isIP } from 'node:net';

/** An address, or a range as address/bits. */
export const isAddressRange = (text: string): boolean => {
  const [address = '', bits, more] = text.split('/');
  const family = isIP(address);
  return more === undefined && family !== 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32)));
};

/** Whether a connection comes from one of these addresses and ranges. */
export function trusts(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
    return ranges.length > 0 && list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
  };
}
