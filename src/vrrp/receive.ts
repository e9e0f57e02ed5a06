/**
 * The receive ladder (RFC 9568 §7.1, RFC 3768 §7.1): every rung a packet must pass, in order, before the state machine
 * hears of it. The first rung that fails names the reason. A packet that fails moves no timer.
 */

import { familyOf, type IpAddress, isLinkLocal } from '../lib/ip-address.ts';
import { formatDuration } from '../lib/time.ts';
import {
  type Advertisement,
  checksummed,
  decodeAdvertisement,
  innerProtocol,
  messageLength,
  type Parts,
  takeApart,
} from './advertisement.ts';
import { findChecksumForm } from './checksum.ts';
import { decodeIp, type IpPacket, MULTICAST_GROUPS, VRRP_PROTOCOL, VRRP_TTL } from './ip-packet.ts';
import { type ChecksumForm, familyOfRouter, type Parameters } from './parameters.ts';
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
  'unknown-peer',
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
export type Oddity = 'interval-differs' | 'addresses-differ' | 'no-link-local-first' | 'not-authenticated';

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
      /** As far as the packet could be read; nothing of it is proven. */
      readonly source: IpAddress | undefined;
      readonly advertisement: Advertisement | undefined;
    };

/**
 * Judges a packet that starts at its IP header.
 *
 * Deviation: an address list that differs is kept in version 2 too (RFC 3768 §7.1 drops it unless the owner sent it);
 * keepalived does the same since 2.3.3. An IPv6 list that does not begin with a link-local address is kept (RFC 9568 §7.1, erratum
 * 8300, drops it): keepalived sends what it is configured with. checksum.ts says which checksums are right. Unicast is no RFC's.
 */
export function receive(
  packet: Uint8Array,
  expected: Parameters,
  hearing: Hearing = SINGLE_PACKET,
): Received {
  const ip = decodeIp(packet);
  if (ip === undefined)
    return discard('ip-malformed', `${packet.length} octets are not a whole IP packet`, undefined);
  const wrong = ipFault(ip, expected);
  if (wrong !== undefined) return discard(...wrong, ip.source);
  const parts = takeApart(ip);
  if (parts === undefined)
    return discard('auth-header', 'no whole authentication header (AH) with 96 bits', ip.source);
  return judge(ip, parts, expected, hearing);
}

function judge(ip: IpPacket, parts: Parts, expected: Parameters, hearing: Hearing): Received {
  const advertisement = decodeAdvertisement(parts.message, ip.family);
  const refuse = (fault: Fault): Received => discard(...fault, ip.source, advertisement);
  if (advertisement === undefined) return refuse(['truncated', `${parts.message.length} octets of VRRP`]);
  const misfit = identityFault(advertisement, ip, expected) ?? formFault(advertisement, ip, parts, expected);
  if (misfit !== undefined) return refuse(misfit);
  const covered = checksummed(ip.family, parts);
  const checksumForm = findChecksumForm(advertisement.version, covered, ip.source, ip.destination);
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

function discard(
  reason: DiscardReason,
  detail: string,
  source: IpAddress | undefined,
  advertisement?: Advertisement,
): Received {
  return { kind: 'discard', reason, detail, source, advertisement };
}

function ipFault(ip: IpPacket, { addresses, unicast, primaryAddress }: Parameters): Fault | undefined {
  if (ip.fragment) return ['ip-malformed', 'a fragment, not a whole IP packet'];
  if (innerProtocol(ip) !== VRRP_PROTOCOL) return ['not-vrrp', protocolDetail(ip)];
  const place = unicast === undefined ? MULTICAST_GROUPS[familyOfRouter({ addresses })] : primaryAddress;
  if (ip.destination !== place) return ['destination', `sent to ${ip.destination}, not ${place}`];
  const word = ip.family === 4 ? 'TTL' : 'hop limit';
  if (unicast === undefined && ip.ttl !== VRRP_TTL) return ['ttl', `${word} ${ip.ttl}, must be ${VRRP_TTL}`];
  if (unicast !== undefined && ip.ttl < unicast.minimumTtl)
    return ['ttl', `${word} ${ip.ttl}, must be at least ${unicast.minimumTtl}`];
  return undefined;
}

function protocolDetail(ip: IpPacket): string {
  if (ip.family === 6)
    return `next header ${ip.protocol}: VRRP (${VRRP_PROTOCOL}) must follow the IPv6 header at once`;
  const inner = innerProtocol(ip);
  return `IP protocol ${ip.protocol}${inner === ip.protocol ? '' : ` around ${inner}`}`;
}

function identityFault(a: Advertisement, { source }: IpPacket, expected: Parameters): Fault | undefined {
  const { vrid, primaryAddress, unicast, version } = expected;
  if (a.vrid !== vrid) return ['vrid', `VRID ${a.vrid}, ours is ${vrid}`];
  if (source === primaryAddress) return ['own-address', `sent from our own address ${source}`];
  if (unicast?.checkSource === true && !unicast.peers.includes(source))
    return ['unknown-peer', `${source} is not among our unicast peers`];
  if (a.version !== version) return ['version', `version ${a.version}, ours is ${version}`];
  return undefined;
}

function formFault(
  a: Advertisement,
  { family }: IpPacket,
  { signed }: Parts,
  { authentication }: Parameters,
): Fault | undefined {
  if (a.type !== 1) return ['type', `type ${a.type}, must be 1`];
  if (a.count === 0) return ['no-addresses', 'count 0'];
  const length = messageLength(a.version, a.count, family);
  const trailing = signed.length === length + TRAILER_LENGTH;
  if (signed.length === length || (trailing && authentication.type === 'hmac')) return undefined;
  const hint = trailing ? '; an authentication trailer (auth_hmac) is as long as the rest' : '';
  return ['length', `${signed.length} octets, ${length} for ${a.count} addresses${hint}`];
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
  const [first] = a.addresses;
  if (first !== undefined && familyOf(first) === 6 && !isLinkLocal(first)) found.push('no-link-local-first');
  if (proof === 'none' && expected.authentication.type !== 'none') found.push('not-authenticated');
  return found;
}
