/** The kernel's tables in /proc/net as text (proc(5), proc_net_tcp of its documentation): who listens where, where default routes lead. Pure. */

import { fromUint32, type IpAddress } from '../lib/ip-address.ts';

const LISTENING = /^\s*\d+: ([0-9A-F]{8}):([0-9A-F]{4}) \S+ 0A /;
const MOST = 8;

/** `198.18.51.100:80`, a few at most. The kernel prints an address as a number of the machine's own byte order. */
export function listenersOn(table: string, addresses: readonly IpAddress[], littleEndian: boolean): string[] {
  const found = table.split('\n').flatMap(line => {
    const [, address, port] = LISTENING.exec(line) ?? [];
    if (address === undefined || port === undefined) return [];
    const octets = address.match(/../g) ?? [];
    const inOrder = (littleEndian ? octets.reverse() : octets).join('');
    const local = fromUint32(Number.parseInt(inOrder, 16));
    return addresses.includes(local) ? [`${local}:${Number.parseInt(port, 16)}`] : [];
  });
  return [...new Set(found)].slice(0, MOST);
}

/** The interfaces of the default routes in /proc/net/route: destination and mask are zero. */
export function defaultRoutesOf(table: string): string[] {
  const routes = table
    .split('\n')
    .slice(1)
    .map(line => line.trim().split(/\s+/));
  const names = routes.flatMap(([name, destination, , , , , , mask]) =>
    name !== undefined && destination === '00000000' && mask === '00000000' ? [name] : [],
  );
  return [...new Set(names)];
}
