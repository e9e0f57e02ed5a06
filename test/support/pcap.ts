/** Reads capture files as tcpdump writes them: pcap(3PCAP), savefile format(5), with times in µs and Ethernet frames. */

import { readFileSync } from 'node:fs';

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const LINKTYPE_ETHERNET = 1;
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

export interface Frame {
  /** The kernel's timestamp: CLOCK_REALTIME in µs. */
  readonly atUs: number;
  readonly bytes: Uint8Array;
}

/** The frames in the order of the file; a record that was cut off by the end of the capture is left out. */
export function readPcap(file: string): Frame[] {
  const content = readFileSync(file);
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const little = view.getUint32(0, true) === MAGIC_MICROSECONDS;
  const word = (at: number): number => view.getUint32(at, little);
  if (word(0) !== MAGIC_MICROSECONDS || word(20) !== LINKTYPE_ETHERNET)
    throw new Error(`${file} is no pcap file of an Ethernet with times in µs`);
  const frames: Frame[] = [];
  let at = FILE_HEADER_BYTES;
  while (at + RECORD_HEADER_BYTES <= content.length) {
    const begin = at + RECORD_HEADER_BYTES;
    const end = begin + word(at + 8);
    if (end > content.length) break;
    frames.push({ atUs: word(at) * 1e6 + word(at + 4), bytes: content.subarray(begin, end) });
    at = end;
  }
  return frames;
}
