/**
 * Keeps an interface from speaking for the addresses of the virtual routers that lie on it: with the kernel's defaults it answers ARP
 * for every address of the host, and asks in the name of any, with its own MAC; clients would learn that one (RFC 9568 §8.1.2 forbids
 * it). What the settings were is given back.
 */

import type { Ipv4Settings, LinkNetlink } from './rtnetlink.ts';

/** What an interface had before. */
export type ArpSettings = Pick<Ipv4Settings, 'arpIgnore' | 'arpAnnounce'>;

/** Answers for its own addresses alone, and asks in their name alone; stricter is left as it is. */
const RESTRAINED: ArpSettings = { arpIgnore: 1, arpAnnounce: 2 };

export class ArpRestraint {
  readonly #netlink: LinkNetlink;
  readonly #before = new Map<string, { readonly index: number; readonly settings: Promise<ArpSettings> }>();

  constructor(netlink: LinkNetlink) {
    this.#netlink = netlink;
  }

  /** Restrains the interface, once as long as it is the same, and says what its settings were. Rejects with OperatingError. */
  hold(interfaceName: string, interfaceIndex: number): Promise<ArpSettings> {
    const known = this.#before.get(interfaceName);
    if (known?.index === interfaceIndex) return known.settings;
    const settings = this.#restrain(interfaceName, interfaceIndex);
    this.#before.set(interfaceName, { index: interfaceIndex, settings });
    settings.catch(() => this.#before.delete(interfaceName));
    return settings;
  }

  /** Gives every interface its settings back. Rejects with OperatingError, after all were tried. */
  async release(): Promise<void> {
    const held = [...this.#before];
    this.#before.clear();
    const given = held.map(async ([name, { settings }]) => relax(this.#netlink, name, await settings));
    for (const outcome of await Promise.allSettled(given))
      if (outcome.status === 'rejected') throw outcome.reason;
  }

  async #restrain(name: string, index: number): Promise<ArpSettings> {
    const { arpIgnore, arpAnnounce } = await settingsOf(this.#netlink, name);
    const settings = { arpIgnore, arpAnnounce };
    await this.#netlink.changeLink(index, { ipv4: restrained(settings) });
    return settings;
  }
}

/** Gives an interface back what it had, unless somebody has set something else meanwhile, or it is gone. Rejects with OperatingError. */
export async function relax(netlink: LinkNetlink, interfaceName: string, before: ArpSettings): Promise<void> {
  const link = await netlink.readLinkDetails(interfaceName);
  if (link?.ipv4 === undefined) return;
  const ours = restrained(before);
  const { arpIgnore, arpAnnounce } = link.ipv4;
  await netlink.changeLink(link.index, {
    ipv4: {
      ...(arpIgnore === ours.arpIgnore ? { arpIgnore: before.arpIgnore } : {}),
      ...(arpAnnounce === ours.arpAnnounce ? { arpAnnounce: before.arpAnnounce } : {}),
    },
  });
}

function restrained({ arpIgnore, arpAnnounce }: ArpSettings): ArpSettings {
  return {
    arpIgnore: Math.max(arpIgnore, RESTRAINED.arpIgnore),
    arpAnnounce: Math.max(arpAnnounce, RESTRAINED.arpAnnounce),
  };
}

async function settingsOf(netlink: LinkNetlink, name: string): Promise<ArpSettings> {
  const link = await netlink.readLinkDetails(name);
  return link?.ipv4 ?? { arpIgnore: 0, arpAnnounce: 0 };
}
