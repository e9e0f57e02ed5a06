/**
 * Follows one interface by name: whether it is up and running, its index, MAC and primary IPv4 address, through
 * rtnetlink events after an initial reading; lost events lead to a new reading. What a change means is decided elsewhere.
 */

import { isDeepStrictEqual } from 'node:util';
import type { OperatingError } from '../lib/errors.ts';
import { formatCidr, type IpAddress } from '../lib/ip-address.ts';
import type { MacAddress } from '../lib/mac-address.ts';
import type { KernelAddress, KernelLink, RouteEvent, RouteNetlink } from './rtnetlink.ts';
import { RT_SCOPE_GLOBAL } from './rtnetlink-messages.ts';

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
  /** Called once after the initial reading, then at every change. Undefined while there is no such interface. */
  readonly onLink: (state: LinkState | undefined) => void;
  /** A reading failed; the last known state stands until the next event. */
  readonly onError: (error: OperatingError) => void;
}

/** What is known of the interface; the addresses in the kernel's order. */
interface Picture {
  link: KernelLink | undefined;
  addresses: Map<string, KernelAddress>;
}

/** The returned function stops following. */
export function followInterface(options: FollowInterfaceOptions): () => void {
  const { netlink, interfaceName, onLink } = options;
  let picture: Picture = { link: undefined, addresses: new Map() };
  let reported: LinkState | 'nothing' | undefined = 'nothing';
  let phase: 'following' | 'reading' | 'outdated' | 'closed' = 'following';

  const report = (): void => {
    const state = stateOf(picture, options.virtualAddresses);
    if (isDeepStrictEqual(state, reported)) return;
    reported = state;
    onLink(state);
  };
  const read = (): void => {
    phase = 'reading';
    readPicture(netlink, interfaceName).then(settleReading, failReading);
  };
  const settleReading = (fresh: Picture): void => {
    if (phase === 'closed') return;
    const outdated = phase === 'outdated';
    phase = 'following';
    picture = fresh;
    // What changed during the reading may be in it or not.
    if (outdated) read();
    report();
  };
  const failReading = (error: OperatingError): void => {
    if (phase === 'closed') return;
    phase = 'following';
    options.onError(error);
  };

  const unsubscribe = netlink.subscribe(event => {
    if (phase !== 'following') phase = 'outdated';
    else if (apply(event, picture, interfaceName)) report();
    else read();
  });
  read();
  return () => {
    phase = 'closed';
    unsubscribe();
  };
}

async function readPicture(netlink: RouteNetlink, name: string): Promise<Picture> {
  const [link, all] = await Promise.all([netlink.readLink(name), netlink.listAddresses()]);
  const own = all.filter(address => address.interfaceIndex === link?.index);
  return { link, addresses: new Map(own.map(address => [formatCidr(address), address])) };
}

/** Brings the picture up to date; false when the event does not tell enough and it must be read again. */
function apply(event: RouteEvent, picture: Picture, name: string): boolean {
  switch (event.kind) {
    case 'resync':
      return false;
    case 'link':
      return applyLink(event.link, picture, name);
    case 'link-gone':
      if (event.link.index === picture.link?.index) {
        picture.link = undefined;
        picture.addresses.clear();
      }
      return true;
    case 'address':
      if (event.address.interfaceIndex === picture.link?.index)
        picture.addresses.set(formatCidr(event.address), event.address);
      return true;
    case 'address-gone':
      if (event.address.interfaceIndex === picture.link?.index)
        picture.addresses.delete(formatCidr(event.address));
      return true;
  }
}

/** A new index or a new name means another interface, whose addresses are not in the picture. */
function applyLink(link: KernelLink, picture: Picture, name: string): boolean {
  const same = link.index === picture.link?.index && link.name === name;
  if (same) picture.link = link;
  const concerns = link.index === picture.link?.index || link.name === name;
  return same || !concerns;
}

function stateOf({ link, addresses }: Picture, virtual: ReadonlySet<IpAddress>): LinkState | undefined {
  if (link === undefined) return undefined;
  const candidates = [...addresses.values()].filter(
    ({ scope, address, validSeconds }) =>
      scope === RT_SCOPE_GLOBAL && (validSeconds === undefined || !virtual.has(address)),
  );
  const first = candidates.find(address => !address.secondary) ?? candidates[0];
  return { index: link.index, up: link.up && link.running, mac: link.mac, primary: first?.address };
}
