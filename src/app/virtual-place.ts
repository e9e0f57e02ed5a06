/**
 * Where a virtual router lives that has a MAC of its own: its addresses on a macvlan, its announcements and adverts from that MAC,
 * while what it hears comes by the link below, as ever. Frames leave by the link below too, which has them on the wire before the
 * macvlan is up: a takeover's first advert waits for nobody.
 */

import type { VmacStatus } from '../control/status.ts';
import type { Clock } from '../lib/clock.ts';
import { messageOf, OperatingError } from '../lib/errors.ts';
import { type Cidr, contains, familyOf, isLinkLocal, longestPrefix } from '../lib/ip-address.ts';
import type { Logger } from '../lib/logger.ts';
import type { MacAddress } from '../lib/mac-address.ts';
import type { AddressTable } from '../net/addresses.ts';
import type { AdvertSender } from '../net/advert-sender.ts';
import type { ArpRestraint } from '../net/arp-restraint.ts';
import type { LinkNetlink, RouteNetlink } from '../net/rtnetlink.ts';
import { type ParentLink, VirtualLink } from '../net/virtual-link.ts';
import { priorityOf } from '../vrrp/advertisement.ts';
import { OWNER_PRIORITY, RESIGN_PRIORITY } from '../vrrp/parameters.ts';
import { multicastFrame, virtualMac } from '../vrrp/virtual-mac.ts';
import type { Claims } from './claims.ts';
import { heldBy, type RouterConfig, type VmacConfig } from './config/config.ts';
import { type Footing, familyOfConfig } from './footing.ts';
import { type Link, type LinkTenant, RETRY_AFTER } from './link.ts';
import { addressesOn, announcerOn, type Outlet, type OutletPlace, sendBy } from './outlet.ts';
import type { Addresses, Announcer, Done, Wire } from './router-runner.ts';

/** What all of them share. */
export interface VirtualSurroundings {
  readonly netlink: RouteNetlink & LinkNetlink;
  readonly restraint: ArpRestraint;
  readonly addresses: AddressTable;
  readonly claims: Claims;
  /** Which daemon the macvlans belong to. */
  readonly owner: string;
  readonly clock: Clock;
  readonly log: Logger;
}

export class VirtualPlace implements OutletPlace {
  readonly name: string;
  readonly mac: MacAddress;
  readonly #link: Link;
  #config: RouterConfig;
  readonly #advertiseFrom: VmacConfig['advertiseFrom'];
  readonly #surroundings: VirtualSurroundings;
  readonly #virtual: VirtualLink;
  readonly #kernel: Addresses;
  #guest: LinkTenant | undefined;
  #footing: Footing | undefined;
  #trouble: string | undefined;
  #held: readonly Cidr[];
  #settling: Promise<void> = Promise.resolve();
  #callOffRetry: () => void = () => {};
  #closed = false;

  constructor(link: Link, config: RouterConfig, vmac: VmacConfig, surroundings: VirtualSurroundings) {
    this.name = vmac.interface;
    this.mac = virtualMac(familyOfConfig(config), config.vrid);
    this.#link = link;
    this.#config = config;
    this.#advertiseFrom = vmac.advertiseFrom;
    this.#surroundings = surroundings;
    this.#held = heldBy(config);
    const { netlink, restraint, owner, addresses, claims } = surroundings;
    const holding = () => ({ vips: this.#held, isOwner: this.#config.priority === OWNER_PRIORITY });
    this.#kernel = addressesOn(this, holding, addresses, claims.claimant());
    this.#virtual = new VirtualLink({
      netlink,
      restraint,
      owner,
      name: this.name,
      mac: this.mac,
      families: new Set(this.#held.map(({ address }) => familyOf(address))),
      onDisturbed: () => this.#disturbed(),
      onWarning: warning => surroundings.log.warn({ interface: this.name }, warning),
    });
  }

  status(): VmacStatus {
    const { index, isRaised } = this.#virtual;
    return { interface: this.name, mac: this.mac, present: index !== undefined, up: isRaised };
  }

  get outlet(): Outlet | undefined {
    const below = this.#link.outlet;
    const { index } = this.#virtual;
    if (below === undefined || index === undefined) return undefined;
    return { ...below, index, mac: this.mac, sender: this.#sender };
  }

  get wire(): Wire {
    return { send: sendBy(this), whenRead: this.#link.wire.whenRead };
  }

  readonly addresses: Addresses = {
    acquire: (leaseSeconds, done) => {
      this.#raise().then(() => this.#kernel.acquire(leaseSeconds, done), failWith(done));
    },
    release: done => {
      this.#kernel.release(failure => {
        this.#virtual.lower().then(() => done(failure), failWith(done));
      });
    },
  };

  get announcer(): Announcer {
    return announcerOn(this, () => ({ vips: heldBy(this.#config), repeat: this.#config.announce.repeat }));
  }

  /** The router as the link below sees it: what the link says of itself goes through here. */
  house(guest: LinkTenant): LinkTenant {
    this.#guest = guest;
    return {
      config: guest.config,
      receive: packet => guest.receive(packet),
      footingChanged: footing => {
        this.#footing = footing;
        this.#settle();
      },
      addressRemoved: () => {},
    };
  }

  /** Other addresses of the same families, or how they are announced; takes effect when the link below is refreshed. */
  reconfigure(config: RouterConfig): void {
    this.#config = config;
  }

  /** Resolves once the macvlan was made, or could not be. */
  async settled(): Promise<void> {
    await this.#settling;
  }

  /** An address that it held has left the kernel, perhaps with its interface. */
  async addressRemoved(cidr: Cidr, interfaceIndex: number): Promise<void> {
    if (interfaceIndex !== this.#virtual.index) return;
    // With its interface, perhaps with the one below: first see what there is to hold it on.
    if (!(await this.#virtual.verify().catch(() => true))) return this.#disturbed();
    await this.#settling;
    this.#guest?.addressRemoved(cidr.address);
  }

  /** Takes the macvlan away; the router has stopped. Rejects with OperatingError. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#callOffRetry();
    await this.#settling;
    await this.#virtual.remove();
  }

  async #raise(): Promise<void> {
    const parent = this.#parent();
    if (parent !== undefined) await this.#virtual.make(parent);
    await this.#virtual.raise();
  }

  #parent(): ParentLink | undefined {
    const { name, index } = this.#link;
    return index === undefined ? undefined : { name, index };
  }

  /** Makes the macvlan where there is something to make it on, and tells the router what it stands on then. */
  #settle(): void {
    const settle = async (): Promise<void> => {
      const parent = this.#parent();
      if (this.#closed || this.#footing === undefined) return;
      this.#trouble = parent && (await this.#tryToMake(parent));
      this.#guest?.footingChanged({
        ...this.#footing,
        fault: this.#footing.fault ?? this.#trouble,
      });
    };
    this.#settling = this.#settling.then(settle);
  }

  async #tryToMake(parent: ParentLink): Promise<string | undefined> {
    this.#callOffRetry();
    try {
      await this.#virtual.make(parent);
      this.#held = await this.#asHeldOn(parent);
      return undefined;
    } catch (thrown) {
      if (!(thrown instanceof OperatingError)) throw thrown;
      const { log, clock } = this.#surroundings;
      if (thrown.message !== this.#trouble)
        log.error({ interface: this.name, code: thrown.code }, thrown.message);
      this.#callOffRetry = clock.after(RETRY_AFTER, () => this.#settle());
      return thrown.message;
    }
  }

  /**
   * With no more than itself for its network where the interface below has that network: else there would be two routes to it, and
   * the order in which the interfaces came up would choose.
   */
  async #asHeldOn(parent: ParentLink): Promise<readonly Cidr[]> {
    const vips = heldBy(this.#config);
    const networks = (await this.#surroundings.netlink.listAddresses()).filter(
      ({ interfaceIndex, address }) =>
        interfaceIndex === parent.index && !vips.some(vip => vip.address === address),
    );
    return vips.map(vip => {
      const isBelow = networks.some(network => contains(network, vip.address)) && !isLinkLocal(vip.address);
      return isBelow ? { ...vip, prefixLength: longestPrefix(familyOf(vip.address)) } : vip;
    });
  }

  #disturbed(): void {
    if (this.#closed) return;
    const { log } = this.#surroundings;
    log.warn({ interface: this.name }, 'somebody deleted the interface or took it down');
    this.#settle();
    const [vip] = this.#held;
    void this.#settling.then(() => vip && this.#guest?.addressRemoved(vip.address));
  }

  /** A resignation after the addresses are gone leaves from the MAC below: the other one would still draw frames here. */
  readonly #sender: AdvertSender = {
    send: (packet, done) => {
      const below = this.#link.outlet;
      const isGone = priorityOf(packet) === RESIGN_PRIORITY && !this.#virtual.isRaised;
      if (this.#advertiseFrom === 'base' || isGone) return below?.sender.send(packet, done);
      let failure: OperatingError | undefined;
      try {
        below?.packets.send(multicastFrame(packet, this.mac));
      } catch (thrown) {
        failure = new OperatingError('frame', messageOf(thrown), { interface: this.name }, thrown);
      }
      setImmediate(() => done(failure));
    },
    close: () => {},
  };
}

function failWith(done: Done): (thrown: unknown) => void {
  return thrown => done({ message: messageOf(thrown) });
}
