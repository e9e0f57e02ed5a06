/** Captures made by the test: classic pcap in any byte order, resolution and link type. */

export interface CaptureForm {
  readonly littleEndian?: boolean;
  readonly nanoseconds?: boolean;
  readonly linkType?: number;
}

export interface Packet {
  readonly seconds: number;
  /** Microseconds or nanoseconds, as the form says. */
  readonly fraction: number;
  readonly bytes: Uint8Array;
  readonly wireLength?: number;
}

export function capture(packets: readonly Packet[], form: CaptureForm = {}): Uint8Array {
  const { littleEndian = true, nanoseconds = false, linkType = 1 } = form;
  const head = new DataView(new ArrayBuffer(24));
  head.setUint32(0, nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, littleEndian);
  head.setUint16(4, 2, littleEndian);
  head.setUint16(6, 4, littleEndian);
  head.setUint32(16, 262_144, littleEndian);
  head.setUint32(20, linkType, littleEndian);
  const parts = packets.flatMap(({ seconds, fraction, bytes, wireLength = bytes.length }) => {
    const record = new DataView(new ArrayBuffer(16));
    [seconds, fraction, bytes.length, wireLength].forEach((value, i) => {
      record.setUint32(4 * i, value, littleEndian);
    });
    return [new Uint8Array(record.buffer), bytes];
  });
  return Buffer.concat([new Uint8Array(head.buffer), ...parts]);
}

export const bytesOf = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
