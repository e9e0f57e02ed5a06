/**
 * The kernel filter of the receiving socket, as a classic BPF program (linux/filter.h, bpf(4)): it keeps what cannot be
 * ours out of the event loop. Pure. It must never drop what the receive ladder would accept, and the ladder never
 * relies on it: packets that came before the filter was attached have not passed it.
 */

/** One struct sock_filter: opcode, jumps if true and if false (instructions to skip), operand. */
export interface BpfInstruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

const LDB_ABSOLUTE = 0x30;
const LDB_INDEXED = 0x50;
const LDX_HEADER_LENGTH = 0xb1;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;

const TTL_OFFSET = 8;
const VRID_OFFSET = 1;
const AUTHENTICATION_HEADER_BYTES = 24;
const BYTES_PER_INSTRUCTION = 8;
const WHOLE_PACKET = 0x40000;

const DROP = instruction(RETURN, 0);

/**
 * Passes an IPv4 packet whose TTL is 255 (RFC 9568 §5.1.1.3) and whose VRRP header, after an IP header of any length and, `headed`,
 * an authentication header (RFC 2402), names one of the VRIDs (1 to 255). A packet too short for that is dropped.
 */
export function advertFilter(vrids: ReadonlySet<number>, headed = false): readonly BpfInstruction[] {
  // Every jump must span at most 255 instructions: each match jumps over the later ones and the drop, so 255 VRIDs just fit.
  const matches = [...vrids].map((vrid, at) => instruction(JUMP_IF_EQUAL, vrid, vrids.size - at));
  return [
    instruction(LDB_ABSOLUTE, TTL_OFFSET),
    instruction(JUMP_IF_EQUAL, 255, 1),
    DROP,
    instruction(LDX_HEADER_LENGTH, 0),
    instruction(LDB_INDEXED, VRID_OFFSET + (headed ? AUTHENTICATION_HEADER_BYTES : 0)),
    ...matches,
    DROP,
    instruction(RETURN, WHOLE_PACKET),
  ];
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

function instruction(code: number, k: number, jt = 0): BpfInstruction {
  return { code, jt, jf: 0, k };
}
