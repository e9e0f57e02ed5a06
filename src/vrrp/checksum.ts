/**
 * The Internet checksum (RFC 1071) over a VRRP message, alone or with a pseudo-header (RFC 9568 §5.2.8, RFC 9293 §3.1, RFC 8200 §8.1).
 *
 * Deviation: version 3 over IPv4 is right with a pseudo-header as well as without (RFC 9568 §5.2.8 knows only the latter): keepalived
 * sends the former. To a unicast peer the pseudo-header may name the group, as keepalived's up to 1.3.6 does.
 */

import { addressBytes, familyOf, type IpAddress } from '../lib/ip-address.ts';
import { isMulticast, MULTICAST_GROUPS, VRRP_PROTOCOL } from './ip-packet.ts';
import type { ChecksumForm } from './parameters.ts';

/** The unfolded one's-complement sum of the big-endian 16-bit words; an odd last octet is padded with zero. */
function sum(bytes: Uint8Array): number {
  let total = 0;
  for (let i = 0; i + 1 < bytes.length; i += 2) total += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  if (bytes.length % 2 === 1) total += (bytes[bytes.length - 1] ?? 0) << 8;
  return total;
}

function fold(total: number): number {
  let folded = total;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return folded;
}

/** The sum of the pseudo-header of either family; no payload here is so long that its length needs more than 16 bits. */
export function pseudoHeaderSum(
  source: IpAddress,
  destination: IpAddress,
  protocol: number,
  length: number,
): number {
  return sum(addressBytes(source)) + sum(addressBytes(destination)) + protocol + length;
}

/** The Internet checksum of octets whose checksum field is zero; `start` is the sum of what is covered besides. */
export function internetChecksum(bytes: Uint8Array, start: number): number {
  return ~fold(start + sum(bytes)) & 0xffff;
}

/** The checksum to put into a message whose checksum field is zero, 0 to 0xffff. */
export function messageChecksum(
  message: Uint8Array,
  form: ChecksumForm,
  source: IpAddress,
  destination: IpAddress,
): number {
  if (form === 'message-only') return internetChecksum(message, 0);
  const to = form === 'pseudo-header' ? destination : MULTICAST_GROUPS[familyOf(destination)];
  return internetChecksum(message, pseudoHeaderSum(source, to, VRRP_PROTOCOL, message.length));
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

/** The form in which the checksum of a received message is right; undefined when it is in none. */
export function findChecksumForm(
  version: number,
  message: Uint8Array,
  source: IpAddress,
  destination: IpAddress,
): ChecksumForm | undefined {
  return formsOf(version, destination).find(form => isChecksumRight(message, form, source, destination));
}

function formsOf(version: number, destination: IpAddress): readonly ChecksumForm[] {
  if (familyOf(destination) === 6) return ['pseudo-header'];
  if (version === 2) return ['message-only'];
  const both = ['pseudo-header', 'message-only'] as const;
  return isMulticast(destination) ? both : [...both, 'multicast-pseudo-header'];
}
