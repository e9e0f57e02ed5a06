/**
 * Wraps a classic BPF program for setsockopt(SO_ATTACH_FILTER): struct sock_fprog of linux/filter.h, whose second
 * member is a pointer, which is why this needs a foreign-function library. What to filter is the caller's decision.
 */

import koffi from 'koffi';

const BYTES_PER_INSTRUCTION = 8;

/**
 * The option's value for a program of struct sock_filter in host order. The value holds the address of `program`: keep
 * `program` referenced until setsockopt has returned (the kernel copies it).
 */
export function socketFilterOption(program: Uint8Array): Buffer {
  const pointerBytes = koffi.sizeof('void *');
  const option = new ArrayBuffer(2 * pointerBytes);
  new Uint16Array(option, 0, 1).set([program.byteLength / BYTES_PER_INSTRUCTION]);
  const address = koffi.address(program);
  if (pointerBytes === 8) new BigUint64Array(option, pointerBytes, 1).set([address]);
  else new Uint32Array(option, pointerBytes, 1).set([Number(address)]);
  return Buffer.from(option);
}
