/** The calling thread's id in the kernel (gettid(2)), by which it is scheduled; read from /proc, as Node does not tell it. */

import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';

export function threadId(): number {
  return Number(basename(readlinkSync('/proc/thread-self')));
}
