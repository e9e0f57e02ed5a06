/**
 * The virtual addresses that this node holds, each with a lease: a lifetime after which the kernel removes the address by
 * itself (IFA_CACHEINFO, rtnetlink(7)), should this process not be there to renew it. It must never touch a permanent
 * address: that one is somebody's configuration. Who holds what, and when, is decided elsewhere.
 */

import { OperatingError } from '../lib/errors.ts';
import { type Cidr, formatCidr } from '../lib/ip-address.ts';
import type { KernelAddress, RouteNetlink } from './rtnetlink.ts';
import { fewPerTurn, oncePerTurn } from './turns.ts';

/** An operation may take half a millisecond in the kernel, and adverts must not wait for 255 of them. */
const OPERATIONS_PER_TURN = 4;

/** A release waits for a renewal under way, which would undo it; this long, as what it waits for may wait for a slow disk. */
const RENEWAL_PATIENCE_MS = 500;

type Done = (error?: OperatingError) => void;

/** Operations take effect in the order of the calls; `done` comes once, after the call has returned. */
export interface AddressTable {
  /**
   * Adds the address or renews its lease, whole seconds, at least 1. A renewal is done once it is under way: adverts must not wait for
   * the kernel's rtnl lock. One that fails is a loss. Errors: `EEXIST` when the interface has it as a
   * permanent address, `EPERM` without the capability NET_ADMIN, `ENODEV` without the interface.
   */
  hold(cidr: Cidr, interfaceIndex: number, leaseSeconds: number, done: Done): void;
  /** Removes the address. That it, or its interface, is gone already is success; a permanent one is left alone. */
  release(cidr: Cidr, interfaceIndex: number, done: Done): void;
  /** Every IPv4 address of the namespace, as the kernel has it now. */
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

export function openAddressTable({ netlink, onLost, onError }: AddressTableOptions): AddressTable {
  const held = new Map<string, Placed>();
  const inTurn = fewPerTurn(OPERATIONS_PER_TURN);

  const hold = (place: Placed, leaseSeconds: number): void => {
    const key = keyOf(place);
    const put = (mode: 'create' | 'replace'): void =>
      netlink.putAddress(place, place.interfaceIndex, leaseSeconds, mode);
    try {
      put('create');
    } catch (thrown) {
      if (!hasCode(thrown, 'EEXIST')) throw thrown;
      if (isPermanent(netlink, key)) throw permanentError(place, thrown);
      put('replace');
    }
    held.set(key, place);
  };

  /** What waits for the renewals under way. */
  const renewing = new Map<string, (() => void)[]>();

  const renew = (place: Placed, leaseSeconds: number): void => {
    const key = keyOf(place);
    if (renewing.has(key)) return;
    renewing.set(key, []);
    netlink.renewAddress(place, place.interfaceIndex, leaseSeconds, error => {
      const waiting = renewing.get(key) ?? [];
      renewing.delete(key);
      if (error !== undefined && held.delete(key)) onLost(place, place.interfaceIndex);
      // Released meanwhile, out of patience: the renewal may have brought it back.
      if (error === undefined && !held.has(key) && waiting.length === 0) drop(place);
      for (const next of [...waiting]) next();
    });
  };

  /** Runs it once no renewal of that address is under way, or at the end of patience. */
  const onceRenewed = (key: string, run: () => void): void => {
    const waiting = renewing.get(key);
    if (waiting === undefined) {
      run();
      return;
    }
    const go = (): void => {
      clearTimeout(timer);
      const at = waiting.indexOf(go);
      if (at !== -1) waiting.splice(at, 1);
      run();
    };
    const timer = setTimeout(go, RENEWAL_PATIENCE_MS);
    waiting.push(go);
  };

  const drop = (place: Placed): void => {
    const error = attempt(() => {
      if (!isPermanent(netlink, keyOf(place))) deleteIfThere(netlink, place);
    });
    if (error !== undefined) onError(error);
  };

  const release = (place: Placed): void => {
    const key = keyOf(place);
    if (!held.delete(key) && isPermanent(netlink, key)) return;
    deleteIfThere(netlink, place);
  };

  const lookForLost = (): void => {
    const present = new Set(netlink.listAddresses().map(keyOf));
    const lost = [...held].filter(([key]) => !present.has(key));
    for (const [key] of lost) held.delete(key);
    for (const [, place] of lost) onLost(place, place.interfaceIndex);
  };
  // An event is a hint: a release of our own, or a loss that was made good meanwhile, looks the same.
  const lookSoon = oncePerTurn(() => {
    const error = attempt(lookForLost);
    if (error !== undefined) onError(error);
  });

  const close = netlink.subscribe(event => {
    if (event.kind === 'resync') lookSoon();
    if (event.kind === 'address-gone' && held.has(keyOf(event.address))) lookSoon();
    // Somebody made it permanent: it is theirs now, and the next hold says so.
    if (event.kind === 'address' && event.address.validSeconds === undefined)
      held.delete(keyOf(event.address));
  });

  return {
    hold(cidr, interfaceIndex, leaseSeconds, done) {
      const place = { ...cidr, interfaceIndex };
      const key = keyOf(place);
      const run = (): void => settle(done, () => (held.has(key) ? renew : hold)(place, leaseSeconds));
      inTurn(() => (renewing.get(key)?.length ? onceRenewed(key, run) : run()));
    },
    release(cidr, interfaceIndex, done) {
      const place = { ...cidr, interfaceIndex };
      inTurn(() => onceRenewed(keyOf(place), () => settle(done, () => release(place))));
    },
    list: async () => netlink.listAddresses(),
    sweep: async (cidrs, interfaceIndex) => sweep(netlink, cidrs, interfaceIndex),
    close,
  };
}

/** An earlier configuration may have had the address with another prefix length: the address alone counts. */
function sweep(netlink: RouteNetlink, cidrs: readonly Cidr[], interfaceIndex: number): readonly Cidr[] {
  const ours = new Set(cidrs.map(cidr => cidr.address));
  const leftovers = netlink
    .listAddresses()
    .filter(
      found =>
        found.interfaceIndex === interfaceIndex &&
        found.validSeconds !== undefined &&
        ours.has(found.address),
    );
  for (const leftover of leftovers) deleteIfThere(netlink, leftover);
  return leftovers.map(({ address, prefixLength }) => ({ address, prefixLength }));
}

function deleteIfThere(netlink: RouteNetlink, place: Placed): void {
  try {
    netlink.deleteAddress(place, place.interfaceIndex);
  } catch (thrown) {
    if (!hasCode(thrown, 'EADDRNOTAVAIL') && !hasCode(thrown, 'ENODEV')) throw thrown;
  }
}

function isPermanent(netlink: RouteNetlink, key: string): boolean {
  const found = netlink.listAddresses().find(address => keyOf(address) === key);
  return found !== undefined && found.validSeconds === undefined;
}

function permanentError(place: Placed, cause: unknown): OperatingError {
  const { interfaceIndex } = place;
  const cidr = formatCidr(place);
  const what = `${cidr} is a permanent address of interface ${interfaceIndex}; it is left as it is`;
  const remedy = `remove it there (ip address delete ${cidr}), or choose another virtual IP`;
  return new OperatingError('EEXIST', `${what}: ${remedy}`, { cidr, interfaceIndex }, cause);
}

/** What went wrong in the world, undefined when nothing did; programmer errors are thrown on. */
function attempt(operation: () => void): OperatingError | undefined {
  try {
    operation();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof OperatingError) return thrown;
    throw thrown;
  }
}

/** A caller need not expect to be called back before its call returns. */
function settle(done: Done, operation: () => void): void {
  const error = attempt(operation);
  queueMicrotask(() => (error === undefined ? done() : done(error)));
}

function hasCode(thrown: unknown, code: string): boolean {
  return thrown instanceof OperatingError && thrown.code === code;
}

function keyOf(place: Placed): string {
  return `${formatCidr(place)} ${place.interfaceIndex}`;
}
