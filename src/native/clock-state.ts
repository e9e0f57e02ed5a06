/** What the kernel knows of its wall clock's discipline: adjtimex(2), asked with no mode bit set, which changes nothing and takes no capability. */

import koffi, { type KoffiFunc } from 'koffi';

const libc = koffi.load(null);
const cAdjtimex = libc.func('int adjtimex(void *)') as unknown as KoffiFunc<(timex: Uint8Array) => number>;

/** More than struct timex has anywhere. */
const TIMEX_BYTES = 512;
const STA_UNSYNC = 0x40;
const LONG_BYTES = koffi.sizeof('long');
/** After `modes` (an int, padded to a long) and four longs: offset, freq, maxerror, esterror. */
const STATUS_OFFSET = 5 * LONG_BYTES;

/** Whether somebody (NTP, mostly) keeps the wall clock right; undefined when the kernel does not say. */
export function isClockSynchronised(): boolean | undefined {
  const timex = new Uint8Array(TIMEX_BYTES);
  if (cAdjtimex(timex) === -1) return undefined;
  const status = new DataView(timex.buffer).getInt32(STATUS_OFFSET, isLittleEndian());
  return (status & STA_UNSYNC) === 0;
}

function isLittleEndian(): boolean {
  return new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
}
