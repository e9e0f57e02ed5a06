/** The figures for programs: everything measured, what it was measured with, and every single run. */

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BUILD } from '../../support/paths.ts';
import type { Verdict } from './bounds.ts';
import { type Cell, leaseMs, type Run } from './cell.ts';
import { CHECK_INTERVAL_S, PRIORITY, VERSION, WEIGHT } from './contender.ts';
import type { Load } from './load.ts';
import type { Machine } from './machine.ts';
import { median, worst } from './statistics.ts';

export interface Figures {
  readonly machine: Machine;
  readonly cells: readonly Cell[];
  readonly loads: readonly Load[];
  readonly verdicts: readonly Verdict[];
}

/** Writes the file, in the build folder unless told where. Returns its path. A value that was never reached reads null. */
export async function writeReport(figures: Figures, out: string | undefined): Promise<string> {
  const file = out ?? join(BUILD, 'bench', 'compare.json');
  const report = {
    machine: figures.machine,
    settings: {
      version: VERSION,
      priority: PRIORITY,
      weight: WEIGHT,
      checkIntervalMs: CHECK_INTERVAL_S * 1_000,
    },
    cells: figures.cells.map(cell => ({
      ...cell,
      leaseMs: leaseMs(cell.intervalMs),
      summary: Object.fromEntries(KEYS.flatMap(key => summarised(cell.runs, key))),
    })),
    loads: figures.loads,
    verdicts: figures.verdicts,
  };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`);
  return file;
}

const KEYS: readonly (keyof Run)[] = ['answerMs', 'advertMs', 'silenceMs', 'lost', 'releasedMs'];

function summarised(runs: readonly Run[], key: keyof Run): [string, { median: number; worst: number }][] {
  const values = runs.map(run => run[key]).filter(value => value !== undefined);
  return values.length === 0 ? [] : [[key, { median: median(values), worst: worst(values) }]];
}
