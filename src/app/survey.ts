/** What the configuration is held against before the daemon starts: this host's interfaces, capabilities and files. Only looks. */

import { access, constants, readFile, stat } from 'node:fs/promises';
import { type LinkNetlink, openRouteNetlink, type RouteNetlink } from '../net/rtnetlink.ts';
import type { FileLook } from './config/check-program.ts';
import type { HostInterface } from './config/host.ts';

/** Interfaces looked at; a host with more has them from containers, and names the one it means. */
const MOST_INTERFACES = 512;

export interface HostReading {
  readonly interfaces: readonly HostInterface[];
  /** CapEff of this process (capabilities(7)). */
  readonly capabilities: bigint;
}

/** Reads rtnetlink and /proc of this process. Throws an OperatingError when the kernel does not answer. */
export async function readHost(): Promise<HostReading> {
  const netlink = openRouteNetlink(() => {});
  try {
    return { interfaces: await readInterfaces(netlink), capabilities: await readCapabilities() };
  } finally {
    netlink.close();
  }
}

async function readInterfaces(netlink: RouteNetlink & LinkNetlink): Promise<HostInterface[]> {
  const names = await readInterfaceNames();
  const links = await Promise.all(names.map(name => netlink.readLinkDetails(name)));
  const addresses = await netlink.listAddresses();
  return links.flatMap(link =>
    link === undefined
      ? []
      : [
          {
            name: link.name,
            up: link.up && link.running,
            kind: link.kind,
            alias: link.alias,
            addresses: addresses.filter(({ interfaceIndex }) => interfaceIndex === link.index),
          },
        ],
  );
}

/** Of this network namespace, a few hundred at most. proc_pid_net(5): two lines of headings, then `name: counters`. */
export async function readInterfaceNames(): Promise<string[]> {
  const lines = (await readFile('/proc/self/net/dev', 'utf8')).split('\n').slice(2);
  return lines.flatMap(line => /^\s*([^\s:]+):/.exec(line)?.[1] ?? []).slice(0, MOST_INTERFACES);
}

/** proc_pid_status(5). */
async function readCapabilities(): Promise<bigint> {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(await readFile('/proc/self/status', 'utf8'))?.[1];
  return BigInt(`0x${effective ?? '0'}`);
}

const MODE_READABLE_BY_ALL = 0o004;
const MODE_WRITABLE_BY_ALL = 0o002;

const NOTHING_THERE: FileLook = {
  kind: 'missing',
  readable: false,
  executable: false,
  readableByAll: false,
  writableByAll: false,
};

/** What lies at a path, links followed (stat(2), access(2)). */
export async function lookAtFile(path: string): Promise<FileLook> {
  const allows = (mode: number) =>
    access(path, mode).then(
      () => true,
      () => false,
    );
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return NOTHING_THERE;
  return {
    kind: found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other',
    readable: await allows(constants.R_OK),
    executable: await allows(constants.X_OK),
    readableByAll: (found.mode & MODE_READABLE_BY_ALL) !== 0,
    writableByAll: (found.mode & MODE_WRITABLE_BY_ALL) !== 0,
  };
}
