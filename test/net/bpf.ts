/** Classic BPF, run here: the instructions that the filters use (linux/filter.h). */

import assert from 'node:assert/strict';
import type { BpfInstruction } from '../../src/net/bpf.ts';

/** What a filter sees. */
export interface Seen {
  /** From the network header on. */
  readonly packet: Uint8Array;
  /** What the socket hands over: the packet, or over IPv6 what is behind its header. */
  readonly data: Uint8Array;
}

/** SKF_NET_OFF: from here on lies the network header. */
const NETWORK_HEADER = 0x1_0000_0000 - 0x10_0000;

interface Machine {
  a: number;
  x: number;
  readonly memory: (number | undefined)[];
}

/** Whether the program passes the packet. As in the kernel, a load beyond the packet drops it. */
export function passes(program: readonly BpfInstruction[], seen: Seen): boolean {
  const machine: Machine = { a: 0, x: 0, memory: [] };
  for (let next = 0; ; next += 1) {
    const each = program[next] ?? assert.fail('ran over the end');
    if (each.code === 0x06) return each.k > 0;
    if (each.code === 0x05) next += each.k;
    else if ((each.code & 7) === 5) next += isTrue(each, machine) ? each.jt : each.jf;
    else if (!run(each, machine, seen)) return false;
  }
}

function isTrue({ code, k }: BpfInstruction, { a, x }: Machine): boolean {
  const operand = (code & 8) === 0 ? k : x;
  if ((code & 0xf0) === 0x10) return a === operand;
  return (code & 0xf0) === 0x20 ? a > operand : a >= operand;
}

function run({ code, k }: BpfInstruction, machine: Machine, seen: Seen): boolean {
  const { a, x, memory } = machine;
  const known = (value: number | undefined): number => value ?? assert.fail('scratch memory before a store');
  const arithmetic: Readonly<Record<number, () => number>> = {
    4: () => (a + k) >>> 0,
    12: () => (a + x) >>> 0,
    20: () => (a - k) >>> 0,
    84: () => (a & k) >>> 0,
    100: () => (a << k) >>> 0,
    116: () => a >>> k,
    96: () => known(memory[k]),
    128: () => seen.data.length,
    135: () => x,
  };
  const compute = arithmetic[code];
  if (compute !== undefined) machine.a = compute();
  else if (code === 0x01) machine.x = k;
  else if (code === 0x61) machine.x = known(memory[k]);
  else if (code === 0x07) machine.x = a;
  else if (code === 0x02) memory[k] = a;
  else return load(code, k, machine, seen);
  return true;
}

const WIDTHS: Readonly<Record<number, number>> = { 32: 4, 40: 2, 48: 1, 64: 4, 80: 1, 177: 1 };

function load(code: number, k: number, machine: Machine, { data, packet }: Seen): boolean {
  const [from, at] = k >= NETWORK_HEADER ? [packet, k - NETWORK_HEADER] : [data, k];
  const octets = WIDTHS[code] ?? assert.fail(`opcode ${code}`);
  const start = code === 0x40 || code === 0x50 ? machine.x + at : at;
  const loaded = from.subarray(start, start + octets);
  if (loaded.length < octets) return false;
  const value = loaded.reduce((all, octet) => all * 256 + octet, 0);
  if (code === 0xb1) machine.x = 4 * (value & 0xf);
  else machine.a = value;
  return true;
}
