/** Ethernet addresses as canonical text: six lower-case hexadecimal octets joined by colons. */

import { assert } from './assert.ts';

declare const macAddressBrand: unique symbol;

export type MacAddress = string & { readonly [macAddressBrand]: true };

export function parseMacAddress(text: string): MacAddress | undefined {
  const lower = text.toLowerCase();
  return /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/.test(lower) ? (lower as MacAddress) : undefined;
}

/** The six octets, in transmission order. */
export function macAddressBytes(address: MacAddress): Uint8Array {
  return Uint8Array.from(address.split(':'), octet => Number.parseInt(octet, 16));
}

/** The address that six octets are. */
export function macAddressOf(octets: Uint8Array): MacAddress {
  assert(octets.length === 6, `an Ethernet address has 6 octets, not ${octets.length}`);
  return Array.from(octets, octet => octet.toString(16).padStart(2, '0')).join(':') as MacAddress;
}
