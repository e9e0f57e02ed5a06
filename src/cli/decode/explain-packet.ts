/**
 * One packet as one JSON object: its fields, the checksum form it carries, how it is authenticated, and what a configured virtual
 * router would make of it: by itself, whatever came before it and whenever it was sent. Authentication data is a password and is
 * never part of it. Pure.
 */

import type { Config, RouterConfig } from '../../app/config/config.ts';
import { parametersOf } from '../../app/parameters.ts';
import { fromUint32, type IpAddress, parseIpAddress } from '../../lib/ip-address.ts';
import { formatDuration } from '../../lib/time.ts';
import {
  type Advertisement,
  decodeAdvertisement,
  decodeIpv4,
  type Ipv4Packet,
  innerProtocol,
  type Parts,
  takeApart,
  vridOf,
} from '../../vrrp/advertisement.ts';
import { isChecksumRight, VRRP_PROTOCOL } from '../../vrrp/checksum.ts';
import type { ChecksumForm } from '../../vrrp/parameters.ts';
import { receive } from '../../vrrp/receive.ts';
import type { Located } from './link-layer.ts';

/** A name and a configuration to judge packets by. */
export type Judge = readonly [name: string, router: RouterConfig];

/** The fields of a line of output, in order. */
export type Explanation = Readonly<Record<string, unknown>>;

/** No packet comes from it: a capture's packets are never "our own". */
const NOBODY = parseIpAddress('0.0.0.0') as IpAddress;

/** What there is to say about a packet; `judges` is empty where no configuration was given. */
export function explainPacket({ packet, vlans }: Located, judges: readonly Judge[]): Explanation {
  const ip = decodeIpv4(packet);
  return {
    ...(vlans.length > 0 ? { vlans } : {}),
    ...(ip === undefined
      ? { detail: `${packet.length} octets are not a whole IPv4 packet` }
      : { ip: ipFields(ip) }),
    ...(ip !== undefined && innerProtocol(ip) === VRRP_PROTOCOL ? vrrpFields(ip) : {}),
    ...judgement(packet, judges),
  };
}

/** For what is no IPv4 packet at all. */
export function explainOther(detail: string, judged: boolean): Explanation {
  return judged ? { verdict: 'discard', reason: 'not-vrrp', detail } : { detail };
}

function ipFields({ source, destination, ttl, protocol }: Ipv4Packet): Explanation {
  return { source, destination, ttl, protocol };
}

function vrrpFields(ip: Ipv4Packet): Explanation {
  const parts = takeApart(ip);
  if (parts === undefined) return { detail: 'no whole authentication header (AH) with 96 bits' };
  const advertisement = decodeAdvertisement(parts.message);
  if (advertisement === undefined)
    return { ...proofFields(parts), detail: `${parts.message.length} octets of VRRP` };
  const { version, type, vrid, priority, count, addresses, interval, checksum } = advertisement;
  return {
    ...proofFields(parts),
    vrrp: {
      version,
      type,
      vrid,
      priority,
      count,
      addresses,
      interval: formatDuration(interval),
      checksum: `0x${checksum.toString(16).padStart(4, '0')}`,
      ...(advertisement.authentication === undefined ? {} : { authType: advertisement.authentication.type }),
    },
    checksumForm: checksumForm(advertisement, ip, parts.message),
  };
}

/** Numbers of 64 bits are text: JSON has no room for them. */
function proofFields({ header, trailer }: Parts): Explanation {
  return {
    ...(header && { ah: { spi: fromUint32(header.spi), sequence: header.sequence } }),
    ...(trailer && {
      hmac: {
        keyId: trailer.keyId,
        sequence: trailer.sequence.toString(),
        signedAt: new Date(Number(trailer.sequence >> 32n) * 1_000).toISOString(),
      },
    }),
  };
}

/** `wrong` when the checksum is right in no form; a version 2 checksum has but one. */
function checksumForm(
  { version }: Advertisement,
  ip: Ipv4Packet,
  message: Uint8Array,
): ChecksumForm | 'wrong' {
  const forms: readonly ChecksumForm[] = version === 2 ? ['message-only'] : ['pseudo-header', 'message-only'];
  return forms.find(form => isChecksumRight(message, form, ip.source, ip.destination)) ?? 'wrong';
}

function judgement(packet: Uint8Array, judges: readonly Judge[]): Explanation {
  const vrid = vridOf(packet);
  const [name, router] = judges.find(([, router]) => router.vrid === vrid) ?? judges[0] ?? [];
  if (router === undefined) return {};
  const received = receive(packet, parametersOf(router, NOBODY, router.priority));
  return received.kind === 'accept'
    ? { router: name, verdict: 'accept', authentication: received.proof, oddities: received.oddities }
    : { router: name, verdict: 'discard', reason: received.reason, detail: received.detail };
}

/** The routers that judge: the named one, or all; undefined when there is none of that name. */
export function judgesOf(config: Config, name: string | undefined): readonly Judge[] | undefined {
  const all = Object.entries(config.vrrp);
  if (name === undefined) return all;
  const found = all.find(([known]) => known === name);
  return found === undefined ? undefined : [found];
}
