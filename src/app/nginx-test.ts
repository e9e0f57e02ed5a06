/**
 * nginx's own test of its configuration, `nginx -t`, before it is told to reload: run where that is as if nginx itself did it, by its binary, as its
 * user, with its files. In a pod Locum has other files than nginx, and to enter nginx's mount namespace takes SYS_ADMIN and SYS_CHROOT, which
 * is power over the whole host: there nginx is told, and its workers are watched. It must never run anything as another user than nginx's.
 */

import { readFile, readlink } from 'node:fs/promises';
import { runCommand } from '../native/command.ts';
import type { NginxProcesses } from '../nginx/controller.ts';
import { findMaster } from '../nginx/generations.ts';
import { testCommand } from '../nginx/test-command.ts';

/** A name in the configuration may be one that DNS does not answer for: nginx is told then, and decides. */
const TIMEOUT_MS = 2_000;

/** What the test says against the configuration; undefined when it says nothing, or when it cannot be run here. Never rejects. */
export async function testNginx(
  processName: string,
  processes: Pick<NginxProcesses, 'named'>,
): Promise<string | undefined> {
  try {
    const search = findMaster(await processes.named(processName));
    if (search.kind !== 'found' || !(await isAtHome(search.master.pid))) return undefined;
    const command = testCommand(search.master);
    if (command === undefined) return undefined;
    const { exitCode, errors } = await runCommand(command, AbortSignal.timeout(TIMEOUT_MS));
    return exitCode === 1 ? errors : undefined;
  } catch {
    // It ended, or it may not be looked at (ptrace(2)): who cannot test it tells it.
    return undefined;
  }
}

/** Whether a process sees the files that this one sees, as the same user (mount_namespaces(7), proc_pid_root(5)). Rejects when that cannot be told. */
async function isAtHome(pid: number): Promise<boolean> {
  const [its, own] = await Promise.all([surroundings(pid), surroundings('self')]);
  return its === own;
}

async function surroundings(pid: number | 'self'): Promise<string> {
  const [mounts, root, status] = await Promise.all([
    readlink(`/proc/${pid}/ns/mnt`),
    readlink(`/proc/${pid}/root`),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  // Real, effective, saved, of the file system (proc_pid_status(5)).
  const users = /^Uid:(.*)$/m.exec(status)?.[1];
  return [mounts, root, users].join(' ');
}
