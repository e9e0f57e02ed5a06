/**
 * A container's log as the engine sends it (`GET /containers/{id}/logs`): without a terminal in frames of eight octets of header, stream and
 * length, and text; with one as it is. Pure.
 */

const HEADER_BYTES = 8;
const STREAMS = 3;

/** The text of all streams; a frame that was cut off ends it. */
export function readLogStream(octets: Uint8Array): string {
  if (!isHeader(octets, 0)) return decode(octets);
  const pieces: string[] = [];
  let at = 0;
  while (isHeader(octets, at)) {
    const length = new DataView(octets.buffer, octets.byteOffset + at + 4, 4).getUint32(0);
    const begin = at + HEADER_BYTES;
    at = begin + length;
    pieces.push(decode(octets.subarray(begin, at)));
  }
  return pieces.join('');
}

function isHeader(octets: Uint8Array, at: number): boolean {
  if (octets.length < at + HEADER_BYTES) return false;
  const [stream = STREAMS, ...zeros] = octets.subarray(at, at + 4);
  return stream < STREAMS && zeros.every(octet => octet === 0);
}

const decode = (octets: Uint8Array): string => new TextDecoder().decode(octets);
