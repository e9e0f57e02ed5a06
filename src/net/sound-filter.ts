/**
 * Sorts adverts in the kernel into those that look sound and the rest, as classic BPF programs: a flood of junk, in whosever name
 * it comes, then lies in another receive buffer than the adverts of the master. Pure, and no judgement: both kinds reach the receive
 * ladder, and either may hold what it accepts. A load beyond the packet drops it, so lengths are compared first.
 *
 * Sound is a version 2 or 3 advertisement of the length that its Count asks for, with a right checksum (RFC 9568 §5.2.8 and with
 * the pseudo-header, RFC 3768 §5.3.8). Lists longer than the program can add up count as sound.
 */

import {
  A_TO_X,
  ADD,
  ADD_X,
  AND,
  type BpfProgram,
  both,
  DROP,
  instruction,
  JUMP,
  JUMP_IF_AT_LEAST,
  JUMP_IF_AT_LEAST_X,
  JUMP_IF_EQUAL,
  JUMP_IF_EQUAL_X,
  JUMP_IF_GREATER,
  LD_ABSOLUTE,
  LD_LENGTH,
  LD_SCRATCH,
  LDB_ABSOLUTE,
  LDX_IMMEDIATE,
  LDX_SCRATCH,
  NETWORK_HEADER,
  not,
  PASS,
  SHIFT_LEFT,
  SHIFT_RIGHT,
  ST_SCRATCH,
  SUBTRACT,
  unless,
  whether,
  X_TO_A,
} from './bpf.ts';

/** Where in the scratch memory: the length of what follows the fixed part, in units of four octets, and the sum of the message. */
const UNITS = 1;
const SUM = 2;
const FOLDING = 3;

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
  ipv6: { message: 0, addresses: NETWORK_HEADER + 8, addressOctets: 16 },
} as const satisfies Record<MessagePlace, object>;

/** What passes `ours` and is sound, and what passes `anybody`, a weaker filter, and is not in the first. */
export function sortingFilters(
  ours: BpfProgram,
  anybody: BpfProgram,
  place: MessagePlace,
): { readonly sound: BpfProgram; readonly rest: BpfProgram } {
  const sound = both(ours, soundness(place));
  return { sound, rest: both(anybody, not(sound)) };
}

/** Each check has an end of its own, since a conditional jump spans at most 255 instructions. */
function soundness(place: MessagePlace): BpfProgram {
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
function withoutOptions(): BpfProgram {
  return [instruction(LDB_ABSOLUTE, 0), ...unless(JUMP_IF_EQUAL, 0x45, DROP)];
}

/** Version and type, 2 or 3 and 1, say what the Count means. */
function unitsOf(place: MessagePlace): BpfProgram {
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
function lengthFits(place: MessagePlace): BpfProgram {
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
function messageSum(message: number): BpfProgram {
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
function pseudoHeader(place: MessagePlace, units: number, given: number): BpfProgram {
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
function addUnits(from: number, count: number): BpfProgram {
  return Array.from({ length: count }, (_, unit) => [
    instruction(LD_ABSOLUTE, from + 4 * unit),
    ...addToX(),
  ]).flat();
}

/** Adds the accumulator to X in one's complement of 32 bits (RFC 1071 §2): what overflows comes back in at the end. */
function addToX(): BpfProgram {
  return [
    instruction(ADD_X, 0),
    ...unless(JUMP_IF_AT_LEAST_X, 0, instruction(ADD, 1)),
    instruction(A_TO_X, 0),
  ];
}

/** Passes when the sum in X is all ones in 16 bits; the second folding takes in what overflows in the first. */
function passIfWhole(): BpfProgram {
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
