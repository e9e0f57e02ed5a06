/**
 * Follows one interface by name: whether it is up and running, its index, MAC and primary IPv4 address. An rtnetlink
 * event is a hint, upon which the state is read: so what is reported was true when it was read, however old the events
 * are or how many were lost. What a change means is decided elsewhere.
 */

import { isDeepStrictEqual } from 'node:util';
import { OperatingError } from '../lib/errors.ts';
import type { IpAddress } from '../lib/ip-address.ts';
import type { MacAddress } from '../lib/mac-address.ts';
import type { KernelAddress, RouteEvent, RouteNetlink } from './rtnetlink.ts';
import { RT_SCOPE_GLOBAL } from './rtnetlink-messages.ts';
import { oncePerTurn } from './turns.ts';

/** An interface as far as a virtual router cares. */
export interface LinkState {
  readonly index: number;
  /** Administratively up and running, carrier included. */
  readonly up: boolean;
  /** Undefined where the link layer has no Ethernet addresses. */
  readonly mac: MacAddress | undefined;
  /** The first global address that is not a leased virtual one: a permanent, Docker's, or DHCP's. */
  readonly primary: IpAddress | undefined;
}

export interface FollowInterfaceOptions {
  readonly netlink: RouteNetlink;
  readonly interfaceName: string;
  /** The virtual addresses of this node: with a finite lifetime they are never taken for the primary address. */
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
  let reported: LinkState | 'nothing' | undefined = 'nothing';

  const report = (): void => {
    if (!following) return;
    let state: LinkState | undefined;
    try {
      state = readState(netlink, interfaceName, virtualAddresses);
    } catch (thrown) {
      if (!(thrown instanceof OperatingError)) throw thrown;
      onError(thrown);
      return;
    }
    if (isDeepStrictEqual(state, reported)) return;
    reported = state;
    onLink(state);
  };
  const reportSoon = oncePerTurn(report);

  const unsubscribe = netlink.subscribe(event => {
    const index = typeof reported === 'object' ? reported.index : undefined;
    if (concerns(event, interfaceName, index, virtualAddresses)) reportSoon();
  });
  reportSoon();
  return () => {
    following = false;
    unsubscribe();
  };
}

function readState(
  netlink: RouteNetlink,
  interfaceName: string,
  virtualAddresses: ReadonlySet<IpAddress>,
): LinkState | undefined {
  const link = netlink.readLink(interfaceName);
  if (link === undefined) return undefined;
  const candidates = netlink
    .listAddresses()
    .filter(
      address =>
        address.interfaceIndex === link.index &&
        address.scope === RT_SCOPE_GLOBAL &&
        !isLeasedVirtual(address, virtualAddresses),
    );
  const primary = candidates.find(address => !address.secondary) ?? candidates[0];
  return { index: link.index, up: link.up && link.running, mac: link.mac, primary: primary?.address };
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
