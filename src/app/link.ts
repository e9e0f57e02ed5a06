/**
 * One interface at work: the sockets bound to its index, and the virtual routers that live on it. It hands packets to
 * the router of their family and VRID, and tells all routers when the interface can be used or not.
 */

import { isDeepStrictEqual } from 'node:util';
import { OperatingError } from '../lib/errors.ts';
import { type Cidr, type Family, familyOf, type IpAddress } from '../lib/ip-address.ts';
import type { Logger } from '../lib/logger.ts';
import {
  type Admission,
  type Admissions,
  type AdvertReceiver,
  openAdvertReceiver,
  openAdvertReceiver6,
  VRRP_GROUP_6,
} from '../net/advert-receiver.ts';
import { followInterface, type LinkState } from '../net/links.ts';
import type { RouteNetlink } from '../net/rtnetlink.ts';
import { vridOf } from '../vrrp/advertisement.ts';
import { AUTHENTICATION_TYPES } from '../vrrp/authentication.ts';
import { VRRP_TTL } from '../vrrp/ip-packet.ts';
import { heldBy, type RouterConfig } from './config/config.ts';
import { type Footing, familyOfConfig, footingOn } from './footing.ts';
import { closeOutlet, type Outlet, type OutletPlace, openOutlet, sendBy } from './outlet.ts';
import type { Wire } from './router-runner.ts';

/** Packets handed over before a waiting runner goes on, at most: a whole receive buffer, but not a flood without end. */
const DRAIN_LIMIT = 1_024;

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
  readonly log: Logger;
}

/** A socket to receive by, and whom it hears. */
interface Receiving {
  readonly receiver: AdvertReceiver;
  readonly admissions: Admissions;
}

interface Wanted {
  readonly admissions: Admissions;
  readonly open: () => AdvertReceiver;
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
  #unfollow: () => void = () => {};
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

  /** Settles after the first reading of the interface; rejects when its sockets cannot be opened. */
  open(): Promise<void> {
    const { netlink, interfaceName, log } = this.#options;
    const virtualAddresses = this.#virtualAddresses;
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

  #changed(state: LinkState | undefined): OperatingError | undefined {
    this.#wasRead = true;
    this.#state = state;
    const footings = [...this.#tenants.values()].map(tenant => ({
      tenant,
      footing: footingOn(this.name, state, tenant.config),
    }));
    const failure = this.#reopen(
      state,
      footings.map(({ footing }) => footing.primary),
    );
    const { up = false, addresses = [] } = state ?? {};
    const fault = failure?.message;
    this.#options.log.info({ interface: this.name, up, addresses, fault }, 'interface read');
    for (const { tenant, footing } of footings)
      tenant.footingChanged({ ...footing, fault: footing.fault ?? fault });
    return failure;
  }

  #reopen(
    state: LinkState | undefined,
    primaries: readonly (IpAddress | undefined)[],
  ): OperatingError | undefined {
    // Sockets are bound to an index; an interface that was deleted and made again has another.
    if (state?.index !== this.#outlet?.index) this.#closeSockets();
    if (state === undefined) return undefined;
    try {
      this.#openOutlet(state);
      this.#openReceivers(state.index, primaries);
      return undefined;
    } catch (thrown) {
      if (!(thrown instanceof OperatingError)) throw thrown;
      this.#closeSockets();
      this.#options.log.error({ interface: this.name, code: thrown.code }, thrown.message);
      return thrown;
    }
  }

  /** What is sent in both families needs a sender for both; the former one goes when the new one is there. */
  #openOutlet({ index, mac }: LinkState): void {
    const families = new Set(this.#configs().map(familyOfConfig));
    const former = this.#outlet;
    if (former !== undefined && [...families].every(family => former.families.has(family))) {
      this.#outlet = { ...former, mac };
      return;
    }
    this.#outlet = openOutlet({ interfaceName: this.name, index, mac, families });
    if (former !== undefined) closeOutlet(former);
  }

  /** Opens what is missing and closes what nobody needs any more: over IPv6 each address that peers may send to has its socket. */
  #openReceivers(interfaceIndex: number, primaries: readonly (IpAddress | undefined)[]): void {
    const options = {
      interfaceName: this.name,
      interfaceIndex,
      onPacket: (packet: Uint8Array) => this.#dispatch(packet),
      onError: (error: OperatingError) => this.#receivingFailed(error),
    };
    const wanted = new Map<string, Wanted>();
    const want4 = (headed: boolean): void => {
      const admissions = admissionsOf(this.#configs(4).filter(({ auth }) => !headed || auth.type === 'ah'));
      const open = () => openAdvertReceiver({ ...options, admissions, headed });
      if (admissions.size > 0) wanted.set(`4 ${headed}`, { admissions, open });
    };
    want4(false);
    want4(true);
    const admissions = admissionsOf(this.#configs(6));
    const addresses = primaries.filter(address => address !== undefined).filter(isIpv6);
    for (const destination of admissions.size > 0 ? [VRRP_GROUP_6, ...addresses] : []) {
      const open = () => openAdvertReceiver6({ ...options, admissions, destination });
      wanted.set(`6 ${destination}`, { admissions, open });
    }
    for (const [key, { receiver }] of this.#receivers)
      if (!wanted.has(key)) this.#stopReceiving(key, receiver);
    for (const [key, want] of wanted) this.#receivers.set(key, this.#receiving(key, want));
  }

  #receiving(key: string, { admissions, open }: Wanted): Receiving {
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

const isIpv6 = (address: IpAddress): boolean => familyOf(address) === 6;

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

/** What the group is told must not have been forwarded (RFC 9568 §5.1.1.3); with unicast the setting decides. */
function admissionsOf(configs: readonly RouterConfig[]): Admissions {
  return new Map(
    configs.map(config => [
      config.vrid,
      {
        leastTtl: config.unicast?.minimumTtl ?? VRRP_TTL,
        version: config.version,
        ...admittedAuthentication(config),
      },
    ]),
  );
}

/** A header has a socket of its own, and proves more than a filter can look at. */
function admittedAuthentication({ version, auth }: RouterConfig): Pick<Admission, 'authentication'> {
  if (version === 3 || auth.type === 'ah') return {};
  const password = auth.type === 'pass' ? { password: new TextEncoder().encode(auth.password) } : {};
  return { authentication: { type: AUTHENTICATION_TYPES[auth.type], ...password } };
}
