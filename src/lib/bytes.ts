/** Bounded big-endian access to octets: out of range is a programmer error, so check lengths first. */

import { assert } from './assert.ts';

export function uint8At(bytes: Uint8Array, offset: number): number {
  const value = bytes[offset];
  assert(value !== undefined, `octet ${offset} of ${bytes.length}`);
  return value;
}

export function uint16At(bytes: Uint8Array, offset: number): number {
  return (uint8At(bytes, offset) << 8) | uint8At(bytes, offset + 1);
}

export function uint32At(bytes: Uint8Array, offset: number): number {
  return uint16At(bytes, offset) * 0x10000 + uint16At(bytes, offset + 2);
}

export function putUint16(bytes: Uint8Array, offset: number, value: number): void {
  assert(offset + 2 <= bytes.length, `two octets at ${offset} of ${bytes.length}`);
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value & 0xff;
}

export function putUint32(bytes: Uint8Array, offset: number, value: number): void {
  putUint16(bytes, offset, value >>> 16);
  putUint16(bytes, offset + 2, value & 0xffff);
}

/** Equality that takes the same time wherever the first difference is. */
export function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** Octets from hexadecimal text, undefined when a character or the length is not right. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) =>
    Number.parseInt(text.slice(2 * i, 2 * i + 2), 16),
  );
}
