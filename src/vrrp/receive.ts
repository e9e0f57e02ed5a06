/**
 * The receive ladder (RFC 9568 §7.1, RFC 3768 §7.1): every rung a packet must pass, in order, before the state machine
 * hears of it. The first rung that fails names the reason. A packet that fails moves no timer.
 */

import type { IpAddress } from '../lib/ip-address.ts';
import { formatDuration } from '../lib/time.ts';
import {
  type Advertisement,
  decodeAdvertisement,
  decodeIpv4,
  type Ipv4Packet,
  innerProtocol,
  MULTICAST_GROUP,
  messageLength,
  type Parts,
  takeApart,
  VRRP_TTL,
} from './advertisement.ts';
import { isChecksumRight, VRRP_PROTOCOL } from './checksum.ts';
import type { ChecksumForm, Parameters } from './parameters.ts';
import type { Memory } from './sequence.ts';
import { TRAILER_LENGTH } from './trailer.ts';
import { type Hearing, type Proof, SINGLE_PACKET, verify } from './verify.ts';

/** Why a packet was dropped; the whole list, in the order of the ladder. */
export const DISCARD_REASONS = [
  'ip-malformed',
  'not-vrrp',
  'destination',
  'ttl',
  'auth-header',
  'truncated',
  'vrid',
  'own-address',
  'version',
  'type',
  'no-addresses',
  'length',
  'checksum',
  'auth-type',
  'auth-missing',
  'auth-password',
  'auth-trailer',
  'auth-stale',
  'auth-key',
  'auth-digest',
  'auth-spi',
  'auth-replay',
  'interval',
] as const;

export type DiscardReason = (typeof DISCARD_REASONS)[number];

/** What is odd about an accepted packet: worth showing, not worth dropping. */
export type Oddity = 'interval-differs' | 'addresses-differ' | 'not-authenticated';

export type Received =
  | {
      readonly kind: 'accept';
      readonly advertisement: Advertisement;
      readonly source: IpAddress;
      readonly checksumForm: ChecksumForm;
      readonly oddities: readonly Oddity[];
      readonly proof: Proof;
      /** For the hearing of the next packet. */
      readonly memory: Memory;
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
export function receive(
  packet: Uint8Array,
  expected: Parameters,
  hearing: Hearing = SINGLE_PACKET,
): Received {
  const ip = decodeIpv4(packet);
  if (ip === undefined)
    return discard('ip-malformed', `${packet.length} octets are not a whole IPv4 packet`, undefined);
  const wrong = ipFault(ip);
  if (wrong !== undefined) return discard(...wrong, ip.source);
  const parts = takeApart(ip);
  if (parts === undefined)
    return discard('auth-header', 'no whole authentication header (AH) with 96 bits', ip.source);
  return judge(ip, parts, expected, hearing);
}

function judge(ip: Ipv4Packet, parts: Parts, expected: Parameters, hearing: Hearing): Received {
  const refuse = (fault: Fault): Received => discard(...fault, ip.source);
  const advertisement = decodeAdvertisement(parts.message);
  if (advertisement === undefined) return refuse(['truncated', `${parts.message.length} octets of VRRP`]);
  const misfit =
    identityFault(advertisement, ip, expected) ?? formFault(advertisement, parts.signed.length, expected);
  if (misfit !== undefined) return refuse(misfit);
  const checksumForm = checksumFormOf(advertisement, ip, parts.message);
  if (checksumForm === undefined)
    return refuse(['checksum', `checksum ${hex(advertisement.checksum)} is wrong`]);
  const verified = verify({ ip, parts, advertisement }, expected.authentication, hearing);
  if (!verified.ok) return refuse(verified.error);
  const disagreement = intervalFault(advertisement, expected);
  if (disagreement !== undefined) return refuse(disagreement);
  const { proof, memory } = verified.value;
  return {
    kind: 'accept',
    advertisement,
    source: ip.source,
    checksumForm,
    oddities: oddities(advertisement, proof, expected),
    proof,
    memory,
  };
}

type Fault = readonly [reason: DiscardReason, detail: string];

function discard(reason: DiscardReason, detail: string, source: IpAddress | undefined): Received {
  return { kind: 'discard', reason, detail, source };
}

function ipFault(ip: Ipv4Packet): Fault | undefined {
  const protocol = innerProtocol(ip);
  if (protocol !== VRRP_PROTOCOL)
    return ['not-vrrp', `IP protocol ${ip.protocol}${protocol === ip.protocol ? '' : ` around ${protocol}`}`];
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

function formFault(a: Advertisement, octets: number, { authentication }: Parameters): Fault | undefined {
  if (a.type !== 1) return ['type', `type ${a.type}, must be 1`];
  if (a.count === 0) return ['no-addresses', 'count 0'];
  const length = messageLength(a.version, a.count);
  const signed = octets === length + TRAILER_LENGTH;
  if (octets === length || (signed && authentication.type === 'hmac')) return undefined;
  const hint = signed ? '; an authentication trailer (auth_hmac) is as long as the rest' : '';
  return ['length', `${octets} octets, ${length} for ${a.count} addresses${hint}`];
}

/** The form in which the checksum is right; the form we would send ourselves is no hint. */
function checksumFormOf(a: Advertisement, ip: Ipv4Packet, message: Uint8Array): ChecksumForm | undefined {
  const forms: readonly ChecksumForm[] =
    a.version === 2 ? ['message-only'] : ['pseudo-header', 'message-only'];
  return forms.find(form => isChecksumRight(message, form, ip.source, ip.destination));
}

function hex(checksum: number): string {
  return `0x${checksum.toString(16).padStart(4, '0')}`;
}

function intervalFault(a: Advertisement, expected: Parameters): Fault | undefined {
  if (a.version === 2 && a.interval !== expected.advertisementInterval)
    return [
      'interval',
      `interval ${formatDuration(a.interval)}, ours is ${formatDuration(expected.advertisementInterval)}`,
    ];
  if (a.interval === 0) return ['interval', 'interval 0'];
  return undefined;
}

function oddities(a: Advertisement, proof: Proof, expected: Parameters): readonly Oddity[] {
  const found: Oddity[] = [];
  if (a.interval !== expected.advertisementInterval) found.push('interval-differs');
  const same =
    a.addresses.length === expected.addresses.length &&
    a.addresses.every(address => expected.addresses.includes(address));
  if (!same) found.push('addresses-differ');
  if (proof === 'none' && expected.authentication.type !== 'none') found.push('not-authenticated');
  return found;
}
