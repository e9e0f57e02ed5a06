/**
 * Follows one interface by name: whether it is up and running, its index, MAC and addresses. An rtnetlink
 * event is a hint, upon which the state is read: so what is reported was true when it was read, however old the events
 * are or how many were lost. What a change means is decided elsewhere.
 */

import { isDeepStrictEqual } from 'node:util';
import { OperatingError } from '../lib/errors.ts';
import { familyOf, type IpAddress } from '../lib/ip-address.ts';
import type { MacAddress } from '../lib/mac-address.ts';
import type { KernelAddress, KernelLink, RouteEvent, RouteNetlink } from './rtnetlink.ts';
import { RT_SCOPE_GLOBAL, RT_SCOPE_LINK } from './rtnetlink-messages.ts';
import { onceInAWhile } from './turns.ts';

/** An interface as far as a virtual router cares. */
export interface LinkState {
  readonly index: number;
  /** Administratively up and running, carrier included. */
  readonly up: boolean;
  /** Undefined where the link layer has no Ethernet addresses. */
  readonly mac: MacAddress | undefined;
  /**
   * Those that may be a source, in the order in which they came, secondary ones last: global ones, permanent, Docker's or DHCP's, and
   * link-local ones of IPv6; not the leased virtual ones, and none that the kernel does not use for fear of a duplicate.
   */
  readonly addresses: readonly IpAddress[];
  /** Those of every interface of this host, when this one was read. */
  readonly ofHost: ReadonlySet<IpAddress>;
}

export interface FollowInterfaceOptions {
  readonly netlink: RouteNetlink;
  readonly interfaceName: string;
  /** The virtual addresses of this node: with a finite lifetime they are not this host's own. */
  readonly virtualAddresses: ReadonlySet<IpAddress>;
  /** Called soon after the start, then at every change. Undefined while there is no such interface. */
  readonly onLink: (state: LinkState | undefined) => void;
  /** The state could not be read; the last one stands until the next event. */
  readonly onError: (error: OperatingError) => void;
}

/** The returned function stops following. */
export function followInterface(options: FollowInterfaceOptions): () => void {
  const { netlink, interfaceName, virtualAddresses, onLink, onError } = options;
  let following = true;
  let index: number | undefined;
  let reported: LinkState | 'nothing' | undefined = 'nothing';

  const read = async (): Promise<LinkState | undefined> => {
    const link = await netlink.readLink(interfaceName);
    // From here on: what happens to its addresses while they are read asks for another reading.
    index = link?.index;
    return link && stateOf(link, await netlink.listAddresses(), virtualAddresses);
  };
  const reportSoon = onceInAWhile(async () => {
    if (!following) return;
    let state: LinkState | undefined;
    try {
      state = await read();
    } catch (thrown) {
      if (!(thrown instanceof OperatingError)) throw thrown;
      if (following) onError(thrown);
      return;
    }
    if (!following || isDeepStrictEqual(state, reported)) return;
    reported = state;
    onLink(state);
  });

  const unsubscribe = netlink.subscribe(event => {
    if (concerns(event, interfaceName, index, virtualAddresses)) reportSoon();
  });
  reportSoon();
  return () => {
    following = false;
    unsubscribe();
  };
}

function stateOf(
  link: KernelLink,
  addresses: readonly KernelAddress[],
  virtualAddresses: ReadonlySet<IpAddress>,
): LinkState {
  const own = addresses.filter(address => !isLeasedVirtual(address, virtualAddresses));
  const sources = own.filter(address => address.interfaceIndex === link.index && isSource(address));
  const here = [...sources.filter(isIpv4), ...sources.filter(isIpv6).reverse()];
  const inOrder = [
    ...here.filter(({ secondary }) => !secondary),
    ...here.filter(({ secondary }) => secondary),
  ];
  return {
    index: link.index,
    up: link.up && link.running,
    mac: link.mac,
    addresses: inOrder.map(({ address }) => address),
    ofHost: new Set(own.map(({ address }) => address)),
  };
}

const isIpv4 = ({ address }: KernelAddress): boolean => familyOf(address) === 4;
/** The kernel lists the newest first, and a new address must not become the source. */
const isIpv6 = ({ address }: KernelAddress): boolean => familyOf(address) === 6;

function isSource({ address, scope, tentative }: KernelAddress): boolean {
  const inScope = scope === RT_SCOPE_GLOBAL || (scope === RT_SCOPE_LINK && familyOf(address) === 6);
  return inScope && !tentative;
}

/** Leases are renewed all the time, and never change the state. */
function concerns(
  event: RouteEvent,
  name: string,
  index: number | undefined,
  virtualAddresses: ReadonlySet<IpAddress>,
): boolean {
  switch (event.kind) {
    case 'resync':
      return true;
    case 'link':
    case 'link-gone':
      return event.link.name === name || event.link.index === index;
    case 'address':
      return event.address.interfaceIndex === index && !isLeasedVirtual(event.address, virtualAddresses);
    case 'address-gone':
      return event.address.interfaceIndex === index;
  }
}

function isLeasedVirtual(
  { address, validSeconds }: KernelAddress,
  virtualAddresses: ReadonlySet<IpAddress>,
): boolean {
  return validSeconds !== undefined && virtualAddresses.has(address);
}
