/** The far end of a cable: puts frames on it and records those that arrive, by packet sockets of its own (packet(7)). */

import koffi from 'koffi';
import { bindSocket, closeDescriptor, openSocket, sendOn } from '../../src/native/libc.ts';

const AF_PACKET = 17;
const SOCK_RAW_NONBLOCK = 3 | 0o4000;
const ETH_P_ALL_NETWORK_ORDER = 0x0300;
const MSG_DONTWAIT = 0x40;
const PACKET_OUTGOING = 4;
const LARGEST_FRAME_BYTES = 2048;

const recvfrom = koffi.load(null).func('intptr_t recvfrom(int, void *, size_t, int, void *, void *)');

export interface Wire {
  /** Sends an IP packet to the Ethernet address of 224.0.0.18 or ff02::12, from a neighbour. */
  inject(packet: Uint8Array): void;
  /** Frames of one EtherType that arrived so far. */
  frames(etherType: number): Buffer[];
  close(): void;
}

export function openWire(interfaceIndex: number): Wire {
  const fd = openSocket(AF_PACKET, SOCK_RAW_NONBLOCK, ETH_P_ALL_NETWORK_ORDER, 'open the wire');
  const address = Buffer.alloc(20);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16LE(ETH_P_ALL_NETWORK_ORDER, 2);
  address.writeInt32LE(interfaceIndex, 4);
  bindSocket(fd, address, 'open the wire');
  const arrived: Buffer[] = [];
  const collect = (): void => {
    for (;;) {
      const frame = Buffer.alloc(LARGEST_FRAME_BYTES);
      const from = Buffer.alloc(20);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(from.length);
      const bytes: number = recvfrom(fd, frame, frame.length, MSG_DONTWAIT, from, length);
      if (bytes < 0) return;
      if (from.readUInt8(10) !== PACKET_OUTGOING) arrived.push(frame.subarray(0, bytes));
    }
  };
  return {
    inject(packet) {
      const [group, type] =
        (packet[0] ?? 0) >>> 4 === 6 ? ['333300000012', '86dd'] : ['01005e000012', '0800'];
      sendOn(fd, Buffer.concat([Buffer.from(`${group}020000000009${type}`, 'hex'), packet]), 'inject');
    },
    frames(etherType) {
      collect();
      return arrived.filter(frame => frame.readUInt16BE(12) === etherType);
    },
    close: () => closeDescriptor(fd),
  };
}
