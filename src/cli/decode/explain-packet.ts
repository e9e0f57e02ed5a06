/**
 * One packet as one JSON object: its fields, the checksum form it carries, how it is authenticated, and what a configured virtual
 * router would make of it: by itself, whatever came before it and whenever it was sent. Authentication data is a password and is
 * never part of it. Pure.
 */

import type { Config, RouterConfig } from '../../app/config/config.ts';
import { familyOfConfig } from '../../app/footing.ts';
import { parametersOf, type Standpoint, standpointOf } from '../../app/parameters.ts';
import { uint8At } from '../../lib/bytes.ts';
import { fromUint32, type IpAddress } from '../../lib/ip-address.ts';
import { type MacAddress, macAddressBytes } from '../../lib/mac-address.ts';
import { formatDuration } from '../../lib/time.ts';
import {
  checksummed,
  decodeAdvertisement,
  innerProtocol,
  type Parts,
  takeApart,
  vridOf,
} from '../../vrrp/advertisement.ts';
import { findChecksumForm } from '../../vrrp/checksum.ts';
import { decodeIp, familyOfPacket, type IpPacket, VRRP_PROTOCOL } from '../../vrrp/ip-packet.ts';
import type { ChecksumForm } from '../../vrrp/parameters.ts';
import { type Oddity, receive } from '../../vrrp/receive.ts';
import { virtualMac } from '../../vrrp/virtual-mac.ts';
import { type Located, locateIp } from './link-layer.ts';

/** A name and a configuration to judge packets by. */
export type Judge = readonly [name: string, router: RouterConfig];

type IpFields = Pick<IpPacket, 'source' | 'destination' | 'ttl' | 'protocol'>;

/** What there is to say about a packet: as JSON, fields that are not there are left out; as words, `words.ts`. */
export interface Explanation {
  /** Outermost first. */
  readonly vlans?: readonly number[];
  readonly virtualMac?: MacAddress;
  readonly ip?: IpFields;
  readonly ah?: { readonly spi: IpAddress; readonly sequence: number };
  readonly hmac?: { readonly keyId: number; readonly sequence: string; readonly signedAt: string };
  readonly vrrp?: {
    readonly version: number;
    readonly type: number;
    readonly vrid: number;
    readonly priority: number;
    readonly count: number;
    readonly addresses: readonly IpAddress[];
    readonly interval: string;
    readonly checksum: string;
    readonly authType?: number;
  };
  readonly checksumForm?: ChecksumForm | 'wrong';
  /** The virtual router that judges. */
  readonly router?: string | undefined;
  readonly verdict?: 'accept' | 'discard';
  readonly authentication?: string;
  readonly oddities?: readonly Oddity[];
  readonly reason?: string;
  /** Why it cannot be read, or is dropped. */
  readonly detail?: string;
}

/** What there is to say about a packet; `judges` is empty where no configuration was given. */
export function explainPacket({ packet, vlans, sender }: Located, judges: readonly Judge[]): Explanation {
  const ip = decodeIp(packet);
  return {
    ...(vlans.length > 0 ? { vlans } : {}),
    ...(sender !== undefined && isVirtual(sender) ? { virtualMac: sender } : {}),
    ...(ip === undefined
      ? { detail: `${packet.length} octets are not a whole IP packet` }
      : { ip: ipFields(ip), ...payloadFields(ip) }),
    ...judgement(packet, judges),
  };
}

/** The same for a frame of a link type (LINKTYPE_ value) that {@link locateIp} knows. */
export function explainFrame(
  { linkType, bytes }: { readonly linkType: number; readonly bytes: Uint8Array },
  judges: readonly Judge[],
): Explanation {
  const located = locateIp(linkType, bytes);
  return located.ok ? explainPacket(located.value, judges) : explainOther(located.error, judges.length > 0);
}

/** For what is no IP packet at all. */
function explainOther(detail: string, judged: boolean): Explanation {
  return judged ? { verdict: 'discard', reason: 'not-vrrp', detail } : { detail };
}

/** Whether an Ethernet address is that of some virtual router (RFC 9568 §7.3). */
function isVirtual(mac: MacAddress): boolean {
  const vrid = uint8At(macAddressBytes(mac), 5);
  return mac === virtualMac(4, vrid) || mac === virtualMac(6, vrid);
}

function payloadFields(ip: IpPacket): Explanation {
  if (ip.fragment) return { detail: 'a fragment of a packet, which cannot be read without the others' };
  return innerProtocol(ip) === VRRP_PROTOCOL ? vrrpFields(ip) : {};
}

function ipFields({ source, destination, ttl, protocol }: IpPacket): IpFields {
  return { source, destination, ttl, protocol };
}

function vrrpFields(ip: IpPacket): Explanation {
  const parts = takeApart(ip);
  if (parts === undefined) return { detail: 'no whole authentication header (AH) with 96 bits' };
  const advertisement = decodeAdvertisement(parts.message, ip.family);
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
    checksumForm:
      findChecksumForm(version, checksummed(ip.family, parts), ip.source, ip.destination) ?? 'wrong',
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

function judgement(packet: Uint8Array, judges: readonly Judge[]): Explanation {
  const vrid = vridOf(packet);
  const family = familyOfPacket(packet);
  const meant = judges.find(([, router]) => router.vrid === vrid && familyOfConfig(router) === family);
  const [name, router] = meant ?? judges[0] ?? [];
  if (router === undefined) return {};
  const received = receive(packet, parametersOf(router, standpointFor(packet, router), router.priority));
  return received.kind === 'accept'
    ? { router: name, verdict: 'accept', authentication: received.proof, oddities: received.oddities }
    : { router: name, verdict: 'discard', reason: received.reason, detail: received.detail };
}

/** A capture's packets are never "our own", and what goes to one address is for us. */
function standpointFor(packet: Uint8Array, router: RouterConfig): Standpoint {
  const standpoint = standpointOf(router);
  const destination = decodeIp(packet)?.destination;
  if (router.unicast === undefined || destination === undefined) return standpoint;
  return { ...standpoint, primary: destination };
}

/** The routers that judge: the named one, or all; undefined when there is none of that name. */
export function judgesOf(config: Config, name: string | undefined): readonly Judge[] | undefined {
  const all = Object.entries(config.vrrp);
  if (name === undefined) return all;
  const found = all.find(([known]) => known === name);
  return found === undefined ? undefined : [found];
}
