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
import type { Addresses, Announcer, Done, Wire } from './router-runner.ts';

/** An interface with open sockets to send by; they serve this index alone. */
export interface Outlet {
  readonly index: number;
  /** Undefined where the link layer has no Ethernet addresses. */
  readonly mac: MacAddress | undefined;
  readonly sender: AdvertSender;
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
    return { index, mac, sender, packets: openPacketSocket(index) };
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

/** An owner's addresses have no lease: they are its own. */
export function addressesOn(
  place: OutletPlace,
  vips: readonly Cidr[],
  isOwner: boolean,
  table: AddressTable,
): Addresses {
  return {
    acquire: (leaseSeconds, done) => {
      const { outlet } = place;
      if (outlet === undefined) done(goneFrom(place));
      else {
        const lease = isOwner ? 'permanent' : leaseSeconds;
        forAll(vips, (vip, one) => table.hold(vip, outlet.index, lease, one), done);
      }
    },
    release: done => {
      const { outlet } = place;
      if (outlet === undefined) done();
      else forAll(vips, (vip, one) => table.release(vip, outlet.index, one), done);
    },
  };
}

/** `repeat`: frames for each address, every time. */
export function announcerOn(place: OutletPlace, vips: readonly Cidr[], repeat: number): Announcer {
  return {
    announce: done => {
      const { outlet } = place;
      if (outlet?.mac === undefined) return done(goneFrom(place));
      const { mac, packets } = outlet;
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
