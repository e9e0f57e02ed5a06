/**
 * Classic BPF, the language of socket filters (linux/filter.h, bpf(4)): the instructions that the filters here are made of. Pure. A load
 * beyond the packet ends the program and drops the packet.
 */

/** One struct sock_filter: opcode, jumps if true and if false (instructions to skip, at most 255), operand. */
export interface BpfInstruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

export type BpfProgram = readonly BpfInstruction[];

export const LD_LENGTH = 0x80;
export const LD_ABSOLUTE = 0x20;
export const LD_INDEXED = 0x40;
export const LDB_ABSOLUTE = 0x30;
export const LDB_INDEXED = 0x50;
export const LD_SCRATCH = 0x60;
export const LDX_IMMEDIATE = 0x01;
export const LDX_SCRATCH = 0x61;
/** X becomes the length of the IPv4 header whose first octet is named. */
export const LDX_HEADER_LENGTH = 0xb1;
export const ST_SCRATCH = 0x02;
export const ADD = 0x04;
export const ADD_X = 0x0c;
export const SUBTRACT = 0x14;
export const AND = 0x54;
export const SHIFT_LEFT = 0x64;
export const SHIFT_RIGHT = 0x74;
export const JUMP = 0x05;
export const JUMP_IF_EQUAL = 0x15;
export const JUMP_IF_EQUAL_X = 0x1d;
export const JUMP_IF_GREATER = 0x25;
export const JUMP_IF_AT_LEAST = 0x35;
export const JUMP_IF_AT_LEAST_X = 0x3d;
export const A_TO_X = 0x07;
export const X_TO_A = 0x87;
const RETURN = 0x06;

/** SKF_NET_OFF: what a raw socket of IPv6 hands over begins after the header, which lies from here on. */
export const NETWORK_HEADER = 0x1_0000_0000 - 0x10_0000;
const WHOLE_PACKET = 0x40000;
const BYTES_PER_INSTRUCTION = 8;

export const DROP = instruction(RETURN, 0);
export const PASS = instruction(RETURN, WHOLE_PACKET);

/** For a socket that only sends. */
export const DROP_EVERYTHING: BpfProgram = [DROP];

export function instruction(code: number, k: number, jt = 0): BpfInstruction {
  return { code, jt, jf: 0, k };
}

/** One instruction that follows only if the comparison is true. */
export function whether(code: number, k: number, then: BpfInstruction): BpfProgram {
  return [{ code, jt: 0, jf: 1, k }, then];
}

/** One instruction that follows only if the comparison is false. */
export function unless(code: number, k: number, otherwise: BpfInstruction): BpfProgram {
  return [{ code, jt: 1, jf: 0, k }, otherwise];
}

/** Passes what both pass: where the first would pass a packet, it goes on with the second. */
export function both(first: BpfProgram, second: BpfProgram): BpfProgram {
  const onwards = first.map((each, at) => (isPass(each) ? instruction(JUMP, first.length - at - 1) : each));
  return [...onwards, ...second];
}

/** Passes what the program drops, and the other way round; a load beyond the packet drops in both. */
export function not(program: BpfProgram): BpfProgram {
  return program.map(each => (each.code !== RETURN ? each : isPass(each) ? DROP : PASS));
}

function isPass({ code, k }: BpfInstruction): boolean {
  return code === RETURN && k === PASS.k;
}

/** The program as an array of struct sock_filter in host byte order. */
export function encodeBpf(program: BpfProgram): Uint8Array {
  const bytes = new ArrayBuffer(program.length * BYTES_PER_INSTRUCTION);
  for (const [at, { code, jt, jf, k }] of program.entries()) {
    const start = at * BYTES_PER_INSTRUCTION;
    new Uint16Array(bytes, start, 1).set([code]);
    new Uint8Array(bytes, start + 2, 2).set([jt, jf]);
    new Uint32Array(bytes, start + 4, 1).set([k]);
  }
  return new Uint8Array(bytes);
}
