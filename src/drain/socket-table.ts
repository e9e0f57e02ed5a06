/** Reads the kernel's tables of TCP sockets, those of the network namespace of this process (proc(5), /proc/net). */

import { createReadStream } from 'node:fs';
import { endianness } from 'node:os';
import { messageOf } from '../lib/errors.ts';
import type { IpAddress } from '../lib/ip-address.ts';
import { err, ok, type Result } from '../lib/result.ts';
import { type Census, countLine, NOBODY, sum } from './connections.ts';

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
/** A kernel without IPv6 has no second table. */
const OPTIONAL = '/proc/net/tcp6';
/** 150 octets a line: room for two million sockets. */
const MOST_OCTETS = 300_000_000;
const CHUNK_OCTETS = 65_536;

/** Counts the connections on the addresses; the error is why it cannot, in words. */
export async function countConnections(addresses: ReadonlySet<IpAddress>): Promise<Result<Census, string>> {
  try {
    let total = NOBODY;
    for (const table of TABLES) total = sum(total, await countTable(table, addresses));
    return ok(total);
  } catch (thrown) {
    return err(`the open connections cannot be counted: ${messageOf(thrown)}`);
  }
}

async function countTable(path: string, addresses: ReadonlySet<IpAddress>): Promise<Census> {
  const littleEndian = endianness() === 'LE';
  let total = NOBODY;
  let rest = '';
  const limits = { encoding: 'latin1', highWaterMark: CHUNK_OCTETS, end: MOST_OCTETS } as const;
  try {
    for await (const chunk of createReadStream(path, limits)) {
      const lines = `${rest}${String(chunk)}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) total = sum(total, countLine(line, addresses, littleEndian));
    }
  } catch (thrown) {
    if (path !== OPTIONAL || (thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
  }
  return total;
}
