/** Bytes for tests of the wire, built here by hand so that no code under test judges itself. */

const ETHERNET_HEADER_BYTES = 14;

/** What a frame carries after its Ethernet header. */
export function payloadOf(frame: Buffer): Buffer {
  return frame.subarray(ETHERNET_HEADER_BYTES);
}

/**
 * An IPv4 packet, to 224.0.0.18 unless told otherwise, with a VRRP-like payload: version and type, VRID, priority, zeros; before it
 * the room of an authentication header, if there shall be one.
 */
export function advertPacket(
  fields: {
    ttl?: number;
    vrid?: number;
    optionBytes?: number;
    headed?: boolean;
    protocol?: number;
    source?: string;
    destination?: string;
  } = {},
): Buffer {
  const {
    ttl = 255,
    vrid = 51,
    optionBytes = 0,
    headed = false,
    protocol = headed ? 51 : 112,
    source = '198.18.51.9',
    destination = '224.0.0.18',
  } = fields;
  const headerBytes = 20 + optionBytes;
  const message = headerBytes + (headed ? 24 : 0);
  const packet = Buffer.alloc(message + 20);
  packet.set([0x40 | (headerBytes / 4), 0xc0, 0, packet.length, 0, 0, 0, 0, ttl, protocol]);
  packet.set(source.split('.').map(Number), 12);
  packet.set(destination.split('.').map(Number), 16);
  packet.fill(1, 20, headerBytes); // IPOPT_NOOP
  packet.writeUInt16BE(internetChecksum(packet.subarray(0, headerBytes)), 10);
  packet.set([0x21, vrid, 100, 1], message);
  return packet;
}

/** An IPv6 packet, to ff02::12 unless told otherwise, with the same payload. */
export function advertPacket6(
  fields: {
    hopLimit?: number;
    vrid?: number;
    nextHeader?: number;
    source?: string;
    destination?: string;
  } = {},
): Buffer {
  const { hopLimit = 255, vrid = 51, nextHeader = 112 } = fields;
  const { source = 'fe80::9', destination = 'ff02::12' } = fields;
  const packet = Buffer.alloc(40 + 24);
  packet.set([0x60, 0, 0, 0, 0, 24, nextHeader, hopLimit]);
  packet.set(ipv6Bytes(source), 8);
  packet.set(ipv6Bytes(destination), 24);
  packet.set([0x31, vrid, 100, 1], 40);
  return packet;
}

/** With `::` somewhere. */
function ipv6Bytes(text: string): number[] {
  const [head = [], tail = []] = text.split('::').map(half => half.split(':').filter(group => group !== ''));
  const zeros = new Array<string>(8 - head.length - tail.length).fill('0');
  return [...head, ...zeros, ...tail]
    .map(group => Number.parseInt(group, 16))
    .flatMap(n => [n >> 8, n & 0xff]);
}

function internetChecksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
