/**
 * The kernel filter of the receiving socket, as a classic BPF program: it keeps what cannot be ours out of the event loop. Pure. It must
 * never drop what the receive ladder would accept, and the ladder never relies on it: packets that came before the filter was attached
 * have not passed it.
 */

import { addressBytes, type IpAddress } from '../lib/ip-address.ts';
import {
  A_TO_X,
  ADD,
  ADD_X,
  type BpfProgram,
  DROP,
  instruction,
  JUMP,
  JUMP_IF_AT_LEAST,
  JUMP_IF_AT_LEAST_X,
  JUMP_IF_EQUAL,
  LD_ABSOLUTE,
  LD_INDEXED,
  LD_LENGTH,
  LD_SCRATCH,
  LDB_ABSOLUTE,
  LDB_INDEXED,
  LDX_HEADER_LENGTH,
  LDX_SCRATCH,
  NETWORK_HEADER,
  PASS,
  SHIFT_LEFT,
  ST_SCRATCH,
  unless,
  X_TO_A,
} from './bpf.ts';

const TTL_OFFSET = 8;
/** In the VRRP header, version and type first. */
const VRID_OFFSET = 1;
const COUNT_OFFSET = 3;
const TYPE_OFFSET = 4;
const FIXED_BYTES = 8;
/** Behind the address list, in version 2. */
const AUTHENTICATION_BYTES = 8;
const TYPE_ADVERTISEMENT = 1;
const AUTHENTICATION_HEADER_BYTES = 24;
const NEXT_HEADER_OFFSET = 6;
const HOP_LIMIT_OFFSET = 7;
const DESTINATION_OFFSET = 24;
const IPPROTO_VRRP = 112;

/** Of admissions in one filter, which the kernel bounds in length and memory (BPF_MAXINSNS, net.core.optmem_max): beyond, passwords are the ladder's. */
const MOST_KINDS = 8;

/** Where in the scratch memory. */
const TTL = 0;
const VERSION_AND_TYPE = 1;
/** Octets of IP header and address list. */
const LISTED = 2;

/** What the adverts of a virtual router have in common. */
export interface Admission {
  /** The least TTL (hop limit) with which they may arrive: 255 where nobody may have forwarded them (RFC 9568 §5.1.1.3). */
  readonly leastTtl: number;
  /** Undefined: of any version, and whatever type. */
  readonly version?: 2 | 3;
  /** What version 2 has of authentication in every advert (RFC 2338 §5.3.6); undefined: of any. */
  readonly authentication?: { readonly type: number; readonly password?: Uint8Array };
}

/** By VRID, 1 to 255 each. */
export type Admissions = ReadonlyMap<number, Admission>;

/**
 * Passes an IPv4 packet whose VRRP header, after an IP header of any length and, `headed`, an authentication header (RFC 2402),
 * names one of the VRIDs, if that admits it. A packet too short for that is dropped.
 */
export function advertFilter(admissions: Admissions, headed = false): BpfProgram {
  const header = headed ? AUTHENTICATION_HEADER_BYTES : 0;
  return [
    instruction(LDB_ABSOLUTE, TTL_OFFSET),
    instruction(ST_SCRATCH, TTL),
    instruction(LDX_HEADER_LENGTH, 0),
    instruction(LDB_INDEXED, header),
    instruction(ST_SCRATCH, VERSION_AND_TYPE),
    instruction(LDB_INDEXED, header + VRID_OFFSET),
    ...rulesOf(admissions),
  ];
}

/**
 * The same for IPv6, and only for what was sent to the destination, with VRRP right behind the IPv6 header: the socket shows neither
 * destination nor hop limit, so that what passes is known by this filter alone.
 */
export function advertFilter6(admissions: Admissions, destination: IpAddress): BpfProgram {
  const view = new DataView(addressBytes(destination).buffer);
  const words = [0, 4, 8, 12].flatMap(at => [
    instruction(LD_ABSOLUTE, NETWORK_HEADER + DESTINATION_OFFSET + at),
    ...unless(JUMP_IF_EQUAL, view.getUint32(at), DROP),
  ]);
  return [
    instruction(LDB_ABSOLUTE, NETWORK_HEADER + NEXT_HEADER_OFFSET),
    ...unless(JUMP_IF_EQUAL, IPPROTO_VRRP, DROP),
    ...words,
    instruction(LDB_ABSOLUTE, NETWORK_HEADER + HOP_LIMIT_OFFSET),
    instruction(ST_SCRATCH, TTL),
    instruction(LDB_ABSOLUTE, 0),
    instruction(ST_SCRATCH, VERSION_AND_TYPE),
    instruction(LDB_ABSOLUTE, VRID_OFFSET),
    ...rulesOf(admissions),
  ];
}

/** Decides by the VRID in the accumulator, with the rest in the scratch memory: VRIDs with the same admission together. */
function rulesOf(wanted: Admissions): BpfProgram {
  const admissions = kindsOf(wanted).size > MOST_KINDS ? withoutAuthentication(wanted) : wanted;
  const groups = [...kindsOf(admissions)].flatMap(([key, admission]) => {
    const vrids = [...admissions].filter(([, each]) => keyOf(each) === key).map(([vrid]) => vrid);
    const verdict = verdictOf(admission);
    // A conditional jump spans at most 255 instructions: each match jumps over the later ones and one more, so 255 VRIDs just fit.
    const matches = vrids.map((vrid, at) => instruction(JUMP_IF_EQUAL, vrid, vrids.length - at));
    return [...matches, instruction(JUMP, verdict.length), ...verdict];
  });
  return [...groups, DROP];
}

function kindsOf(admissions: Admissions): ReadonlyMap<string, Admission> {
  return new Map([...admissions.values()].map(admission => [keyOf(admission), admission]));
}

function keyOf({ leastTtl, version, authentication }: Admission): string {
  return [leastTtl, version, authentication?.type, authentication?.password?.join('.')].join(' ');
}

function withoutAuthentication(admissions: Admissions): Admissions {
  return new Map([...admissions].map(([vrid, { authentication: _, ...admission }]) => [vrid, admission]));
}

function verdictOf({ leastTtl, version, authentication }: Admission): BpfProgram {
  const ofVersion =
    version === undefined
      ? []
      : [
          instruction(LD_SCRATCH, VERSION_AND_TYPE),
          ...unless(JUMP_IF_EQUAL, (version << 4) | TYPE_ADVERTISEMENT, DROP),
        ];
  return [
    instruction(LD_SCRATCH, TTL),
    ...unless(JUMP_IF_AT_LEAST, leastTtl, DROP),
    ...ofVersion,
    ...(authentication === undefined ? [] : authenticated(authentication)),
    PASS,
  ];
}

/**
 * Of that type and, where there is one, with that password: for IPv4 without an authentication header. How far a packet reaches is
 * looked at before it is read, since a load beyond it would take it from both sockets.
 */
function authenticated({ type, password }: NonNullable<Admission['authentication']>): BpfProgram {
  const words = password === undefined ? [] : wordsOf(password);
  return [
    ...reachingBeyond([instruction(LDX_HEADER_LENGTH, 0), instruction(X_TO_A, 0)]),
    instruction(LDX_HEADER_LENGTH, 0),
    instruction(LDB_INDEXED, TYPE_OFFSET),
    ...unless(JUMP_IF_EQUAL, type, DROP),
    instruction(LDB_INDEXED, COUNT_OFFSET),
    instruction(SHIFT_LEFT, 2),
    instruction(ADD_X, 0),
    instruction(ST_SCRATCH, LISTED),
    ...reachingBeyond([instruction(LD_SCRATCH, LISTED)]),
    instruction(LDX_SCRATCH, LISTED),
    ...words.flatMap((word, at) => [
      instruction(LD_INDEXED, FIXED_BYTES + 4 * at),
      ...unless(JUMP_IF_EQUAL, word, DROP),
    ]),
  ];
}

/** Goes on with what has a fixed part and authentication data beside the octets that are counted in the accumulator. */
function reachingBeyond(octets: BpfProgram): BpfProgram {
  return [
    ...octets,
    instruction(ADD, FIXED_BYTES + AUTHENTICATION_BYTES),
    instruction(A_TO_X, 0),
    instruction(LD_LENGTH, 0),
    ...unless(JUMP_IF_AT_LEAST_X, 0, DROP),
  ];
}

function wordsOf(password: Uint8Array): readonly number[] {
  const octets = new Uint8Array(AUTHENTICATION_BYTES);
  octets.set(password);
  const view = new DataView(octets.buffer);
  return [view.getUint32(0), view.getUint32(4)];
}
