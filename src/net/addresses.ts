/**
 * The virtual addresses that this node holds, each with a lease: a lifetime after which the kernel removes the address by
 * itself (IFA_CACHEINFO, rtnetlink(7)), should this process not be there to renew it. It must never touch a permanent
 * address: that one is somebody's configuration. Who holds what, and when, is decided elsewhere.
 */

import { OperatingError } from '../lib/errors.ts';
import { type Cidr, formatCidr } from '../lib/ip-address.ts';
import type { KernelAddress, RouteNetlink } from './rtnetlink.ts';

type Done = (error?: OperatingError) => void;

/** Operations on one address run in the order of the calls; different addresses do not wait for each other. */
export interface AddressTable {
  /**
   * Adds the address or renews its lease, whole seconds, at least 1. Errors: `EEXIST` when the interface has it as a
   * permanent address, `EPERM` without the capability NET_ADMIN, `ENODEV` without the interface, `ETIMEDOUT`.
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
  const inOrder = queuePerKey();

  const hold = async (key: string, place: Placed, leaseSeconds: number): Promise<void> => {
    const put = (mode: 'create' | 'replace'): Promise<void> =>
      netlink.putAddress(place, place.interfaceIndex, leaseSeconds, mode);
    if (held.has(key)) return put('replace');
    try {
      await put('create');
    } catch (thrown) {
      if (!hasCode(thrown, 'EEXIST')) throw thrown;
      if (await isPermanent(netlink, key)) throw permanentError(place, thrown);
      await put('replace');
    }
    held.set(key, place);
  };

  const release = async (key: string, place: Placed): Promise<void> => {
    if (!held.delete(key) && (await isPermanent(netlink, key))) return;
    await deleteIfThere(netlink, place);
  };

  const lookForLost = async (): Promise<void> => {
    const before = [...held];
    const present = new Set((await netlink.listAddresses()).map(keyOf));
    for (const [key, place] of before) {
      // What was released, or released and acquired again, while the kernel was asked, is not lost.
      if (present.has(key) || held.get(key) !== place) continue;
      held.delete(key);
      onLost(place, place.interfaceIndex);
    }
  };
  const lookSoon = coalesce(() => lookForLost().catch(onError));

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
      settle(
        inOrder(key, () => hold(key, place, leaseSeconds)),
        done,
      );
    },
    release(cidr, interfaceIndex, done) {
      const place = { ...cidr, interfaceIndex };
      const key = keyOf(place);
      settle(
        inOrder(key, () => release(key, place)),
        done,
      );
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

async function isPermanent(netlink: RouteNetlink, key: string): Promise<boolean> {
  const found = (await netlink.listAddresses()).find(address => keyOf(address) === key);
  return found !== undefined && found.validSeconds === undefined;
}

function permanentError(place: Placed, cause: unknown): OperatingError {
  const { interfaceIndex } = place;
  const cidr = formatCidr(place);
  const what = `${cidr} is a permanent address of interface ${interfaceIndex}; it is left as it is`;
  const remedy = `remove it there (ip address delete ${cidr}), or choose another virtual IP`;
  return new OperatingError('EEXIST', `${what}: ${remedy}`, { cidr, interfaceIndex }, cause);
}

function settle(operation: Promise<void>, done: Done): void {
  void operation.then(
    () => done(),
    (error: OperatingError) => done(error),
  );
}

/** Runs the tasks of one key one after the other, failed ones included. */
function queuePerKey(): (key: string, task: () => Promise<void>) => Promise<void> {
  const last = new Map<string, Promise<void>>();
  return (key, task) => {
    const run = (last.get(key) ?? Promise.resolve()).then(task);
    const finished = run.then(ignore, ignore).then(() => {
      if (last.get(key) === finished) last.delete(key);
    });
    last.set(key, finished);
    return run;
  };
}

/** At most one run at a time, and one more for all the calls that came meanwhile. */
function coalesce(run: () => Promise<void>): () => void {
  let state: 'idle' | 'running' | 'again' = 'idle';
  const start = (): void => {
    state = 'running';
    void run().then(() => {
      const again = state === 'again';
      state = 'idle';
      if (again) start();
    });
  };
  return () => {
    if (state === 'idle') start();
    else state = 'again';
  };
}

function ignore(): void {}

function hasCode(thrown: unknown, code: string): boolean {
  return thrown instanceof OperatingError && thrown.code === code;
}

function keyOf(place: Placed): string {
  return `${formatCidr(place)} ${place.interfaceIndex}`;
}
