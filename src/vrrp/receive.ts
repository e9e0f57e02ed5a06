/**
 * The receive ladder (RFC 9568 §7.1, RFC 3768 §7.1): every rung a packet must pass, in order, before the state machine
 * hears of it. The first rung that fails names the reason. A packet that fails moves no timer.
 */

import { equalInConstantTime } from '../lib/bytes.ts';
import type { IpAddress } from '../lib/ip-address.ts';
import { formatDuration } from '../lib/time.ts';
import {
  type Advertisement,
  decodeAdvertisement,
  decodeIpv4,
  type Ipv4Packet,
  MULTICAST_GROUP,
  messageLength,
  VRRP_TTL,
} from './advertisement.ts';
import { AUTHENTICATION_TYPES } from './authentication.ts';
import { isChecksumRight, VRRP_PROTOCOL } from './checksum.ts';
import type { ChecksumForm, Parameters } from './parameters.ts';

/** Why a packet was dropped; the whole list, in the order of the ladder. */
export const DISCARD_REASONS = [
  'ip-malformed',
  'not-vrrp',
  'destination',
  'ttl',
  'truncated',
  'vrid',
  'own-address',
  'version',
  'type',
  'no-addresses',
  'length',
  'checksum',
  'auth-type',
  'auth-password',
  'interval',
] as const;

export type DiscardReason = (typeof DISCARD_REASONS)[number];

/** What is odd about an accepted packet: worth showing, not worth dropping. */
export type Oddity = 'interval-differs' | 'addresses-differ';

export type Received =
  | {
      readonly kind: 'accept';
      readonly advertisement: Advertisement;
      readonly source: IpAddress;
      readonly checksumForm: ChecksumForm;
      readonly oddities: readonly Oddity[];
    }
  | {
      readonly kind: 'discard';
      readonly reason: DiscardReason;
      /** What was found and what was expected; never a secret. */
      readonly detail: string;
      /** As far as the packet could be read. */
      readonly source: IpAddress | undefined;
    };

/**
 * Judges a packet that starts at its IPv4 header.
 *
 * Deviation: an address list that differs is kept in version 2 too (RFC 3768 §7.1 drops it unless the owner sent it);
 * keepalived does the same since 2.3.3. Both version 3 checksum forms are accepted (RFC 9568 §5.2.8 knows one).
 */
export function receive(packet: Uint8Array, expected: Parameters): Received {
  const ip = decodeIpv4(packet);
  if (ip === undefined)
    return discard('ip-malformed', `${packet.length} octets are not a whole IPv4 packet`, undefined);
  const wrong = ipFault(ip);
  if (wrong !== undefined) return discard(...wrong, ip.source);
  const advertisement = decodeAdvertisement(ip.payload);
  if (advertisement === undefined)
    return discard('truncated', `${ip.payload.length} octets of VRRP`, ip.source);
  const misfit = identityFault(advertisement, ip, expected) ?? formFault(advertisement, ip.payload);
  if (misfit !== undefined) return discard(...misfit, ip.source);
  const checksumForm = checksumFormOf(advertisement, ip);
  if (checksumForm === undefined)
    return discard('checksum', `checksum ${hex(advertisement.checksum)} is wrong`, ip.source);
  const disagreement = contentFault(advertisement, expected);
  if (disagreement !== undefined) return discard(...disagreement, ip.source);
  return {
    kind: 'accept',
    advertisement,
    source: ip.source,
    checksumForm,
    oddities: oddities(advertisement, expected),
  };
}

type Fault = readonly [reason: DiscardReason, detail: string];

function discard(reason: DiscardReason, detail: string, source: IpAddress | undefined): Received {
  return { kind: 'discard', reason, detail, source };
}

function ipFault(ip: Ipv4Packet): Fault | undefined {
  if (ip.protocol !== VRRP_PROTOCOL) return ['not-vrrp', `IP protocol ${ip.protocol}`];
  if (ip.destination !== MULTICAST_GROUP)
    return ['destination', `sent to ${ip.destination}, not ${MULTICAST_GROUP}`];
  if (ip.ttl !== VRRP_TTL) return ['ttl', `TTL ${ip.ttl}, must be ${VRRP_TTL}`];
  return undefined;
}

function identityFault(a: Advertisement, ip: Ipv4Packet, expected: Parameters): Fault | undefined {
  if (a.vrid !== expected.vrid) return ['vrid', `VRID ${a.vrid}, ours is ${expected.vrid}`];
  if (ip.source === expected.primaryAddress) return ['own-address', `sent from our own address ${ip.source}`];
  if (a.version !== expected.version) return ['version', `version ${a.version}, ours is ${expected.version}`];
  return undefined;
}

function formFault(a: Advertisement, message: Uint8Array): Fault | undefined {
  if (a.type !== 1) return ['type', `type ${a.type}, must be 1`];
  if (a.count === 0) return ['no-addresses', 'count 0'];
  const length = messageLength(a.version, a.count);
  if (message.length !== length)
    return ['length', `${message.length} octets, ${length} for ${a.count} addresses`];
  return undefined;
}

/** The form in which the checksum is right; the form we would send ourselves is no hint. */
function checksumFormOf(a: Advertisement, ip: Ipv4Packet): ChecksumForm | undefined {
  const forms: readonly ChecksumForm[] =
    a.version === 2 ? ['message-only'] : ['pseudo-header', 'message-only'];
  return forms.find(form => isChecksumRight(ip.payload, form, ip.source, ip.destination));
}

function hex(checksum: number): string {
  return `0x${checksum.toString(16).padStart(4, '0')}`;
}

function contentFault(a: Advertisement, expected: Parameters): Fault | undefined {
  if (a.authentication !== undefined) {
    const type = AUTHENTICATION_TYPES[expected.authentication.type];
    if (a.authentication.type !== type)
      return ['auth-type', `authentication type ${a.authentication.type}, ours is ${type}`];
    if (
      expected.authentication.type === 'pass' &&
      !equalInConstantTime(a.authentication.data, expected.authentication.key)
    )
      return ['auth-password', 'the password differs'];
  }
  if (a.version === 2 && a.interval !== expected.advertisementInterval)
    return [
      'interval',
      `interval ${formatDuration(a.interval)}, ours is ${formatDuration(expected.advertisementInterval)}`,
    ];
  if (a.interval === 0) return ['interval', 'interval 0'];
  return undefined;
}

function oddities(a: Advertisement, expected: Parameters): readonly Oddity[] {
  const found: Oddity[] = [];
  if (a.interval !== expected.advertisementInterval) found.push('interval-differs');
  const same =
    a.addresses.length === expected.addresses.length &&
    a.addresses.every(address => expected.addresses.includes(address));
  if (!same) found.push('addresses-differ');
  return found;
}
