/**
 * Reads captures in the classic pcap format (draft-ietf-opsawg-pcap): both byte orders, microsecond and nanosecond variants.
 * Bytes in, frames out; a capture that breaks off gives the frames before the break. Pure.
 */

import { err, ok, type Result } from '../../lib/result.ts';

export interface Frame {
  /** The capture's link type (LINKTYPE_ value). */
  readonly linkType: number;
  /** Nanoseconds since 1970, as the capture says. */
  readonly time_ns: bigint;
  readonly bytes: Uint8Array;
  /** The length on the wire; more than `bytes` when the capture was cut. */
  readonly wireLength: number;
}

export interface Capture {
  readonly frames: readonly Frame[];
  /** Why reading stopped before the end; undefined when it did not. */
  readonly broken: string | undefined;
}

const FILE_HEADER_LENGTH = 24;
const FRAME_HEADER_LENGTH = 16;
/** Far more than any frame; a larger length means that the reading is out of step. */
const LONGEST_FRAME = 262_144;

const MAGIC: Readonly<Record<string, { readonly littleEndian: boolean; readonly tick_ns: bigint }>> = {
  a1b2c3d4: { littleEndian: false, tick_ns: 1_000n },
  d4c3b2a1: { littleEndian: true, tick_ns: 1_000n },
  a1b23c4d: { littleEndian: false, tick_ns: 1n },
  '4d3cb2a1': { littleEndian: true, tick_ns: 1n },
};
const PCAPNG_MAGIC = '0a0d0d0a';

/** Whether these bytes begin like a capture file of any kind. */
export function looksLikeCapture(bytes: Uint8Array): boolean {
  const magic = magicOf(bytes);
  return magic === PCAPNG_MAGIC || MAGIC[magic] !== undefined;
}

/** An error when the file cannot be read at all. */
export function readCapture(bytes: Uint8Array): Result<Capture, string> {
  const magic = magicOf(bytes);
  if (magic === PCAPNG_MAGIC)
    return err('this is a pcapng file; convert it first: editcap -F pcap IN.pcapng OUT.pcap');
  const format = MAGIC[magic];
  if (format === undefined || bytes.length < FILE_HEADER_LENGTH) return err('this is not a whole pcap file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // The upper bits of the field say something about frame check sequences.
  const linkType = view.getUint32(20, format.littleEndian) & 0x0fff_ffff;
  const frames: Frame[] = [];
  for (let at = FILE_HEADER_LENGTH; at < bytes.length; ) {
    const number = frames.length + 1;
    if (at + FRAME_HEADER_LENGTH > bytes.length)
      return ok({ frames, broken: `the capture ends within the header of packet ${number}` });
    const field = (offset: number) => view.getUint32(at + offset, format.littleEndian);
    const length = field(8);
    const start = at + FRAME_HEADER_LENGTH;
    if (length > LONGEST_FRAME)
      return ok({ frames, broken: `packet ${number} claims ${length} octets; the capture is damaged there` });
    if (start + length > bytes.length)
      return ok({
        frames,
        broken: `the capture ends within packet ${number}: ${bytes.length - start} of ${length} octets`,
      });
    frames.push({
      linkType,
      time_ns: BigInt(field(0)) * 1_000_000_000n + BigInt(field(4)) * format.tick_ns,
      bytes: bytes.subarray(start, start + length),
      wireLength: field(12),
    });
    at = start + length;
  }
  return ok({ frames, broken: undefined });
}

function magicOf(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 4), octet => octet.toString(16).padStart(2, '0')).join('');
}
