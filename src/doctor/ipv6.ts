/** Whether an interface can carry VRRP over IPv6: not disabled, with a link-local address that the kernel uses (ip-sysctl, RFC 4862). Pure. */

import { about, type Line } from './line.ts';

export interface Ipv6Facts {
  readonly interface: string;
  /** Its disable_ipv6; undefined where the kernel does not show it: it has no IPv6. */
  readonly disabled: number | undefined;
  /** Its link-local addresses that can be used. */
  readonly linkLocal: readonly string[];
  /** Its addresses that others on the link have too, as the kernel found. */
  readonly duplicates: readonly string[];
}

export function ipv6Line({ interface: name, disabled, linkLocal, duplicates }: Ipv6Facts): Line {
  const line = about('ipv6', name);
  if (disabled === undefined)
    return line.fail(
      'the kernel has no IPv6, so a virtual router with IPv6 addresses is in fault',
      'start the kernel without ipv6.disable=1, or use IPv4',
    );
  if (disabled !== 0)
    return line.fail(
      `disable_ipv6 is ${disabled}, so a virtual router with IPv6 addresses is in fault`,
      `sysctl -w net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.${name}.disable_ipv6=0; for a container under \`sysctls:\` of the one that owns the network (the holder), with \`all\` alone`,
    );
  const [duplicate] = duplicates;
  if (duplicate !== undefined)
    return line.fail(
      `${duplicate} is somebody else's too, so the kernel does not use it (dadfailed)`,
      'look for a cloned machine with the same Ethernet address; then ip link set the interface down and up',
    );
  const [first] = linkLocal;
  return first === undefined
    ? line.fail(
        'has no link-local address, from which adverts come',
        `wait a second after it came up; else sysctl -w net.ipv6.conf.${name}.addr_gen_mode=0 and ip link set ${name} down and up`,
      )
    : line.ok(`adverts come from ${first}`);
}
