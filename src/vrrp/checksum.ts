/** The Internet checksum (RFC 1071) over a VRRP message, alone or with an IPv4 pseudo-header (RFC 9568 §5.2.8, RFC 9293 §3.1). */

import { type IpAddress, toUint32 } from '../lib/ip-address.ts';
import type { ChecksumForm } from './parameters.ts';

export const VRRP_PROTOCOL = 112;

/** The unfolded one's-complement sum of the big-endian 16-bit words; an odd last octet is padded with zero. */
function sum(bytes: Uint8Array, start: number): number {
  let total = start;
  for (let i = 0; i + 1 < bytes.length; i += 2) total += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  if (bytes.length % 2 === 1) total += (bytes[bytes.length - 1] ?? 0) << 8;
  return total;
}

function fold(total: number): number {
  let folded = total;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return folded;
}

function pseudoHeaderSum(source: IpAddress, destination: IpAddress, length: number): number {
  const from = toUint32(source);
  const to = toUint32(destination);
  return (from >>> 16) + (from & 0xffff) + (to >>> 16) + (to & 0xffff) + VRRP_PROTOCOL + length;
}

/** The checksum to put into a message whose checksum field is zero, 0 to 0xffff. */
export function messageChecksum(
  message: Uint8Array,
  form: ChecksumForm,
  source: IpAddress,
  destination: IpAddress,
): number {
  const start = form === 'pseudo-header' ? pseudoHeaderSum(source, destination, message.length) : 0;
  return ~fold(sum(message, start)) & 0xffff;
}

/** Whether a received message, its checksum field as sent, is intact in the given form. */
export function isChecksumRight(
  message: Uint8Array,
  form: ChecksumForm,
  source: IpAddress,
  destination: IpAddress,
): boolean {
  return messageChecksum(message, form, source, destination) === 0;
}
