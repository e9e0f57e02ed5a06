/**
 * One interface at work: the sockets bound to its index, and the virtual routers that live on it. It hands packets to
 * the router of their VRID, gives each router its edges, and tells all of them when the interface can be used or not.
 */

import { messageOf, OperatingError } from '../lib/errors.ts';
import type { Cidr, IpAddress } from '../lib/ip-address.ts';
import type { Logger } from '../lib/logger.ts';
import { openPacketSocket, type PacketSocket } from '../native/packet-socket.ts';
import type { AddressTable } from '../net/addresses.ts';
import { type AdvertReceiver, openAdvertReceiver } from '../net/advert-receiver.ts';
import { type AdvertSender, openAdvertSender } from '../net/advert-sender.ts';
import { followInterface, type LinkState } from '../net/links.ts';
import type { RouteNetlink } from '../net/rtnetlink.ts';
import { vridOf } from '../vrrp/advertisement.ts';
import { gratuitousArp } from '../vrrp/announce.ts';
import type { Footing } from './router.ts';
import type { Addresses, Announcer, Done, Wire } from './router-runner.ts';

/** Packets handed over before a waiting runner goes on, at most: a whole receive buffer, but not a flood without end. */
const DRAIN_LIMIT = 1_024;

/** What the link tells a virtual router. */
export interface LinkTenant {
  readonly vrid: number;
  receive(packet: Uint8Array): void;
  footingChanged(footing: Footing): void;
  addressRemoved(address: IpAddress): void;
}

export interface LinkOptions {
  readonly interfaceName: string;
  readonly vrids: ReadonlySet<number>;
  /** Those whose advertisements come in authentication headers. */
  readonly headedVrids: ReadonlySet<number>;
  readonly virtualAddresses: ReadonlySet<IpAddress>;
  readonly netlink: RouteNetlink;
  readonly addresses: AddressTable;
  readonly log: Logger;
}

interface Sockets {
  readonly index: number;
  readonly receivers: readonly AdvertReceiver[];
  readonly sender: AdvertSender;
  readonly packets: PacketSocket;
}

export class Link {
  readonly name: string;
  readonly #options: LinkOptions;
  readonly #tenants = new Map<number, LinkTenant>();
  #sockets: Sockets | undefined;
  #state: LinkState | undefined;
  #unfollow: () => void = () => {};
  #readers: (() => void)[] = [];
  /** Packets for a VRID that nobody here has, and errors of the receiving socket. */
  readonly drops = { foreignPackets: 0, receiveErrors: 0 };

  constructor(options: LinkOptions) {
    this.#options = options;
    this.name = options.interfaceName;
  }

  get index(): number | undefined {
    return this.#state?.index;
  }

  join(tenant: LinkTenant): void {
    this.#tenants.set(tenant.vrid, tenant);
  }

  /** Settles after the first reading of the interface; rejects when its sockets cannot be opened. */
  open(): Promise<void> {
    const { netlink, interfaceName, virtualAddresses, log } = this.#options;
    return new Promise((resolve, reject) => {
      this.#unfollow = followInterface({
        netlink,
        interfaceName,
        virtualAddresses,
        onLink: state => {
          const failure = this.#changed(state);
          if (failure === undefined) resolve();
          else reject(failure);
        },
        onError: error => {
          log.error(
            { interface: interfaceName, code: error.code },
            `cannot read the interface: ${error.message}`,
          );
          reject(error);
        },
      });
    });
  }

  close(): void {
    this.#unfollow();
    this.#closeSockets();
  }

  addressRemoved(cidr: Cidr, interfaceIndex: number): void {
    if (interfaceIndex !== this.#state?.index) return;
    for (const tenant of this.#tenants.values()) tenant.addressRemoved(cidr.address);
  }

  readonly wire: Wire = {
    send: (packet, done) => {
      if (this.#sockets === undefined) done(this.#gone());
      else this.#sockets.sender.send(packet, done);
    },
    whenRead: callback => {
      this.#readers.push(callback);
      if (this.#readers.length === 1) setImmediate(() => this.#read());
    },
  };

  addressesOf(vips: readonly Cidr[]): Addresses {
    const { addresses } = this.#options;
    return {
      acquire: (leaseSeconds, done) => {
        const index = this.index;
        if (index === undefined) done(this.#gone());
        else forAll(vips, (vip, one) => addresses.hold(vip, index, leaseSeconds, one), done);
      },
      release: done => {
        const index = this.index;
        if (index === undefined) done();
        else forAll(vips, (vip, one) => addresses.release(vip, index, one), done);
      },
    };
  }

  announcerOf(vips: readonly Cidr[]): Announcer {
    return {
      announce: done => {
        const { mac } = this.#state ?? {};
        if (this.#sockets === undefined || mac === undefined) return done(this.#gone());
        try {
          for (const { address } of vips) this.#sockets.packets.send(gratuitousArp(address, mac));
          done();
        } catch (thrown) {
          done({ message: messageOf(thrown) });
        }
      },
    };
  }

  #gone(): OperatingError {
    return new OperatingError('ENODEV', `interface ${this.name} cannot be used`, { interface: this.name });
  }

  /** Reading happens in a turn of its own: a waiting runner may have asked from within the handling of a packet. */
  #read(): void {
    for (const receiver of this.#sockets?.receivers ?? []) receiver.drain(DRAIN_LIMIT);
    const readers = this.#readers;
    this.#readers = [];
    for (const reader of readers) reader();
  }

  #changed(state: LinkState | undefined): OperatingError | undefined {
    const failure = this.#reopen(state);
    this.#state = state;
    const footing: Footing = {
      fault: this.#faultOf(state) ?? failure?.message,
      primary: state?.primary,
    };
    this.#options.log.info(
      { interface: this.name, up: state?.up ?? false, primary: state?.primary, fault: footing.fault },
      'interface read',
    );
    for (const tenant of this.#tenants.values()) tenant.footingChanged(footing);
    return failure;
  }

  #faultOf(state: LinkState | undefined): string | undefined {
    if (state === undefined) return `interface ${this.name} is gone`;
    if (!state.up) return `interface ${this.name} is down`;
    return state.mac === undefined ? `interface ${this.name} is not an Ethernet` : undefined;
  }

  /** Sockets are bound to an index; an interface that was deleted and made again has another. */
  #reopen(state: LinkState | undefined): OperatingError | undefined {
    if (state?.index === this.#sockets?.index) return undefined;
    this.#closeSockets();
    if (state === undefined) return undefined;
    try {
      this.#sockets = this.#openSockets(state.index);
      return undefined;
    } catch (thrown) {
      if (!(thrown instanceof OperatingError)) throw thrown;
      this.#options.log.error({ interface: this.name, code: thrown.code }, thrown.message);
      return thrown;
    }
  }

  #openSockets(index: number): Sockets {
    const { vrids, headedVrids } = this.#options;
    const where = { interfaceName: this.name, interfaceIndex: index };
    const opened: { close(): void }[] = [];
    const keep = <T extends { close(): void }>(socket: T): T => {
      opened.push(socket);
      return socket;
    };
    try {
      const sender = keep(openAdvertSender(where));
      const packets = keep(openPacketSocket(index));
      const listener = {
        ...where,
        onPacket: (packet: Uint8Array) => this.#dispatch(packet),
        onError: (error: OperatingError) => this.#receivingFailed(error),
      };
      const receivers = [keep(openAdvertReceiver({ ...listener, vrids }))];
      if (headedVrids.size > 0)
        receivers.push(keep(openAdvertReceiver({ ...listener, vrids: headedVrids, headed: true })));
      return { index, sender, packets, receivers };
    } catch (thrown) {
      for (const socket of opened) socket.close();
      throw thrown;
    }
  }

  #receivingFailed(error: OperatingError): void {
    this.drops.receiveErrors++;
    this.#options.log.warn({ interface: this.name, code: error.code }, `receiving failed: ${error.message}`);
  }

  #closeSockets(): void {
    const sockets = this.#sockets;
    this.#sockets = undefined;
    for (const receiver of sockets?.receivers ?? []) receiver.close();
    sockets?.sender.close();
    sockets?.packets.close();
  }

  #dispatch(packet: Uint8Array): void {
    const tenant = this.#tenants.get(vridOf(packet) ?? 0);
    if (tenant === undefined) this.drops.foreignPackets++;
    else tenant.receive(packet);
  }
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
