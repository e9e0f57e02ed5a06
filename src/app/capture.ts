/** Listens to VRRP on one interface, for the command line: joins the packet socket, its filter and the name of the interface. Sends nothing. */

import { OperatingError } from '../lib/errors.ts';
import { openPacketCapture, type PacketCapture } from '../native/packet-capture.ts';
import { encodeBpf } from '../net/bpf.ts';
import { captureFilter } from '../net/capture-filter.ts';
import { openRouteNetlink } from '../net/rtnetlink.ts';

export interface CaptureOptions {
  readonly interfaceName: string;
  /** A frame, or a packet where the interface has no Ethernet addresses; valid during the call only. */
  readonly onFrame: (frame: Uint8Array, ethernet: boolean) => void;
  /** Nothing comes after it. */
  readonly onError: (error: OperatingError) => void;
}

/** What is heard until it is closed, and how much was not. */
export type Capture = PacketCapture;

/** Of 224.0.0.18 (RFC 1112 §6.4) and ff02::12 (RFC 2464 §7). */
const GROUPS = [
  [0x01, 0x00, 0x5e, 0x00, 0x00, 0x12],
  [0x33, 0x33, 0x00, 0x00, 0x00, 0x12],
].map(octets => Uint8Array.from(octets));

/** Throws an OperatingError: `ENODEV`, `EPERM` without the capability NET_RAW. */
export async function openCapture(options: CaptureOptions): Promise<Capture> {
  const { interfaceName, onFrame, onError } = options;
  const netlink = openRouteNetlink(() => {});
  try {
    const link = await netlink.readLink(interfaceName);
    if (link === undefined)
      throw new OperatingError('ENODEV', `there is no interface ${interfaceName}`, { interfaceName });
    return openPacketCapture({
      interfaceIndex: link.index,
      filter: encodeBpf(captureFilter()),
      groups: link.mac === undefined ? [] : GROUPS,
      onFrame: frame => onFrame(frame, link.mac !== undefined),
      onError,
    });
  } finally {
    netlink.close();
  }
}
