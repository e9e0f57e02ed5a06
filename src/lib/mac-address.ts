/** Ethernet addresses as canonical text: six lower-case hexadecimal octets joined by colons. */

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
