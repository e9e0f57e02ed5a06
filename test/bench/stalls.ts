/**
 * The stalls of the machine itself during a measurement, processor by processor: without them nobody can say whose fault a gap is. Not for free:
 * what watches has to run before everything else, now and then sends who is measured to another processor, and that one may be busy in the kernel.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BUILD } from '../support/paths.ts';

/** One processor ran nothing for that long; ms of CLOCK_REALTIME. */
export interface Stall {
  readonly beginMs: number;
  readonly endMs: number;
}

export class StallWatch {
  readonly stalls: Stall[] = [];
  readonly #children: ChildProcess[];

  constructor() {
    const program = join(BUILD, 'test', 'bench', 'stalls-main.js');
    this.#children = Array.from({ length: availableParallelism() }, (_, cpu) => {
      const child = spawn('taskset', ['--cpu-list', String(cpu), process.execPath, program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      createInterface({ input: child.stdout }).on('line', line => {
        const [beginMs = Number.NaN, endMs = Number.NaN] = line.split(' ').map(Number);
        this.stalls.push({ beginMs, endMs });
      });
      return child;
    });
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#children.map(async child => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const closed = once(child, 'close');
        child.kill();
        await closed;
      }),
    );
  }
}

/** For how long at least one processor stood still between two moments; all in ms. */
export function standstill(stalls: readonly Stall[]): (beginMs: number, endMs: number) => number {
  // Overlaps of several processors merged, with the sum of what came before.
  const merged: { beginMs: number; endMs: number; beforeMs: number }[] = [];
  for (const { beginMs, endMs } of [...stalls].sort((a, b) => a.beginMs - b.beginMs)) {
    const last = merged.at(-1);
    if (last !== undefined && beginMs <= last.endMs) last.endMs = Math.max(last.endMs, endMs);
    else merged.push({ beginMs, endMs, beforeMs: last === undefined ? 0 : untilEndOf(last) });
  }
  const until = (atMs: number): number => {
    const stall = merged[lastBefore(merged, atMs)];
    return stall === undefined ? 0 : stall.beforeMs + Math.min(atMs, stall.endMs) - stall.beginMs;
  };
  return (beginMs, endMs) => until(endMs) - until(beginMs);
}

const untilEndOf = (stall: { beginMs: number; endMs: number; beforeMs: number }): number =>
  stall.beforeMs + stall.endMs - stall.beginMs;

/** The index of the last one that begins before that moment; −1 when there is none. */
function lastBefore(stalls: readonly Stall[], atMs: number): number {
  let [low, high] = [0, stalls.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((stalls[middle]?.beginMs ?? 0) < atMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
