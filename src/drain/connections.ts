/**
 * TCP connections on the virtual addresses, from the kernel's tables /proc/net/tcp and /proc/net/tcp6 (proc_net_tcp in the kernel's
 * documentation). Pure: reading is the adapter's.
 */

import { fromUint32, type IpAddress } from '../lib/ip-address.ts';

export interface Census {
  /** Handshakes under way. */
  readonly handshakes: number;
  /** Connections that no server has accepted yet, also of listeners to every address; each is among the connections too. */
  readonly queued: number;
  /** Connections that still carry something, or may. */
  readonly connections: number;
}

export const NOBODY: Census = { handshakes: 0, queued: 0, connections: 0 };

export function sum(a: Census, b: Census): Census {
  return {
    handshakes: a.handshakes + b.handshakes,
    queued: a.queued + b.queued,
    connections: a.connections + b.connections,
  };
}

/** The states of include/net/tcp_states.h that matter, as the tables print them. */
const SYN_RECV = '03';
const LISTEN = '0A';
/**
 * ESTABLISHED, FIN_WAIT1, CLOSE_WAIT, LAST_ACK, CLOSING. In FIN_WAIT2 and TIME_WAIT the client has acknowledged everything, so that
 * it loses nothing when the address goes.
 */
const OPEN: readonly string[] = ['01', '04', '08', '09', '0B'];

/** Fields of a line, separated by spaces, the line's number before them. */
const LINE = /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):[0-9A-F]{4} \S+ ([0-9A-F]{2}) [0-9A-F]{8}:([0-9A-F]{8})/;

/** What one line of a table counts for; a heading, or a line that is none, counts for nothing. */
export function countLine(line: string, addresses: ReadonlySet<IpAddress>, littleEndian: boolean): Census {
  const [, hex, state, queue] = LINE.exec(line) ?? [];
  if (hex === undefined || state === undefined || queue === undefined) return NOBODY;
  if (state === LISTEN)
    // Of a listener the receive queue is what waits to be accepted.
    return isAny(hex) || isOn(hex, addresses, littleEndian)
      ? { ...NOBODY, queued: Number.parseInt(queue, 16) }
      : NOBODY;
  if (!isOn(hex, addresses, littleEndian)) return NOBODY;
  if (state === SYN_RECV) return { ...NOBODY, handshakes: 1 };
  return OPEN.includes(state) ? { ...NOBODY, connections: 1 } : NOBODY;
}

const isAny = (hex: string): boolean => /^0+$/.test(hex);

function isOn(hex: string, addresses: ReadonlySet<IpAddress>, littleEndian: boolean): boolean {
  const address = readAddress(hex, littleEndian);
  return address !== undefined && addresses.has(address);
}

/** `::ffff:0:0/96`, in either byte order: a socket that listens to both families has its IPv4 connections in the IPv6 table. */
const MAPPED = ['0000000000000000FFFF0000', '00000000000000000000FFFF'];

/** The kernel prints each 32-bit word of an address as a number of the machine's own byte order. */
function readAddress(hex: string, littleEndian: boolean): IpAddress | undefined {
  if (hex.length !== 8 && !MAPPED.includes(hex.slice(0, 24))) return undefined;
  const octets = hex.slice(-8).match(/../g) ?? [];
  const inOrder = littleEndian ? octets.reverse() : octets;
  return fromUint32(Number.parseInt(inOrder.join(''), 16));
}
