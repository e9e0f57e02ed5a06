/**
 * Sorts adverts in the kernel into those that look sound and the rest, as classic BPF programs (bpf(4)): a flood of junk, in whosever name
 * it comes, then lies in another receive buffer than the adverts of the master. Pure, and no judgement: both kinds reach the receive
 * ladder, and either may hold what it accepts. A program that reads beyond the packet drops it, so lengths are compared first.
 *
 * Sound is a version 2 or 3 advertisement of the length that its Count asks for, with a right checksum (RFC 9568 §5.2.8 and with
 * the pseudo-header, RFC 3768 §5.3.8). Lists longer than the program can add up count as sound.
 */

import { type BpfInstruction, DROP, instruction, PASS, RETURN } from './advert-filter.ts';

const LD_LENGTH = 0x80;
const LD_ABSOLUTE = 0x20;
const LDB_ABSOLUTE = 0x30;
const LD_SCRATCH = 0x60;
const LDX_IMMEDIATE = 0x01;
const LDX_SCRATCH = 0x61;
const ST_SCRATCH = 0x02;
const ADD = 0x04;
const ADD_X = 0x0c;
const SUBTRACT = 0x14;
const AND = 0x54;
const SHIFT_LEFT = 0x64;
const SHIFT_RIGHT = 0x74;
const JUMP = 0x05;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_EQUAL_X = 0x1d;
const JUMP_IF_GREATER = 0x25;
const JUMP_IF_AT_LEAST = 0x35;
const JUMP_IF_AT_LEAST_X = 0x3d;
const A_TO_X = 0x07;
const X_TO_A = 0x87;

/** Where in the scratch memory: the length of what follows the fixed part, in units of four octets, and the sum of the message. */
const UNITS = 1;
const SUM = 2;
const FOLDING = 3;

const IPV6_HEADER = 0x1_0000_0000 - 0x10_0000;
const FIXED_OCTETS = 8;
const IPPROTO_VRRP = 112;
const AUTHENTICATION_HEADER_OCTETS = 24;
const TRAILER_OCTETS = 28;
/** 224.0.0.18. */
const GROUP_SUM = 0xe000 + 0x0012;
/** Version 2 ends with eight octets of authentication data. */
const UNITS_OF_AUTHENTICATION = 2;
/** The kernel's memory for the filters of a socket, net.core.optmem_max, was 20 KiB up to Linux 6.6; a unit takes some 170 octets of it. */
const MOST_UNITS = 40;

export type MessagePlace = 'ipv4' | 'ipv4-headed' | 'ipv6';

/** Where the message begins, and the addresses of the pseudo-header, in octets from what the socket is given. */
const PLACES = {
  ipv4: { message: 20, addresses: 12, addressOctets: 4 },
  'ipv4-headed': { message: 20 + AUTHENTICATION_HEADER_OCTETS, addresses: 12, addressOctets: 4 },
  ipv6: { message: 0, addresses: IPV6_HEADER + 8, addressOctets: 16 },
} as const satisfies Record<MessagePlace, object>;

/** What passes `ours` and is sound, and what passes `anybody`, a weaker filter, and is not in the first. */
export function sortingFilters(
  ours: readonly BpfInstruction[],
  anybody: readonly BpfInstruction[],
  place: MessagePlace,
): { readonly sound: readonly BpfInstruction[]; readonly rest: readonly BpfInstruction[] } {
  const sound = both(ours, soundness(place));
  return { sound, rest: both(anybody, not(sound)) };
}

/** Passes what both pass: where the first would pass a packet, it goes on with the second. */
function both(
  first: readonly BpfInstruction[],
  second: readonly BpfInstruction[],
): readonly BpfInstruction[] {
  const onwards = first.map((each, at) => (isPass(each) ? instruction(JUMP, first.length - at - 1) : each));
  return [...onwards, ...second];
}

function not(program: readonly BpfInstruction[]): readonly BpfInstruction[] {
  return program.map(each => (each.code !== RETURN ? each : isPass(each) ? DROP : PASS));
}

function isPass({ code, k }: BpfInstruction): boolean {
  return code === RETURN && k === PASS.k;
}

/** Each check has an end of its own, since a conditional jump spans at most 255 instructions. */
function soundness(place: MessagePlace): readonly BpfInstruction[] {
  const { message } = PLACES[place];
  return [
    instruction(LD_LENGTH, 0),
    ...unless(JUMP_IF_AT_LEAST, message + FIXED_OCTETS, DROP),
    ...(place === 'ipv6' ? [] : withoutOptions()),
    ...unitsOf(place),
    ...lengthFits(place),
    ...whether(JUMP_IF_GREATER, MOST_UNITS, PASS),
    ...messageSum(message),
    ...passIfWhole(),
    ...pseudoHeader(place, PLACES[place].addressOctets / 2, 0),
    ...passIfWhole(),
    // To a unicast peer it may name the group all the same (checksum form `multicast-pseudo-header`).
    ...(place === 'ipv6' ? [] : [...pseudoHeader(place, 1, GROUP_SUM), ...passIfWhole()]),
    DROP,
  ];
}

/** With options, which no VRRP speaker sends, the message begins elsewhere. */
function withoutOptions(): readonly BpfInstruction[] {
  return [instruction(LDB_ABSOLUTE, 0), ...unless(JUMP_IF_EQUAL, 0x45, DROP)];
}

/** Version and type, 2 or 3 and 1, say what the Count means. */
function unitsOf(place: MessagePlace): readonly BpfInstruction[] {
  const { message, addressOctets } = PLACES[place];
  const multiply = addressOctets === 4 ? [] : [instruction(SHIFT_LEFT, 2)];
  const count = [instruction(LDB_ABSOLUTE, message + 3), ...multiply];
  const old = [...count, instruction(ADD, UNITS_OF_AUTHENTICATION), instruction(JUMP, count.length)];
  return [
    instruction(LDB_ABSOLUTE, message),
    instruction(JUMP_IF_EQUAL, 0x31, old.length + 2),
    ...unless(JUMP_IF_EQUAL, 0x21, DROP),
    ...old,
    ...count,
    instruction(ST_SCRATCH, UNITS),
  ];
}

/** The length as it should be, or with an authentication trailer, which over IPv6 is part of the sum. Leaves the units in the accumulator. */
function lengthFits(place: MessagePlace): readonly BpfInstruction[] {
  const { message } = PLACES[place];
  const trailing = place === 'ipv6' ? TRAILER_OCTETS / 4 : 0;
  return [
    instruction(LD_SCRATCH, UNITS),
    instruction(SHIFT_LEFT, 2),
    instruction(ADD, message + FIXED_OCTETS),
    instruction(A_TO_X, 0),
    instruction(LD_LENGTH, 0),
    instruction(JUMP_IF_EQUAL_X, 0, 6),
    instruction(SUBTRACT, TRAILER_OCTETS),
    ...unless(JUMP_IF_EQUAL_X, 0, DROP),
    instruction(LD_SCRATCH, UNITS),
    instruction(ADD, trailing),
    instruction(ST_SCRATCH, UNITS),
    instruction(LD_SCRATCH, UNITS),
  ];
}

/** The sum of the message in X and in the scratch memory; so long as the list is no longer, nothing is read beyond it. */
function messageSum(message: number): readonly BpfInstruction[] {
  const units = Array.from({ length: MOST_UNITS }, (_, unit) => {
    const [adding, left] = [addUnits(message + FIXED_OCTETS + 4 * unit, 1), MOST_UNITS - unit - 1];
    const perUnit = adding.length + 3;
    return [
      instruction(LD_SCRATCH, UNITS),
      ...whether(JUMP_IF_EQUAL, unit, instruction(JUMP, adding.length + left * perUnit)),
      ...adding,
    ];
  });
  return [
    instruction(LDX_IMMEDIATE, 0),
    ...addUnits(message, FIXED_OCTETS / 4),
    ...units.flat(),
    instruction(X_TO_A, 0),
    instruction(ST_SCRATCH, SUM),
  ];
}

/** In X the sum of message and pseudo-header, of which so many units are read and the rest is given. */
function pseudoHeader(place: MessagePlace, units: number, given: number): readonly BpfInstruction[] {
  return [
    instruction(LDX_SCRATCH, SUM),
    ...addUnits(PLACES[place].addresses, units),
    instruction(LD_SCRATCH, UNITS),
    instruction(SHIFT_LEFT, 2),
    instruction(ADD, FIXED_OCTETS + IPPROTO_VRRP + given),
    ...addToX(),
  ];
}

/** Adds units of four octets to X. */
function addUnits(from: number, count: number): readonly BpfInstruction[] {
  return Array.from({ length: count }, (_, unit) => [
    instruction(LD_ABSOLUTE, from + 4 * unit),
    ...addToX(),
  ]).flat();
}

/** Adds the accumulator to X in one's complement of 32 bits (RFC 1071 §2): what overflows comes back in at the end. */
function addToX(): readonly BpfInstruction[] {
  return [
    instruction(ADD_X, 0),
    ...unless(JUMP_IF_AT_LEAST_X, 0, instruction(ADD, 1)),
    instruction(A_TO_X, 0),
  ];
}

/** Passes when the sum in X is all ones in 16 bits; the second folding takes in what overflows in the first. */
function passIfWhole(): readonly BpfInstruction[] {
  const fold = [
    instruction(ST_SCRATCH, FOLDING),
    instruction(SHIFT_RIGHT, 16),
    instruction(A_TO_X, 0),
    instruction(LD_SCRATCH, FOLDING),
    instruction(AND, 0xffff),
    instruction(ADD_X, 0),
  ];
  return [instruction(X_TO_A, 0), ...fold, ...fold, ...whether(JUMP_IF_EQUAL, 0xffff, PASS)];
}

/** One instruction that follows only if the comparison is true. */
function whether(code: number, k: number, then: BpfInstruction): readonly BpfInstruction[] {
  return [{ code, jt: 0, jf: 1, k }, then];
}

function unless(code: number, k: number, otherwise: BpfInstruction): readonly BpfInstruction[] {
  return [{ code, jt: 1, jf: 0, k }, otherwise];
}
