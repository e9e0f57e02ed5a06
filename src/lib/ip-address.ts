/**
 * IP addresses of both families as canonical text, so that they compare with ===, key a Map and print as they are. The brand says
 * that the text was checked.
 */

import { assert } from './assert.ts';
import { putUint16, uint16At } from './bytes.ts';

declare const ipAddressBrand: unique symbol;

/**
 * IPv4: a dotted quad without leading zeros, such as `198.18.0.1`. IPv6: as RFC 5952 writes it, such as `fd00::1`, and without a
 * zone: which link an address is on, is known where it is used.
 */
export type IpAddress = string & { readonly [ipAddressBrand]: true };

export type Family = 4 | 6;

/** An address with the length of its network prefix, 0 to 32 or 128 bits. */
export interface Cidr {
  readonly address: IpAddress;
  readonly prefixLength: number;
}

/** The length of an address in octets. */
export const ADDRESS_LENGTH = { 4: 4, 6: 16 } as const satisfies Record<Family, number>;

/** Reads an address of either family, in any spelling that RFC 4291 §2.2 allows. */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (!text.includes(':')) return parseIpv4Address(text);
  const bytes = readIpv6(text);
  return bytes === undefined ? undefined : addressFrom(bytes);
}

const OCTET = /^(?:0|[1-9]\d{0,2})$/;

/** Reads a dotted quad, for what is IPv4 by nature. */
export function parseIpv4Address(text: string): IpAddress | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  return parts.every(part => OCTET.test(part) && Number(part) <= 255) ? (text as IpAddress) : undefined;
}

/** Longer is no address, whatever it says: eight groups, the last two perhaps a dotted quad. */
const LONGEST_IPV6 = 45;

/** Eight groups, one run of zeros as `::`, the last two groups perhaps as a dotted quad. */
function readIpv6(text: string): Uint8Array | undefined {
  if (text.length > LONGEST_IPV6) return undefined;
  const quad = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (quad === null) return readGroups(text);
  const [, head = '', tail = ''] = quad;
  const last = parseIpv4Address(tail);
  const bytes = last && readGroups(`${head}0:0`);
  if (last !== undefined) bytes?.set(addressBytes(last), 12);
  return bytes;
}

function readGroups(text: string): Uint8Array | undefined {
  const gap = text.indexOf('::');
  const head = readRun(gap === -1 ? text : text.slice(0, gap));
  const tail = readRun(gap === -1 ? '' : text.slice(gap + 2));
  if (head === undefined || tail === undefined) return undefined;
  const given = head.length + tail.length;
  if (gap === -1 ? given !== 8 : given > 7) return undefined;
  const bytes = new Uint8Array(ADDRESS_LENGTH[6]);
  for (const [i, group] of head.entries()) putUint16(bytes, 2 * i, group);
  for (const [i, group] of tail.entries()) putUint16(bytes, 2 * (8 - tail.length + i), group);
  return bytes;
}

const GROUP = /^[0-9a-f]{1,4}$/i;

function readRun(text: string): readonly number[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  return groups.every(group => GROUP.test(group))
    ? groups.map(group => Number.parseInt(group, 16))
    : undefined;
}

/** Reads `198.18.51.100/24` or `fd00::1/64`. A bare address is not a CIDR. */
export function parseCidr(text: string): Cidr | undefined {
  const [head, tail, ...rest] = text.split('/');
  const address = parseIpAddress(head ?? '');
  if (address === undefined || tail === undefined || rest.length > 0 || !/^\d{1,3}$/.test(tail))
    return undefined;
  const prefixLength = Number(tail);
  return prefixLength <= longestPrefix(familyOf(address)) ? { address, prefixLength } : undefined;
}

/** The prefix length of a network that is one host. */
export const longestPrefix = (family: Family): number => 8 * ADDRESS_LENGTH[family];

export function formatCidr(cidr: Cidr): string {
  return `${cidr.address}/${cidr.prefixLength}`;
}

export function familyOf(address: IpAddress): Family {
  return address.includes(':') ? 6 : 4;
}

/** The octets in network order, 4 or 16. */
export function addressBytes(address: IpAddress): Uint8Array {
  if (familyOf(address) === 4) return ipv4Bytes(address);
  const bytes = readIpv6(address);
  assert(bytes !== undefined, `not an address: ${address}`);
  return bytes;
}

const POINT = 0x2e;
const ZERO = 0x30;

/** Character by character: every packet asks for it several times, and splitting takes twenty times as long. */
function ipv4Bytes(address: IpAddress): Uint8Array {
  const bytes = new Uint8Array(ADDRESS_LENGTH[4]);
  for (let i = 0, at = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (code === POINT) at += 1;
    else bytes[at] = (bytes[at] ?? 0) * 10 + code - ZERO;
  }
  return bytes;
}

/** The address that 4 or 16 octets are. */
export function addressFrom(bytes: Uint8Array): IpAddress {
  const [a, b, c, d] = bytes;
  if (bytes.length === ADDRESS_LENGTH[4]) return `${a}.${b}.${c}.${d}` as IpAddress;
  assert(bytes.length === ADDRESS_LENGTH[6], `an address has 4 or 16 octets, not ${bytes.length}`);
  const mapped = MAPPED_PREFIX.every((octet, i) => bytes[i] === octet);
  return (mapped ? `::ffff:${bytes.subarray(12).join('.')}` : formatGroups(bytes)) as IpAddress;
}

/** An IPv4 address inside IPv6 (RFC 4291 §2.5.5.2) ends in a dotted quad (RFC 5952 §5). */
const MAPPED_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** RFC 5952 §4: no leading zeros, lower case, the first of the longest runs of two zero groups or more as `::`. */
function formatGroups(bytes: Uint8Array): string {
  const { start, length } = longestRunOfZeros(bytes);
  if (length < 2) return groupsBetween(bytes, 0, 8);
  return `${groupsBetween(bytes, 0, start)}::${groupsBetween(bytes, start + length, 8)}`;
}

function groupsBetween(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) text += `${i === start ? '' : ':'}${uint16At(bytes, 2 * i).toString(16)}`;
  return text;
}

function longestRunOfZeros(bytes: Uint8Array): { readonly start: number; readonly length: number } {
  let longest = { start: 0, length: 0 };
  let start = 0;
  for (let i = 0; i < 8; i++) {
    if (uint16At(bytes, 2 * i) !== 0) start = i + 1;
    else if (i + 1 - start > longest.length) longest = { start, length: i + 1 - start };
  }
  return longest;
}

/** The order of unsigned numbers in network byte order (RFC 9568 §6.4.3), IPv4 before IPv6: negative when `a` is lower. */
export function compareAddresses(a: IpAddress, b: IpAddress): number {
  if (a === b) return 0;
  const [left, right] = [addressBytes(a), addressBytes(b)];
  const at = left.findIndex((octet, i) => octet !== right[i]);
  return left.length - right.length || (left[at] ?? 0) - (right[at] ?? 0);
}

/** Whether an address is of one link only: fe80::/10 (RFC 4291 §2.5.6) or 169.254.0.0/16 (RFC 3927). */
export function isLinkLocal(address: IpAddress): boolean {
  return contains(familyOf(address) === 4 ? LINK_LOCAL_IPV4 : LINK_LOCAL_IPV6, address);
}

const LINK_LOCAL_IPV4: Cidr = { address: '169.254.0.0' as IpAddress, prefixLength: 16 };
const LINK_LOCAL_IPV6: Cidr = { address: 'fe80::' as IpAddress, prefixLength: 10 };

/** An IPv4 address as an unsigned 32-bit number. */
export function toUint32(address: IpAddress): number {
  assert(familyOf(address) === 4, `not an IPv4 address: ${address}`);
  let value = 0;
  for (const part of address.split('.')) value = value * 256 + Number(part);
  return value;
}

export function fromUint32(value: number): IpAddress {
  return `${value >>> 24}.${(value >>> 16) & 0xff}.${(value >>> 8) & 0xff}.${value & 0xff}` as IpAddress;
}

/** Whether the address lies in the network that the CIDR names; one of the other family does not. */
export function contains({ address: network, prefixLength }: Cidr, address: IpAddress): boolean {
  const [bytes, prefix] = [addressBytes(address), addressBytes(network)];
  return bytes.length === prefix.length && startWithSameBits(bytes, prefix, prefixLength);
}

function startWithSameBits(a: Uint8Array, b: Uint8Array, count: number): boolean {
  const whole = count >>> 3;
  for (let i = 0; i < whole; i++) if (a[i] !== b[i]) return false;
  const difference = (a[whole] ?? 0) ^ (b[whole] ?? 0);
  return difference >>> (8 - (count & 7)) === 0;
}
