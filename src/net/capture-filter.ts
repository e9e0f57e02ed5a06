/**
 * The kernel filter of a capture: VRRP (IP protocol 112) and what lies behind an authentication header (AH, 51), of either family, whatever
 * the link layer. Frames of a VLAN pass the interface below on their way, and belong to their own: they are left out. Pure.
 */

import {
  AND,
  type BpfProgram,
  DROP,
  instruction,
  JUMP_IF_EQUAL,
  LD_ABSOLUTE,
  LDB_ABSOLUTE,
  NETWORK_HEADER,
  PASS,
  unless,
  whether,
} from './bpf.ts';

/** SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT (linux/filter.h): what the kernel knows of a frame beside its octets. */
const VLAN_TAG_PRESENT = 0x1_0000_0000 - 0x1000 + 48;

const VERSION_BITS = 0xf0;
const VERSION_4 = 0x40;
const VERSION_6 = 0x60;
const PROTOCOL_OFFSET_4 = 9;
const NEXT_HEADER_OFFSET_6 = 6;

const IPPROTO_AH = 51;
const IPPROTO_VRRP = 112;

export function captureFilter(): BpfProgram {
  return [
    instruction(LD_ABSOLUTE, VLAN_TAG_PRESENT),
    ...unless(JUMP_IF_EQUAL, 0, DROP),
    ...ofVersion(VERSION_4, PROTOCOL_OFFSET_4),
    ...ofVersion(VERSION_6, NEXT_HEADER_OFFSET_6),
    DROP,
  ];
}

/** Decides about packets of the version, and goes on with the others. */
function ofVersion(version: number, protocolOffset: number): BpfProgram {
  const verdict = [
    instruction(LDB_ABSOLUTE, NETWORK_HEADER + protocolOffset),
    ...whether(JUMP_IF_EQUAL, IPPROTO_VRRP, PASS),
    ...whether(JUMP_IF_EQUAL, IPPROTO_AH, PASS),
    DROP,
  ];
  return [
    instruction(LDB_ABSOLUTE, NETWORK_HEADER),
    instruction(AND, VERSION_BITS),
    { code: JUMP_IF_EQUAL, k: version, jt: 0, jf: verdict.length },
    ...verdict,
  ];
}
