/**
 * IP addresses as canonical text, so that they compare with ===, key a Map and print as they are. IPv4 only.
 * The brand says that the text was checked.
 */

declare const ipAddressBrand: unique symbol;

/** A dotted quad without leading zeros, such as `198.18.0.1`. */
export type IpAddress = string & { readonly [ipAddressBrand]: true };

/** An address with the length of its network prefix, 0 to 32 bits. */
export interface Cidr {
  readonly address: IpAddress;
  readonly prefixLength: number;
}

const OCTET = /^(?:0|[1-9]\d{0,2})$/;

export function parseIpAddress(text: string): IpAddress | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  return parts.every(part => OCTET.test(part) && Number(part) <= 255) ? (text as IpAddress) : undefined;
}

/** Reads `198.18.51.100/24`. A bare address is not a CIDR. */
export function parseCidr(text: string): Cidr | undefined {
  const [head, tail, ...rest] = text.split('/');
  const address = parseIpAddress(head ?? '');
  if (address === undefined || tail === undefined || rest.length > 0 || !/^\d{1,2}$/.test(tail))
    return undefined;
  const prefixLength = Number(tail);
  return prefixLength <= 32 ? { address, prefixLength } : undefined;
}

export function formatCidr(cidr: Cidr): string {
  return `${cidr.address}/${cidr.prefixLength}`;
}

/** The address as an unsigned 32-bit number, for ordering (RFC 9568 §6.4.3 compares in network byte order) and masks. */
export function toUint32(address: IpAddress): number {
  let value = 0;
  for (const part of address.split('.')) value = value * 256 + Number(part);
  return value;
}

export function fromUint32(value: number): IpAddress {
  return `${value >>> 24}.${(value >>> 16) & 0xff}.${(value >>> 8) & 0xff}.${value & 0xff}` as IpAddress;
}

/** Whether the address lies in the network that the CIDR names. */
export function contains(network: Cidr, address: IpAddress): boolean {
  const mask = network.prefixLength === 0 ? 0 : (0xffffffff << (32 - network.prefixLength)) >>> 0;
  return (toUint32(network.address) & mask) >>> 0 === (toUint32(address) & mask) >>> 0;
}
