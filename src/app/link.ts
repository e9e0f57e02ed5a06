/**
 * One interface at work: the sockets bound to its index, and the virtual routers that live on it. It hands packets to
 * the router of their family and VRID, and tells all routers when the interface can be used or not. What could not be opened or read is
 * tried again by the clock, and keeps those of its family in fault until then.
 */

import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../lib/clock.ts';
import { OperatingError } from '../lib/errors.ts';
import type { Cidr, Family, IpAddress } from '../lib/ip-address.ts';
import type { Logger } from '../lib/logger.ts';
import { seconds } from '../lib/time.ts';
import type { Admissions, AdvertReceiver } from '../net/advert-receiver.ts';
import { followInterface, type LinkState } from '../net/links.ts';
import type { RouteNetlink } from '../net/rtnetlink.ts';
import { vridOf } from '../vrrp/advertisement.ts';
import { heldBy, type RouterConfig } from './config/config.ts';
import { type Footing, familyOfConfig, footingOn } from './footing.ts';
import { type ReceiverOptions, type WantedReceiver, wantedReceivers } from './link-receivers.ts';
import { closeOutlet, type Outlet, type OutletPlace, openOutlet, sendBy } from './outlet.ts';
import type { Wire } from './router-runner.ts';

/** Packets handed over before a waiting runner goes on, at most: a whole receive buffer, but not a flood without end. */
const DRAIN_LIMIT = 1_024;

/** How long after a failure what failed is tried again. */
export const RETRY_AFTER = seconds(10);

const FAMILIES = [4, 6] as const satisfies readonly Family[];

/** What the link tells a virtual router. */
export interface LinkTenant {
  readonly config: RouterConfig;
  receive(packet: Uint8Array): void;
  footingChanged(footing: Footing): void;
  addressRemoved(address: IpAddress): void;
}

export interface LinkOptions {
  readonly interfaceName: string;
  readonly netlink: RouteNetlink;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A socket to receive by, and whom it hears. */
interface Receiving {
  readonly receiver: AdvertReceiver;
  readonly admissions: Admissions;
}

export class Link implements OutletPlace {
  readonly name: string;
  readonly #options: LinkOptions;
  /** By family and VRID: one VRID in both families names two routers (RFC 9568 §5.2.3). */
  readonly #tenants = new Map<number, LinkTenant>();
  /** Those of all tenants, and of former ones whose release is under way. */
  readonly #virtualAddresses = new Set<IpAddress>();
  #outlet: Outlet | undefined;
  /** By what sets their sockets apart. */
  readonly #receivers = new Map<string, Receiving>();
  #state: LinkState | undefined;
  #wasRead = false;
  /** The families whose sockets cannot be opened. */
  #failures: ReadonlyMap<Family, OperatingError> = new Map();
  #unfollow: () => void = () => {};
  #callOffRetry: () => void = () => {};
  #readers: (() => void)[] = [];
  readonly #drops = { foreignPackets: 0, receiveErrors: 0, unreadPackets: 0 };

  constructor(options: LinkOptions) {
    this.#options = options;
    this.name = options.interfaceName;
  }

  get index(): number | undefined {
    return this.#state?.index;
  }

  /**
   * Packets for a VRID that nobody here has; errors of the receiving sockets; packets for our VRIDs that nobody looked at, since too many
   * came at once.
   */
  get drops(): Readonly<Record<string, number>> {
    const unread = [...this.#receivers.values()].map(({ receiver }) => receiver.unread());
    const unreadPackets = unread.reduce((sum, each) => sum + each, this.#drops.unreadPackets);
    return { ...this.#drops, unreadPackets };
  }

  /** Takes effect with {@link open} or {@link refresh}. */
  join(tenant: LinkTenant): void {
    this.#tenants.set(keyOfTenant(tenant), tenant);
    this.#noteAddresses();
  }

  /** Takes effect with {@link refresh}. */
  leave(tenant: LinkTenant): void {
    if (this.#tenants.get(keyOfTenant(tenant)) === tenant) this.#tenants.delete(keyOfTenant(tenant));
  }

  get isDeserted(): boolean {
    return this.#tenants.size === 0;
  }

  /** Who lives here, or what they ask for, has changed: sockets and filters follow, and each tenant is told what it stands on. */
  refresh(): void {
    this.#noteAddresses();
    if (this.#wasRead) this.#changed(this.#state);
  }

  /** The releases of former tenants have ended: an address that no tenant names is one like any other again. */
  forgetAddresses(): void {
    this.#virtualAddresses.clear();
    this.#noteAddresses();
  }

  #noteAddresses(): void {
    for (const { address } of this.#configs().flatMap(heldBy)) this.#virtualAddresses.add(address);
  }

  /** Settles after the first reading of the interface; rejects when that failed, or one of its sockets cannot be opened. */
  open(): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#follow(failure => (failure === undefined ? resolve() : reject(failure))),
    );
  }

  #follow(told: (failure: OperatingError | undefined) => void): void {
    const { netlink, interfaceName, log } = this.#options;
    this.#unfollow();
    this.#unfollow = followInterface({
      netlink,
      interfaceName,
      virtualAddresses: this.#virtualAddresses,
      onLink: state => told(this.#changed(state)),
      onError: error => {
        log.error(
          { interface: interfaceName, code: error.code },
          `cannot read the interface: ${error.message}`,
        );
        told(error);
        this.#tryLater(() => this.#follow(told));
      },
    });
  }

  #tryLater(attempt: () => void): void {
    this.#callOffRetry();
    this.#callOffRetry = this.#options.clock.after(RETRY_AFTER, attempt);
  }

  close(): void {
    this.#callOffRetry();
    this.#unfollow();
    this.#closeSockets();
  }

  addressRemoved(cidr: Cidr, interfaceIndex: number): void {
    if (interfaceIndex !== this.#state?.index) return;
    for (const tenant of this.#tenants.values()) tenant.addressRemoved(cidr.address);
  }

  get outlet(): Outlet | undefined {
    return this.#outlet;
  }

  readonly wire: Wire = {
    send: sendBy(this),
    whenRead: callback => {
      this.#readers.push(callback);
      if (this.#readers.length === 1) setImmediate(() => this.#read());
    },
  };

  /** Reading happens in a turn of its own: a waiting runner may have asked from within the handling of a packet. */
  #read(): void {
    for (const { receiver } of this.#receivers.values()) receiver.drain(DRAIN_LIMIT);
    const readers = this.#readers;
    this.#readers = [];
    for (const reader of readers) reader();
  }

  /** What could not be opened first. */
  #changed(state: LinkState | undefined): OperatingError | undefined {
    this.#callOffRetry();
    this.#wasRead = true;
    this.#state = state;
    const footings = [...this.#tenants.values()].map(tenant => ({
      tenant,
      footing: footingOn(this.name, state, tenant.config),
    }));
    this.#reopen(
      state,
      footings.map(({ footing }) => footing.primary),
    );
    const { up = false, addresses = [] } = state ?? {};
    const fault = [...this.#failures.values()].map(({ message }) => message).join('; ') || undefined;
    this.#options.log.info({ interface: this.name, up, addresses, fault }, 'interface read');
    for (const { tenant, footing } of footings) {
      const failure = this.#failures.get(familyOfConfig(tenant.config));
      tenant.footingChanged({ ...footing, fault: footing.fault ?? failure?.message });
    }
    const [failure] = this.#failures.values();
    if (failure !== undefined) this.#tryLater(() => this.#changed(this.#state));
    return failure;
  }

  #reopen(state: LinkState | undefined, primaries: readonly (IpAddress | undefined)[]): void {
    // Sockets are bound to an index; an interface that was deleted and made again has another.
    if (state?.index !== this.#outlet?.index) this.#closeSockets();
    const failures = new Map<Family, OperatingError>();
    for (const family of FAMILIES) {
      const failure = state && this.#openFamily(state, family, primaries);
      if (failure !== undefined) failures.set(family, failure);
    }
    this.#failures = failures;
  }

  #openFamily(
    state: LinkState,
    family: Family,
    primaries: readonly (IpAddress | undefined)[],
  ): OperatingError | undefined {
    try {
      if (this.#configs(family).length > 0) this.#openOutlet(state, family);
      this.#openReceivers(state.index, family, primaries);
      return undefined;
    } catch (thrown) {
      if (!(thrown instanceof OperatingError)) throw thrown;
      this.#keepReceivers(family, new Set());
      if (thrown.message !== this.#failures.get(family)?.message)
        this.#options.log.error({ interface: this.name, code: thrown.code }, thrown.message);
      return thrown;
    }
  }

  /** What is sent in both families needs a sender for both; the former one goes when the new one is there. */
  #openOutlet({ index, mac }: LinkState, family: Family): void {
    const former = this.#outlet;
    if (former?.families.has(family)) {
      this.#outlet = { ...former, mac };
      return;
    }
    const families = new Set([...(former?.families ?? []), family]);
    this.#outlet = openOutlet({ interfaceName: this.name, index, mac, families });
    if (former !== undefined) closeOutlet(former);
  }

  /** Opens what is missing and closes what nobody needs any more. */
  #openReceivers(
    interfaceIndex: number,
    family: Family,
    primaries: readonly (IpAddress | undefined)[],
  ): void {
    const options: ReceiverOptions = {
      interfaceName: this.name,
      interfaceIndex,
      onPacket: (packet: Uint8Array) => this.#dispatch(packet),
      onError: (error: OperatingError) => this.#receivingFailed(error),
    };
    const wanted = wantedReceivers(family, this.#configs(family), primaries, options);
    this.#keepReceivers(family, new Set(wanted.keys()));
    for (const [key, want] of wanted) this.#receivers.set(key, this.#receiving(key, want));
  }

  #keepReceivers(family: Family, wanted: ReadonlySet<string>): void {
    for (const [key, { receiver }] of this.#receivers)
      if (key.startsWith(`${family} `) && !wanted.has(key)) this.#stopReceiving(key, receiver);
  }

  #receiving(key: string, { admissions, open }: WantedReceiver): Receiving {
    const present = this.#receivers.get(key);
    if (present === undefined) return { receiver: open(), admissions };
    if (isDeepStrictEqual(admissions, present.admissions)) return present;
    if (admits(present.receiver, admissions)) return { ...present, admissions };
    const receiver = open();
    this.#stopReceiving(key, present.receiver);
    return { receiver, admissions };
  }

  #stopReceiving(key: string, receiver: AdvertReceiver): void {
    this.#drops.unreadPackets += receiver.unread();
    receiver.close();
    this.#receivers.delete(key);
  }

  #configs(family?: Family): RouterConfig[] {
    const configs = [...this.#tenants.values()].map(({ config }) => config);
    return configs.filter(config => family === undefined || familyOfConfig(config) === family);
  }

  #receivingFailed(error: OperatingError): void {
    this.#drops.receiveErrors++;
    this.#options.log.warn({ interface: this.name, code: error.code }, `receiving failed: ${error.message}`);
  }

  #closeSockets(): void {
    for (const [key, { receiver }] of this.#receivers) this.#stopReceiving(key, receiver);
    if (this.#outlet !== undefined) closeOutlet(this.#outlet);
    this.#outlet = undefined;
  }

  #dispatch(packet: Uint8Array): void {
    const tenant = this.#tenants.get(tenantKey((packet[0] ?? 0) >>> 4, vridOf(packet) ?? 0));
    if (tenant === undefined) this.#drops.foreignPackets++;
    else tenant.receive(packet);
  }
}

/** Where a socket has little room for filters, both at a time may be too much: then another socket takes its place. */
function admits(receiver: AdvertReceiver, admissions: Admissions): boolean {
  try {
    receiver.admit(admissions);
    return true;
  } catch (thrown) {
    if (thrown instanceof OperatingError) return false;
    throw thrown;
  }
}

function keyOfTenant({ config }: LinkTenant): number {
  return tenantKey(familyOfConfig(config), config.vrid);
}

function tenantKey(family: number, vrid: number): number {
  return family * 256 + vrid;
}
