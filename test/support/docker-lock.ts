/** A lock between processes by flock(1): the kernel releases it with the process, however that ends. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Waits for the lock on that file, then runs the work while holding it. */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  // The holder says that it has the lock, then lives until its input ends.
  const holder = spawn('flock', [file, 'sh', '-c', 'echo locked; exec cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'close');
  try {
    await Promise.race([
      once(holder.stdout, 'data'),
      ended.then(() => {
        throw new Error(`flock could not lock ${file}`);
      }),
    ]);
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
