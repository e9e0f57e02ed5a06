/**
 * The kernel filter of the receiving socket, as a classic BPF program: it keeps what cannot be ours out of the event loop. Pure. It must
 * never drop what the receive ladder would accept, and the ladder never relies on it: packets that came before the filter was attached
 * have not passed it.
 */

import { addressBytes, type IpAddress } from '../lib/ip-address.ts';
import {
  type BpfProgram,
  DROP,
  instruction,
  JUMP,
  JUMP_IF_AT_LEAST,
  JUMP_IF_EQUAL,
  LD_ABSOLUTE,
  LD_SCRATCH,
  LDB_ABSOLUTE,
  LDB_INDEXED,
  LDX_HEADER_LENGTH,
  NETWORK_HEADER,
  PASS,
  ST_SCRATCH,
  unless,
} from './bpf.ts';

const TTL_OFFSET = 8;
/** In the VRRP header, version and type first. */
const VRID_OFFSET = 1;
const TYPE_ADVERTISEMENT = 1;
const AUTHENTICATION_HEADER_BYTES = 24;
const NEXT_HEADER_OFFSET = 6;
const HOP_LIMIT_OFFSET = 7;
const DESTINATION_OFFSET = 24;
const IPPROTO_VRRP = 112;

/** Where in the scratch memory. */
const TTL = 0;
const VERSION_AND_TYPE = 1;

/** What the adverts of a virtual router have in common. */
export interface Admission {
  /** The least TTL (hop limit) with which they may arrive: 255 where nobody may have forwarded them (RFC 9568 §5.1.1.3). */
  readonly leastTtl: number;
  /** Undefined: of any version, and whatever type. */
  readonly version?: 2 | 3;
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
function rulesOf(admissions: Admissions): BpfProgram {
  const keyOf = ({ leastTtl, version }: Admission): string => `${leastTtl} ${version}`;
  const distinct = new Map([...admissions.values()].map(admission => [keyOf(admission), admission]));
  const groups = [...distinct].flatMap(([key, admission]) => {
    const vrids = [...admissions].filter(([, each]) => keyOf(each) === key).map(([vrid]) => vrid);
    const verdict = verdictOf(admission);
    // A conditional jump spans at most 255 instructions: each match jumps over the later ones and one more, so 255 VRIDs just fit.
    const matches = vrids.map((vrid, at) => instruction(JUMP_IF_EQUAL, vrid, vrids.length - at));
    return [...matches, instruction(JUMP, verdict.length), ...verdict];
  });
  return [...groups, DROP];
}

function verdictOf({ leastTtl, version }: Admission): BpfProgram {
  const ofVersion =
    version === undefined
      ? []
      : [
          instruction(LD_SCRATCH, VERSION_AND_TYPE),
          ...unless(JUMP_IF_EQUAL, (version << 4) | TYPE_ADVERTISEMENT, DROP),
        ];
  return [instruction(LD_SCRATCH, TTL), ...unless(JUMP_IF_AT_LEAST, leastTtl, DROP), ...ofVersion, PASS];
}
