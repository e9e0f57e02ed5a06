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

interface Restrained {
  readonly index: number;
  /** What it had before. */
  readonly settings: Promise<ArpSettings>;
  /** Who lies on it. */
  readonly holders: Set<object>;
}

export class ArpRestraint {
  readonly #netlink: LinkNetlink;
  readonly #restrained = new Map<string, Restrained>();

  constructor(netlink: LinkNetlink) {
    this.#netlink = netlink;
  }

  /**
   * Restrains the interface, once as long as it is the same, until the last holder releases it, and says what its settings were.
   * Rejects with OperatingError.
   */
  hold(interfaceName: string, interfaceIndex: number, holder: object): Promise<ArpSettings> {
    const known = this.#restrained.get(interfaceName);
    if (known?.index === interfaceIndex) {
      known.holders.add(holder);
      return known.settings;
    }
    const settings = this.#restrain(interfaceName, interfaceIndex);
    const restrained = { index: interfaceIndex, settings, holders: new Set([holder]) };
    this.#restrained.set(interfaceName, restrained);
    settings.catch(() => {
      if (this.#restrained.get(interfaceName) === restrained) this.#restrained.delete(interfaceName);
    });
    return settings;
  }

  /** Gives the interface its settings back if nobody else holds it. Rejects with OperatingError. */
  async release(interfaceName: string, holder: object): Promise<void> {
    const restrained = this.#restrained.get(interfaceName);
    if (!restrained?.holders.delete(holder) || restrained.holders.size > 0) return;
    this.#restrained.delete(interfaceName);
    await relax(this.#netlink, interfaceName, await restrained.settings);
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
