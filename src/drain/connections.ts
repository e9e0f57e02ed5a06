/**
 * TCP connections on the virtual addresses, from the kernel's tables /proc/net/tcp and /proc/net/tcp6 (proc_net_tcp in the kernel's
 * documentation). Pure: reading is the adapter's.
 */

import { toHex } from '../lib/bytes.ts';
import { addressFrom, type IpAddress } from '../lib/ip-address.ts';

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
  return addresses.has(readAddress(hex, littleEndian));
}

/** `::ffff:0:0/96`: a socket that listens to both families has its IPv4 connections in the IPv6 table. */
const MAPPED = '00000000000000000000ffff';

/** The kernel prints each 32-bit word of an address as a number of the machine's own byte order. */
function readAddress(hex: string, littleEndian: boolean): IpAddress {
  const words = hex.match(/.{8}/g) ?? [];
  const octets = words.flatMap(word => (littleEndian ? octetsOf(word).reverse() : octetsOf(word)));
  const isMapped = octets.length === 16 && toHex(Uint8Array.from(octets.slice(0, 12))) === MAPPED;
  return addressFrom(Uint8Array.from(isMapped ? octets.slice(12) : octets));
}

const octetsOf = (word: string): number[] => (word.match(/../g) ?? []).map(pair => Number.parseInt(pair, 16));
