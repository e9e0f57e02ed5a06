/**
 * The interface that a virtual router speaks by and has its addresses on: adverts and announcements leave there. The
 * router's edges are made here. They ask for the outlet anew each time, since an interface may go, and come back as another.
 */

import { messageOf, OperatingError } from '../lib/errors.ts';
import { type Cidr, type Family, familyOf } from '../lib/ip-address.ts';
import type { MacAddress } from '../lib/mac-address.ts';
import { openPacketSocket, type PacketSocket } from '../native/packet-socket.ts';
import type { AddressTable } from '../net/addresses.ts';
import { type AdvertSender, openAdvertSender } from '../net/advert-sender.ts';
import { forwardsIpv6 } from '../net/forwarding.ts';
import { announcement } from '../vrrp/announce.ts';
import type { Claimant } from './claims.ts';
import type { Addresses, Announcer, Done, Wire } from './router-runner.ts';

/** An interface with open sockets to send by; they serve this index alone. */
export interface Outlet {
  readonly index: number;
  /** Undefined where the link layer has no Ethernet addresses. */
  readonly mac: MacAddress | undefined;
  readonly sender: AdvertSender;
  /** Those that the sender sends in. */
  readonly families: ReadonlySet<Family>;
  readonly packets: PacketSocket;
}

/** An interface by name, whether it is there or not. */
export interface OutletPlace {
  readonly name: string;
  /** Undefined while nothing can be sent there. */
  readonly outlet: Outlet | undefined;
}

export interface OutletOptions {
  readonly interfaceName: string;
  readonly index: number;
  readonly mac: MacAddress | undefined;
  /** Those of the adverts. */
  readonly families: ReadonlySet<Family>;
}

/**
 * Throws OperatingError: `EPERM` without the capability NET_RAW, `ENODEV` for an unknown interface, `EAFNOSUPPORT` for IPv6 in a
 * kernel without it.
 */
export function openOutlet({ interfaceName, index, mac, families }: OutletOptions): Outlet {
  const sender = openAdvertSender({ interfaceName, interfaceIndex: index, families });
  try {
    return { index, mac, sender, families, packets: openPacketSocket(index) };
  } catch (thrown) {
    sender.close();
    throw thrown;
  }
}

export function closeOutlet({ sender, packets }: Outlet): void {
  sender.close();
  packets.close();
}

export function sendBy(place: OutletPlace): Wire['send'] {
  return (packet, done) => {
    if (place.outlet === undefined) done(goneFrom(place));
    else place.outlet.sender.send(packet, done);
  };
}

/** What a master holds, as it is configured at the moment. */
export interface Holding {
  readonly vips: readonly Cidr[];
  /** An owner's addresses have no lease: they are its own. */
  readonly isOwner: boolean;
}

/**
 * The addresses of one virtual router. To acquire is to hold exactly what is wanted now: what was held and is wanted no longer goes,
 * unless another virtual router holds it by then.
 */
export function addressesOn(
  place: OutletPlace,
  wanted: () => Holding,
  table: AddressTable,
  claimant: Claimant,
): Addresses {
  let held: readonly Cidr[] = [];
  let heldOn: number | undefined;
  const letGo = (vips: readonly Cidr[], index: number, done: Done): void =>
    forAll(
      vips.filter(vip => claimant.leave(vip, index)),
      (vip, one) => table.release(vip, index, one),
      done,
    );
  return {
    acquire: (leaseSeconds, done) => {
      const { outlet } = place;
      if (outlet === undefined) return done(goneFrom(place));
      const { vips, isOwner } = wanted();
      // With an interface that went, its addresses went.
      if (heldOn !== undefined && heldOn !== outlet.index)
        for (const vip of held) claimant.leave(vip, heldOn);
      const former = heldOn === outlet.index ? held.filter(vip => !vips.some(one => isSame(one, vip))) : [];
      held = vips;
      heldOn = outlet.index;
      for (const vip of vips) claimant.take(vip, outlet.index);
      // What cannot be taken away is not renewed: its lease ends it.
      letGo(former, outlet.index, () => {});
      const lease = isOwner ? 'permanent' : leaseSeconds;
      forAll(vips, (vip, one) => table.hold(vip, outlet.index, lease, one), done);
    },
    release: done => {
      // To let go takes no socket: what is held goes, also where nothing can be sent any more.
      const index = heldOn ?? place.outlet?.index;
      if (index === undefined) return done();
      const all = held.length === 0 ? wanted().vips : held;
      held = [];
      heldOn = undefined;
      letGo(all, index, done);
    },
  };
}

/** As the kernel tells addresses apart. */
function isSame(one: Cidr, other: Cidr): boolean {
  const { address, prefixLength } = other;
  return one.address === address && (familyOf(address) === 6 || one.prefixLength === prefixLength);
}

/** `repeat`: frames for each address, every time. */
export function announcerOn(
  place: OutletPlace,
  wanted: () => { readonly vips: readonly Cidr[]; readonly repeat: number },
): Announcer {
  return {
    announce: done => {
      const { outlet } = place;
      if (outlet?.mac === undefined) return done(goneFrom(place));
      const { mac, packets } = outlet;
      const { vips, repeat } = wanted();
      try {
        const router = vips.some(({ address }) => familyOf(address) === 6) && forwardsIpv6(place.name);
        const frames = vips.map(({ address }) => announcement(address, mac, router));
        for (let round = 0; round < repeat; round++) for (const frame of frames) packets.send(frame);
        done();
      } catch (thrown) {
        done({ message: messageOf(thrown) });
      }
    },
  };
}

function goneFrom({ name }: OutletPlace): OperatingError {
  return new OperatingError('ENODEV', `interface ${name} cannot be used`, { interface: name });
}

/** Starts one request an address, side by side, and is done when all are; the first failure is the result. */
function forAll(vips: readonly Cidr[], start: (vip: Cidr, done: Done) => void, done: Done): void {
  if (vips.length === 0) {
    done();
    return;
  }
  let open = vips.length;
  let first: { readonly message: string } | undefined;
  for (const vip of vips) {
    start(vip, failure => {
      first ??= failure;
      open -= 1;
      if (open === 0) done(first);
    });
  }
}
