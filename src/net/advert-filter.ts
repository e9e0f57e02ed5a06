/**
 * The kernel filter of the receiving socket, as a classic BPF program (linux/filter.h, bpf(4)): it keeps what cannot be
 * ours out of the event loop. Pure. It must never drop what the receive ladder would accept, and the ladder never
 * relies on it: packets that came before the filter was attached have not passed it.
 */

import { addressBytes, type IpAddress } from '../lib/ip-address.ts';

/** One struct sock_filter: opcode, jumps if true and if false (instructions to skip), operand. */
export interface BpfInstruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

const LD_ABSOLUTE = 0x20;
const LDB_ABSOLUTE = 0x30;
const LDB_INDEXED = 0x50;
const LD_SCRATCH = 0x60;
const ST_SCRATCH = 0x02;
const LDX_HEADER_LENGTH = 0xb1;
const JUMP = 0x05;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_AT_LEAST = 0x35;
export const RETURN = 0x06;

const TTL_OFFSET = 8;
const VRID_OFFSET = 1;
const AUTHENTICATION_HEADER_BYTES = 24;
/** SKF_NET_OFF: what a raw socket of IPv6 hands over begins after the header, which lies from here on. */
const IPV6_HEADER = 0x1_0000_0000 - 0x10_0000;
const NEXT_HEADER_OFFSET = 6;
const HOP_LIMIT_OFFSET = 7;
const DESTINATION_OFFSET = 24;
const IPPROTO_VRRP = 112;
const BYTES_PER_INSTRUCTION = 8;
const WHOLE_PACKET = 0x40000;

export const DROP = instruction(RETURN, 0);
export const PASS = instruction(RETURN, WHOLE_PACKET);

/** The VRIDs to receive, 1 to 255 each, and the least TTL (hop limit) with which their adverts may arrive. */
export type LeastTtls = ReadonlyMap<number, number>;

/**
 * Passes an IPv4 packet whose VRRP header, after an IP header of any length and, `headed`, an authentication header (RFC 2402),
 * names one of the VRIDs, if its TTL is at least that VRID's: 255 where nobody may have forwarded it (RFC 9568 §5.1.1.3). A packet too short
 * for that is dropped.
 */
export function advertFilter(leastTtls: LeastTtls, headed = false): readonly BpfInstruction[] {
  return [
    instruction(LDB_ABSOLUTE, TTL_OFFSET),
    instruction(ST_SCRATCH, 0),
    instruction(LDX_HEADER_LENGTH, 0),
    instruction(LDB_INDEXED, VRID_OFFSET + (headed ? AUTHENTICATION_HEADER_BYTES : 0)),
    ...vridRules(leastTtls),
  ];
}

/**
 * The same for IPv6, and only for what was sent to the destination, with VRRP right behind the IPv6 header: the socket shows neither
 * destination nor hop limit, so that what passes is known by this filter alone.
 */
export function advertFilter6(leastTtls: LeastTtls, destination: IpAddress): readonly BpfInstruction[] {
  const view = new DataView(addressBytes(destination).buffer);
  const words = [0, 4, 8, 12].flatMap(at => [
    instruction(LD_ABSOLUTE, IPV6_HEADER + DESTINATION_OFFSET + at),
    ...unlessEqual(view.getUint32(at), DROP),
  ]);
  return [
    instruction(LDB_ABSOLUTE, IPV6_HEADER + NEXT_HEADER_OFFSET),
    ...unlessEqual(IPPROTO_VRRP, DROP),
    ...words,
    instruction(LDB_ABSOLUTE, IPV6_HEADER + HOP_LIMIT_OFFSET),
    instruction(ST_SCRATCH, 0),
    instruction(LDB_ABSOLUTE, VRID_OFFSET),
    ...vridRules(leastTtls),
  ];
}

function unlessEqual(value: number, otherwise: BpfInstruction): readonly BpfInstruction[] {
  return [instruction(JUMP_IF_EQUAL, value, 1), otherwise];
}

/** Decides by the VRID in the accumulator and the TTL in the scratch memory: VRIDs of one least TTL together. */
function vridRules(leastTtls: LeastTtls): readonly BpfInstruction[] {
  const ttls = [...new Set(leastTtls.values())];
  const groups = ttls.flatMap(ttl => {
    const vrids = [...leastTtls].filter(([, least]) => least === ttl).map(([vrid]) => vrid);
    const verdict = [instruction(LD_SCRATCH, 0), instruction(JUMP_IF_AT_LEAST, ttl, 1), DROP, PASS];
    // A conditional jump spans at most 255 instructions: each match jumps over the later ones and one more, so 255 VRIDs just fit.
    const matches = vrids.map((vrid, at) => instruction(JUMP_IF_EQUAL, vrid, vrids.length - at));
    return [...matches, instruction(JUMP, verdict.length), ...verdict];
  });
  return [...groups, DROP];
}

/** For a socket that only sends. */
export const DROP_EVERYTHING: readonly BpfInstruction[] = [DROP];

/** The program as an array of struct sock_filter in host byte order. */
export function encodeBpf(program: readonly BpfInstruction[]): Uint8Array {
  const bytes = new ArrayBuffer(program.length * BYTES_PER_INSTRUCTION);
  for (const [at, { code, jt, jf, k }] of program.entries()) {
    const start = at * BYTES_PER_INSTRUCTION;
    new Uint16Array(bytes, start, 1).set([code]);
    new Uint8Array(bytes, start + 2, 2).set([jt, jf]);
    new Uint32Array(bytes, start + 4, 1).set([k]);
  }
  return new Uint8Array(bytes);
}

export function instruction(code: number, k: number, jt = 0): BpfInstruction {
  return { code, jt, jf: 0, k };
}
