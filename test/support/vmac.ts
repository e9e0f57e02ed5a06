/** What a host and its neighbours know of a virtual router with a MAC of its own. */

import type { Host, Lan } from './lan.ts';
import { LocumNode, type NodeOptions, VIP } from './node.ts';
import { waitFor } from './wait.ts';

/** Of VRID 51 over IPv4, and its interface unless named otherwise. */
export const VMAC = '00:00:5e:00:01:33';
export const VMAC_NAME = 'vrrp.51';

type Settings = NonNullable<NodeOptions['router']>;

export const WITH_VMAC: Settings = { vmac: { enabled: true }, 'advert-interval': '100ms' };

/** `last`: of the host's address, 198.18.51.`last`. */
export function startVmacNode(
  lan: Lan,
  name: string,
  last: number,
  options: Omit<NodeOptions, 'address'>,
): Promise<LocumNode> {
  const router = { ...WITH_VMAC, ...options.router };
  return LocumNode.start(lan, name, { ...options, address: `198.18.51.${last}/24`, router });
}

export interface ShownLink {
  readonly ifname: string;
  readonly address: string;
  readonly flags: readonly string[];
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number }[];
}

/** The interface as the kernel has it; undefined when there is none. */
export async function linkOf(host: Host, name = VMAC_NAME): Promise<ShownLink | undefined> {
  const shown = JSON.parse(await host.inside.run('ip', ['-json', 'address', 'show'])) as ShownLink[];
  return shown.find(({ ifname }) => ifname === name);
}

export async function isUp(host: Host, name = VMAC_NAME): Promise<boolean> {
  return (await linkOf(host, name))?.flags.includes('UP') === true;
}

/** Whether the virtual MAC leads to the host, and with it the address. */
export async function holdsBoth(host: Host, name = VMAC_NAME, address = VIP): Promise<boolean> {
  const link = await linkOf(host, name);
  return link?.flags.includes('UP') === true && link.addr_info.some(({ local }) => local === address);
}

export async function becomesMaster(node: LocumNode, name = VMAC_NAME, address = VIP): Promise<void> {
  await node.becomes('master', 20_000);
  await waitFor(() => holdsBoth(node.host, name, address), {
    what: `${node.name} holds ${address} on ${name}`,
    deadlineMs: 10_000,
    context: () => node.daemon.output,
  });
}

/** By which MAC the host knows the address; undefined when it does not. */
export async function neighbourOf(host: Host, address = VIP): Promise<string | undefined> {
  const text = await host.inside.run('ip', ['-json', 'neighbour', 'show', address]);
  return (JSON.parse(text) as { lladdr?: string }[])[0]?.lladdr;
}

/** arp_ignore and arp_announce of `eth0`. */
export async function arpSettingsOf(host: Host): Promise<readonly number[]> {
  const names = ['arp_ignore', 'arp_announce'].map(name => `net.ipv4.conf.eth0.${name}`);
  return (await host.inside.run('sysctl', ['-n', ...names])).trim().split('\n').map(Number);
}
