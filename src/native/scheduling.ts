/**
 * How the kernel schedules this process's threads: sched(7), sched_setattr(2), and RLIMIT_RTTIME of getrlimit(2). Those that exist are
 * scheduled alike, the event loop's, which is the main thread, first: it waits for V8's and libuv's helpers, for the lock of the address
 * space if for nothing else, and one that gets no processor would hold it up. In real time the helpers are one priority below.
 * Threads and child processes that begin later do not inherit it, because the kernel then resets real-time policies and negative niceness
 * (SCHED_FLAG_RESET_ON_FORK). Only a positive niceness is inherited.
 */

import { readdirSync } from 'node:fs';
import { getSchedulingAttributes, setResourceLimit, setSchedulingAttributes } from './libc.ts';

/** struct sched_attr as of its first version. */
const ATTRIBUTES_BYTES = 48;
const OFFSET = { size: 0, policy: 4, flags: 8, nice: 16, priority: 20 } as const;
const SCHED_FLAG_RESET_ON_FORK = 1n;
/** By number; 4 was never used. */
const POLICIES = ['other', 'fifo', 'rr', 'batch', '', 'idle', 'deadline'] as const;
const RLIMIT_RTTIME = 15;
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** `other`: the normal policy, with a niceness from −20 to 19. `rr`: SCHED_RR with a priority from 1 to 99, before everything normal. */
export type Scheduling =
  | { readonly policy: 'other'; readonly nice: number }
  | { readonly policy: 'rr'; readonly priority: number };

/** What the kernel has, whoever set it. */
export interface EffectiveScheduling {
  /** As in sched(7), in lower case and without `SCHED_`. */
  readonly policy: string;
  /** 0 for policies without real time. */
  readonly priority: number;
  readonly nice: number;
}

/**
 * Schedules all threads of this process from now on. Throws OperatingError: `EPERM` without the capability SYS_NICE, and in a cgroup that may not
 * run real-time threads; then nothing changed.
 */
export function setScheduling(scheduling: Scheduling): void {
  const action = `schedule as ${describeScheduling(scheduling)}`;
  const set = (thread: number, wish: Scheduling): boolean =>
    setSchedulingAttributes(thread, encode(wish), action, hintFor(scheduling));
  set(process.pid, scheduling);
  const helpers = forHelpers(scheduling);
  for (const thread of readdirSync('/proc/self/task').map(Number))
    if (thread !== process.pid) set(thread, helpers);
}

function forHelpers(scheduling: Scheduling): Scheduling {
  if (scheduling.policy === 'other') return scheduling;
  return { policy: 'rr', priority: Math.max(1, scheduling.priority - 1) };
}

function encode(scheduling: Scheduling): Uint8Array {
  const bytes = new Uint8Array(ATTRIBUTES_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(OFFSET.size, ATTRIBUTES_BYTES, LITTLE_ENDIAN);
  view.setUint32(OFFSET.policy, POLICIES.indexOf(scheduling.policy), LITTLE_ENDIAN);
  view.setBigUint64(OFFSET.flags, SCHED_FLAG_RESET_ON_FORK, LITTLE_ENDIAN);
  if (scheduling.policy === 'rr') view.setUint32(OFFSET.priority, scheduling.priority, LITTLE_ENDIAN);
  else view.setInt32(OFFSET.nice, scheduling.nice, LITTLE_ENDIAN);
  return bytes;
}

/** Of the calling thread. Throws OperatingError: `ENOSYS` where that cannot be asked. */
export function readScheduling(): EffectiveScheduling {
  const bytes = new Uint8Array(ATTRIBUTES_BYTES);
  getSchedulingAttributes(bytes);
  const view = new DataView(bytes.buffer);
  const policy = view.getUint32(OFFSET.policy, LITTLE_ENDIAN);
  return {
    policy: POLICIES[policy] || `policy ${policy}`,
    priority: view.getUint32(OFFSET.priority, LITTLE_ENDIAN),
    nice: view.getInt32(OFFSET.nice, LITTLE_ENDIAN),
  };
}

/** `SCHED_RR 1`, `niceness -5`. */
export function describeScheduling(scheduling: Scheduling): string {
  return scheduling.policy === 'rr' ? `SCHED_RR ${scheduling.priority}` : `niceness ${scheduling.nice}`;
}

/**
 * Bounds the time for which a real-time thread of this process may run without ever waiting (RLIMIT_RTTIME): then the kernel ends the
 * process by SIGXCPU, and by SIGKILL should that be caught for another second. Normal threads are not bound by it; child processes inherit it.
 * Throws OperatingError: `EPERM` above a limit that somebody else has set.
 */
export function limitRealTime(milliseconds: number): void {
  const limits = new BigUint64Array([milliseconds, milliseconds + 1_000].map(ms => BigInt(ms) * 1_000n));
  setResourceLimit(RLIMIT_RTTIME, new Uint8Array(limits.buffer), 'limit real time');
}

/** What EPERM means: the capability, and for real time the cgroup too (CONFIG_RT_GROUP_SCHED gives a new cgroup no time). */
function hintFor(scheduling: Scheduling): string {
  const capability = 'it needs the capability SYS_NICE (`cap_add: [SYS_NICE]`)';
  if (scheduling.policy === 'other') return capability;
  const limit = `or \`ulimits: {rtprio: ${scheduling.priority}}\``;
  return `${capability} ${limit}, and on a kernel with cgroup v1 and real-time group scheduling also \`cpu_rt_runtime\``;
}
