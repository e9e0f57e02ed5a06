/**
 * The interface with the MAC of a virtual router (RFC 9568 §7.3): a macvlan on the interface that speaks VRRP. It is up while it is
 * raised, only: one that is down can neither send nor accept a frame, so that a backup is silent and deaf there (§6.4.2), whatever else
 * on the host would like to use it. Who is master is decided elsewhere.
 *
 * It is signed (link-signature.ts), so that the next start clears away exactly what a killed one left, and the parent is as it was.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { hasCode, OperatingError } from '../lib/errors.ts';
import type { MacAddress } from '../lib/mac-address.ts';
import { OneAtATime } from '../lib/one-at-a-time.ts';
import { type ArpRestraint, type ArpSettings, relax } from './arp-restraint.ts';
import { formatSignature, mayBeUnsigned, readSignature } from './link-signature.ts';
import type { LinkNetlink, RouteEvent, RouteNetlink } from './rtnetlink.ts';

/** The parent, as of now. */
export interface ParentLink {
  readonly name: string;
  readonly index: number;
}

export interface VirtualLinkOptions {
  readonly netlink: RouteNetlink & LinkNetlink;
  readonly restraint: ArpRestraint;
  readonly name: string;
  readonly mac: MacAddress;
  /** Which daemon it belongs to, without white space: one of its kind at a time. */
  readonly owner: string;
  /** Of the addresses that it will have. */
  readonly families: ReadonlySet<4 | 6>;
  /** Somebody deleted it, or took it down while it was raised. */
  readonly onDisturbed: () => void;
  /** Something is not as it should be that it can live with. */
  readonly onWarning: (warning: string) => void;
}

/** Answers ARP for its own addresses alone; takes what it is sent, though answers leave by the parent: loose, whatever `all` says. */
const OWN_SETTINGS = { arpIgnore: 1, rpFilter: 2 };

/** Calls take effect one after the other. All of them reject with OperatingError. */
export class VirtualLink {
  readonly #options: VirtualLinkOptions;
  readonly #order = new OneAtATime();
  readonly #unsubscribe: () => void;
  #made: { readonly index: number; readonly parentIndex: number } | undefined;
  #raised = false;
  /** The interface below that was restrained on its behalf. */
  #restrained: string | undefined;

  constructor(options: VirtualLinkOptions) {
    this.#options = options;
    this.#unsubscribe = options.netlink.subscribe(event => this.#heard(event));
  }

  /** Undefined while it does not exist, as far as is known. */
  get index(): number | undefined {
    return this.#made?.index;
  }

  get isRaised(): boolean {
    return this.#raised;
  }

  /**
   * Makes it on this parent, unless it is there. `EEXIST`: something else has its name; `EBUSY`, `EINVAL`: the parent takes none;
   * `EPERM` without the capability NET_ADMIN.
   */
  make(parent: ParentLink): Promise<void> {
    return this.#order.run(() => this.#make(parent));
  }

  /** Up, so that it is this node that the virtual MAC leads to. `EADDRINUSE`: the hardware below has that MAC in use already. */
  raise(): Promise<void> {
    return this.#order.run(async () => {
      if (this.#raised) return;
      const { netlink, name, mac } = this.#options;
      await explained(netlink.changeLink(this.#indexOrThrow(), { up: true }), {
        EADDRINUSE: `${name} cannot go up: another macvlan on the same hardware is up with ${mac}. Two nodes of a group need hardware of their own`,
      });
      this.#raised = true;
    });
  }

  lower(): Promise<void> {
    return this.#order.run(async () => {
      const { index } = this;
      if (!this.#raised || index === undefined) return;
      this.#raised = false;
      await unlessGone(this.#options.netlink.changeLink(index, { up: false }));
    });
  }

  /** Looks whether it is as it should be; what is not, it forgets, so that the next call makes it good. */
  verify(): Promise<boolean> {
    return this.#order.run(async () => {
      const made = this.#made;
      if (made === undefined) return true;
      const link = await this.#options.netlink.readLink(this.#options.name);
      const isThere = link?.index === made.index && link.mac === this.#options.mac;
      const isRight = isThere && (link.up || !this.#raised);
      if (!isThere) this.#made = undefined;
      if (!isRight) this.#raised = false;
      return isRight;
    });
  }

  /** Deletes it for good; its addresses go with it, and the interface below gets its settings back with the last of its own. */
  remove(): Promise<void> {
    this.#unsubscribe();
    return this.#order.run(async () => {
      const made = this.#made;
      this.#made = undefined;
      this.#raised = false;
      if (made !== undefined) await unlessGone(this.#options.netlink.deleteLink(made.index));
      if (this.#restrained !== undefined) await this.#options.restraint.release(this.#restrained, this);
    });
  }

  #restrain({ name, index }: ParentLink): Promise<ArpSettings> {
    this.#restrained = name;
    return this.#options.restraint.hold(name, index, this);
  }

  #indexOrThrow(): number {
    const { index } = this;
    const { name } = this.#options;
    if (index !== undefined) return index;
    throw new OperatingError('ENODEV', `interface ${name} is not there`, { interface: name });
  }

  async #make(parent: ParentLink): Promise<void> {
    if (this.#made?.parentIndex === parent.index) return;
    const { netlink, name, mac, families } = this.#options;
    this.#made = undefined;
    this.#raised = false;
    await this.#clearName();
    const before = families.has(4) ? await this.#restrain(parent) : undefined;
    await explained(netlink.createMacvlan({ name, mac, parentIndex: parent.index }), {
      EBUSY: `${parent.name} takes no macvlan, as the port of a bridge or a bond does not: use the interface that it belongs to`,
      EINVAL: `${parent.name} takes no macvlan: use an Ethernet, or do without vmac`,
      ENODEV: `interface ${parent.name} is gone`,
      EOPNOTSUPP: 'this kernel has no macvlan (CONFIG_MACVLAN): do without vmac',
    });
    const link = await netlink.readLinkDetails(name);
    if (link === undefined)
      throw new OperatingError('ENODEV', `interface ${name} was taken away at once`, { interface: name });
    try {
      const noted = before && { name: parent.name, before };
      await this.#prepare(link.index, formatSignature({ owner: this.#options.owner, parent: noted }));
    } catch (thrown) {
      await unlessGone(netlink.deleteLink(link.index));
      throw thrown;
    }
    this.#made = { index: link.index, parentIndex: parent.index };
  }

  async #prepare(index: number, alias: string): Promise<void> {
    const { netlink, name, families, onWarning } = this.#options;
    await netlink.changeLink(index, { alias, ipv4: OWN_SETTINGS });
    try {
      await netlink.changeLink(index, { withoutIpv6Identifiers: true });
    } catch (thrown) {
      if (!hasCode(thrown, 'EAFNOSUPPORT')) throw thrown;
    }
    for (const setting of await settleIpv6(name, families.has(6)))
      onWarning(`${setting} cannot be set (is /proc/sys read-only?): set it where the network is made`);
  }

  /** A former run left it, or was killed before it could sign it: such a one is down. */
  async #clearName(): Promise<void> {
    const { netlink, name, mac, owner } = this.#options;
    const found = await netlink.readLinkDetails(name);
    if (found === undefined) return;
    const unsigned = found.mac === mac && mayBeUnsigned(found);
    if (!unsigned && readSignature(found.alias)?.owner !== owner)
      throw new OperatingError(
        'EEXIST',
        `an interface ${name} is there already${found.kind === undefined ? '' : `, a ${found.kind}`}, and it is not Locum's: delete it (ip link delete ${name}), or give the virtual router another vmac.interface`,
        { interface: name },
      );
    await unlessGone(netlink.deleteLink(found.index));
  }

  /** An event is a hint: it may be old, and of our own making. */
  #heard(event: RouteEvent): void {
    const { index } = this;
    if (index === undefined) return;
    const isOdd =
      event.kind === 'resync' ||
      (event.kind === 'link-gone' && event.link.index === index) ||
      (event.kind === 'link' && event.link.index === index && this.#raised && !event.link.up);
    if (!isOdd) return;
    this.verify().then(
      isRight => isRight || this.#options.onDisturbed(),
      () => this.#options.onDisturbed(),
    );
  }
}

/**
 * Deletes every interface that a former run of this owner left behind, whatever it was for, with its addresses, and gives their parents
 * back what they had. Says which they were. Rejects with OperatingError.
 */
export async function sweepVirtualLinks(netlink: LinkNetlink, owner: string): Promise<readonly string[]> {
  const swept: string[] = [];
  for (const { name, index, alias } of await netlink.listLinks()) {
    const signature = readSignature(alias);
    if (signature?.owner !== owner) continue;
    await unlessGone(netlink.deleteLink(index));
    const { parent } = signature;
    if (parent !== undefined) await relax(netlink, parent.name, parent.before);
    swept.push(name);
  }
  return swept;
}

/**
 * No IPv6 on it, or none that comes by itself: with addresses from router advertisements it would get an identifier made of the
 * virtual MAC (RFC 9568 §7.4), and a default route. The settings that are not so and cannot be made so.
 */
async function settleIpv6(name: string, isUsed: boolean): Promise<readonly string[]> {
  const wanted = isUsed ? { disable_ipv6: 0, accept_ra: 0, autoconf: 0 } : { disable_ipv6: 1 };
  const failed = await Promise.all(
    Object.entries(wanted).map(async ([setting, value]) => {
      const file = `/proc/sys/net/ipv6/conf/${name}/${setting}`;
      const isSet = await writeFile(file, `${value}`).then(
        () => true,
        async () => ['', `${value}`].includes((await readFile(file, 'utf8').catch(() => '')).trim()),
      );
      return isSet ? [] : [`net.ipv6.conf.${name}.${setting}=${value}`];
    }),
  );
  return failed.flat();
}

/** The same error by its code, in words that help. */
async function explained(change: Promise<void>, words: Readonly<Record<string, string>>): Promise<void> {
  try {
    await change;
  } catch (thrown) {
    if (!(thrown instanceof OperatingError)) throw thrown;
    const { code, message, context } = thrown;
    throw new OperatingError(code, words[code] ?? message, context, thrown);
  }
}

async function unlessGone(change: Promise<void>): Promise<void> {
  try {
    await change;
  } catch (thrown) {
    if (!hasCode(thrown, 'ENODEV')) throw thrown;
  }
}
