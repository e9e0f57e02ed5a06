/** What an examination needs to know of virtual routers with a MAC of their own. Only reads. */

import { access, readFile } from 'node:fs/promises';
import type { VmacFacts } from '../../doctor/vmac.ts';
import type { KernelLinkDetails } from '../../net/rtnetlink.ts';
import { virtualMac } from '../../vrrp/virtual-mac.ts';
import type { RouterConfig } from '../config/config.ts';
import { familyOfConfig } from '../footing.ts';

/** `links`: of this network namespace, by name. */
export async function readVmacs(
  below: string,
  routers: readonly RouterConfig[],
  links: ReadonlyMap<string, { readonly link: KernelLinkDetails }>,
): Promise<readonly VmacFacts[]> {
  const enabled = routers.filter(({ vmac }) => vmac !== undefined);
  if (enabled.length === 0) return [];
  const [wireless, arpFilter, arpIgnore] = await Promise.all([
    isWireless(below),
    readSetting('arp_filter'),
    readSetting('arp_ignore'),
  ]);
  return enabled.flatMap(router => {
    const { vmac, vrid } = router;
    if (vmac === undefined) return [];
    const presence = presenceOf(links.get(vmac.interface)?.link);
    const mac = virtualMac(familyOfConfig(router), vrid);
    return [{ name: vmac.interface, mac, below, wireless, presence, arpFilter, arpIgnore }];
  });
}

/** Signed as Locum signs its interfaces. */
export function isVmac({ alias }: KernelLinkDetails): boolean {
  return alias?.startsWith('locum at ') === true;
}

function presenceOf(link: KernelLinkDetails | undefined): VmacFacts['presence'] {
  if (link === undefined) return 'absent';
  if (!isVmac(link)) return 'theirs';
  return link.up ? 'up' : 'down';
}

/** Of cfg80211 (sysfs); in a container that shows no sysfs of its network, none is. */
function isWireless(name: string): Promise<boolean> {
  return access(`/sys/class/net/${name}/phy80211`).then(
    () => true,
    () => false,
  );
}

async function readSetting(name: string): Promise<number> {
  const text = await readFile(`/proc/sys/net/ipv4/conf/all/${name}`, 'utf8').catch(() => 'NaN');
  return Number(text);
}
