/**
 * The virtual addresses that this node holds, each with a lease: a lifetime after which the kernel removes the address by
 * itself (IFA_CACHEINFO, rtnetlink(7)), should this process not be there to renew it. An owner's are permanent. It must never touch
 * a permanent address that was there before: that one is somebody's configuration. Who holds what, and when, is decided elsewhere.
 */

import { hasCode, OperatingError } from '../lib/errors.ts';
import { type Cidr, familyOf, formatCidr } from '../lib/ip-address.ts';
import { OneAtATime } from '../lib/one-at-a-time.ts';
import type { KernelAddress, Lease, RouteNetlink } from './rtnetlink.ts';
import { fewPerTurn, shared } from './turns.ts';

/** To begin an operation takes some 20 µs, and adverts must not wait for 255 of them. */
const OPERATIONS_PER_TURN = 16;

type Done = (error?: OperatingError) => void;

/** Operations on one address happen in the order of the calls, each after the one before; `done` comes once, later. */
export interface AddressTable {
  /**
   * Adds the address or renews its lease, whole seconds, at least 1; `permanent` takes one that is there for good as it is. Errors:
   * `EEXIST` when the interface has it as a permanent address and it shall be leased, `EPERM` without the capability NET_ADMIN,
   * `ENODEV` without the interface, `EACCES` when IPv6 is disabled there.
   */
  hold(cidr: Cidr, interfaceIndex: number, lease: Lease, done: Done): void;
  /** Removes the address. That it, or its interface, is gone already is success; a permanent one that was there before is left alone. */
  release(cidr: Cidr, interfaceIndex: number, done: Done): void;
  /** Every address of the namespace, as the kernel has it now. */
  list(): Promise<readonly KernelAddress[]>;
  /** Removes those of the addresses that a former run left behind: those with a finite lifetime. Says which. */
  sweep(cidrs: readonly Cidr[], interfaceIndex: number): Promise<readonly Cidr[]>;
  /** Stops reporting; what is held stays until its lease ends. */
  close(): void;
}

export interface AddressTableOptions {
  readonly netlink: RouteNetlink;
  /** An address that is held has left the kernel: deleted by somebody, or its lease ran out. Hold it again or not. */
  readonly onLost: (cidr: Cidr, interfaceIndex: number) => void;
  /** The kernel could not be asked what is left of the addresses. */
  readonly onError: (error: OperatingError) => void;
}

/** An address at its place: what the kernel tells apart. */
interface Placed extends Cidr {
  readonly interfaceIndex: number;
}

/** `found`: permanent, and there before. */
interface Held extends Placed {
  readonly as: 'leased' | 'permanent' | 'found';
}

export function openAddressTable({ netlink, onLost, onError }: AddressTableOptions): AddressTable {
  const held = new Map<string, Held>();
  const orders = new Map<string, OneAtATime>();
  const inOrder = (place: Placed, work: () => Promise<void>): Promise<void> => {
    const order = orders.get(formatCidr(place)) ?? new OneAtATime();
    orders.set(formatCidr(place), order);
    return order.run(work);
  };
  const inTurn = fewPerTurn(OPERATIONS_PER_TURN);
  const listed = shared(() => netlink.listAddresses());

  const hold = async (place: Placed, lease: Lease): Promise<void> => {
    const key = keyOf(place);
    if (held.has(key) && lease === 'permanent') return;
    const as = lease === 'permanent' ? lease : 'leased';
    // A renewal that fails is a loss, and what cannot be had anew either says why.
    const renews = held.delete(key);
    if (renews && (await succeeds(netlink.putAddress(place, place.interfaceIndex, lease, 'replace'))))
      held.set(key, { ...place, as });
    else held.set(key, { ...place, as: (await take(place, lease)) ? 'found' : as });
  };

  /** Takes an address that is not held, and says whether it was there for good before: then it stays as it is. */
  const take = async (place: Placed, lease: Lease): Promise<boolean> => {
    try {
      await netlink.putAddress(place, place.interfaceIndex, lease, 'create');
      return false;
    } catch (thrown) {
      if (!hasCode(thrown, 'EEXIST')) throw thrown;
      const isTaken = isPermanent(await listed(), keyOf(place));
      if (isTaken && lease !== 'permanent') throw permanentError(place, thrown);
      if (!isTaken) await netlink.putAddress(place, place.interfaceIndex, lease, 'replace');
      return isTaken;
    }
  };

  const release = async (place: Placed): Promise<void> => {
    const key = keyOf(place);
    const before = held.get(key)?.as;
    held.delete(key);
    if (before === 'found' || (before === undefined && isPermanent(await listed(), key))) return;
    await deleteIfThere(netlink, place);
  };

  const suspects = new Set<string>();
  // An event is a hint: a release of our own, or a loss that was made good meanwhile, looks the same.
  const suspectLoss = (place: Placed): void => {
    const key = keyOf(place);
    if (suspects.has(key)) return;
    suspects.add(key);
    void inOrder(place, async () => {
      suspects.delete(key);
      if (!held.has(key) || has(await listed(), key)) return;
      // Unless it was let go of meanwhile.
      if (held.delete(key)) onLost(place, place.interfaceIndex);
    }).catch(reportTo(onError));
  };

  const suspectLosses = (ofKey?: string): void => {
    for (const [key, place] of held) if (ofKey === undefined || key === ofKey) suspectLoss(place);
  };

  /** Somebody made it permanent: it is theirs now, and the next hold says so. */
  const leaveToOthers = (key: string): void => {
    if (held.get(key)?.as === 'leased') held.delete(key);
  };

  const close = netlink.subscribe(event => {
    if (event.kind === 'resync') suspectLosses();
    else if (event.kind === 'address-gone') suspectLosses(keyOf(event.address));
    else if (event.kind === 'address' && event.address.validSeconds === undefined)
      leaveToOthers(keyOf(event.address));
  });

  return {
    hold(cidr, interfaceIndex, lease, done) {
      const place = { ...cidr, interfaceIndex };
      inTurn(() => void inOrder(place, () => hold(place, lease)).then(() => done(), reportTo(done)));
    },
    release(cidr, interfaceIndex, done) {
      const place = { ...cidr, interfaceIndex };
      inTurn(() => void inOrder(place, () => release(place)).then(() => done(), reportTo(done)));
    },
    list: () => netlink.listAddresses(),
    sweep: (cidrs, interfaceIndex) => sweep(netlink, cidrs, interfaceIndex),
    close,
  };
}

/** An earlier configuration may have had the address with another prefix length: the address alone counts. */
async function sweep(
  netlink: RouteNetlink,
  cidrs: readonly Cidr[],
  interfaceIndex: number,
): Promise<readonly Cidr[]> {
  const ours = new Set(cidrs.map(cidr => cidr.address));
  const leftovers = (await netlink.listAddresses()).filter(
    found =>
      found.interfaceIndex === interfaceIndex && found.validSeconds !== undefined && ours.has(found.address),
  );
  await Promise.all(leftovers.map(leftover => deleteIfThere(netlink, leftover)));
  return leftovers.map(({ address, prefixLength }) => ({ address, prefixLength }));
}

async function deleteIfThere(netlink: RouteNetlink, place: Placed): Promise<void> {
  try {
    await netlink.deleteAddress(place, place.interfaceIndex);
  } catch (thrown) {
    if (!hasCode(thrown, 'EADDRNOTAVAIL') && !hasCode(thrown, 'ENODEV')) throw thrown;
  }
}

function has(addresses: readonly KernelAddress[], key: string): boolean {
  return addresses.some(address => keyOf(address) === key);
}

function isPermanent(addresses: readonly KernelAddress[], key: string): boolean {
  return addresses.some(address => address.validSeconds === undefined && keyOf(address) === key);
}

function permanentError(place: Placed, cause: unknown): OperatingError {
  const { interfaceIndex } = place;
  const cidr = formatCidr(place);
  const what = `${cidr} is a permanent address of interface ${interfaceIndex}; it is left as it is`;
  const remedy = `remove it there (ip address delete ${cidr}), or choose another virtual IP`;
  return new OperatingError('EEXIST', `${what}: ${remedy}`, { cidr, interfaceIndex }, cause);
}

async function succeeds(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (thrown) {
    if (thrown instanceof OperatingError) return false;
    throw thrown;
  }
}

/** For what went wrong in the world; programmer errors are thrown on. */
function reportTo(listener: (error: OperatingError) => void): (thrown: unknown) => void {
  return thrown => {
    if (!(thrown instanceof OperatingError)) throw thrown;
    listener(thrown);
  };
}

/** IPv6 knows an address of an interface whatever its prefix length, IPv4 tells them apart. */
function keyOf(place: Placed): string {
  const address = familyOf(place.address) === 6 ? place.address : formatCidr(place);
  return `${address} ${place.interfaceIndex}`;
}
