/** A daemon as the kernel counts it: the process and whatever descends from it, and what they take together. */

import { readFileSync } from 'node:fs';
import { childrenOf } from './namespace.ts';

/** USER_HZ, which Linux has settled at 100. */
const TICKS_PER_SECOND = 100;

/** The process first, parents before their children. */
export function familyOf(pid: number): readonly number[] {
  return [pid, ...childrenOf(pid).flatMap(familyOf)];
}

/** utime, stime and those of children waited for: fields 14 to 17 of proc_pid_stat(5). In steps of 10 ms. */
export function processorMs(pids: readonly number[]): number {
  const ticks = pids.flatMap(pid => {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before, in parentheses, may hold spaces: counted from behind it, state is field 3.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields.slice(14 - 3, 18 - 3).map(Number);
  });
  return (ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND) * 1_000;
}

/** In memory, with pages that they share, as those of the program itself, counted once: proc_pid_smaps(5), smaps_rollup. */
export function residentMib(pids: readonly number[]): number {
  const each = pids.map(pid => {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const kib = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN);
    const own = kib('Private_Clean') + kib('Private_Dirty');
    return { own, shared: kib('Rss') - own };
  });
  const own = each.reduce((sum, process) => sum + process.own, 0);
  return (own + Math.max(...each.map(({ shared }) => shared))) / 1_024;
}
