/**
 * Locum and keepalived side by side: the same faults at the same advertisement intervals, as a client on the virtual address and a capture
 * see them, and what each costs as master of many virtual routers. One thing at a time: nothing runs beside a measurement.
 *
 *     npm run bench [-- --quick]
 */

import { COMPARISON, provide, whyNoNamespaces } from '../../support/packages.ts';
import { judge } from './bounds.ts';
import { type Cell, leaseMs, measureRuns } from './cell.ts';
import type { Contender } from './contender.ts';
import type { Fault } from './faults.ts';
import { type Load, measureLoad } from './load.ts';
import { describeMachine } from './machine.ts';
import { Pair } from './pair.ts';
import { type Plan, planOf } from './plan.ts';
import { Progress } from './progress.ts';
import { type Figures, writeReport } from './report.ts';
import { CONDITIONS, faultTable, formatInterval, loadTable, summary, verdictTable } from './table.ts';

const say = (...lines: string[]): void => {
  for (const line of lines) process.stdout.write(`${line}\n`);
};

/** A load average that others cause: half a processor. */
const BUSY = 0.5;

/** True when every bound holds that was measured. */
export async function benchCompare(args: readonly string[]): Promise<boolean> {
  const plan = planOf(args);
  const obstacle = whyNoNamespaces() ?? provide(COMPARISON, line => say(line));
  if (obstacle !== undefined) throw new Error(`the bench cannot run here: ${obstacle}`);
  const machine = await describeMachine();
  if (machine.loadBefore > BUSY)
    say(`This machine is busy (load ${machine.loadBefore.toFixed(1)}): the figures suffer.`);
  const signal = interruption();
  const progress = new Progress([...faultSteps(plan), ...loadSteps(plan)], say);
  const cells: Cell[] = [];
  const loads: Load[] = [];
  try {
    for await (const cell of measureFaults(plan, progress, signal)) cells.push(cell);
    for await (const load of measureLoads(plan, progress, signal)) loads.push(load);
  } finally {
    // What was measured is told, also when it ends early.
    await present(plan, { machine, cells, loads, verdicts: judge(cells) });
  }
  return judge(cells).every(({ holds }) => holds);
}

async function present(plan: Plan, figures: Figures): Promise<void> {
  const { cells, loads, verdicts } = figures;
  if (cells.length > 0) say('', ...CONDITIONS, '', ...faultTable(cells, plan.contenders));
  const title = `One daemon, master of all, adverts 1 s, over ${plan.loadSeconds} s:`;
  if (loads.length > 0) say('', title, '', ...loadTable(loads, plan.contenders));
  if (verdicts.length > 0) say('', ...verdictTable(verdicts));
  say('', await writeReport(figures, plan.out));
}

async function* measureFaults(plan: Plan, progress: Progress, signal: AbortSignal): AsyncGenerator<Cell> {
  for (const intervalMs of plan.faults.length === 0 ? [] : plan.intervalsMs) {
    for (const contender of plan.contenders) {
      const pair = await Pair.start(contender, intervalMs);
      try {
        for (const fault of plan.faults) {
          const runs = await measureRuns(pair, fault, plan.runs, signal);
          yield { contender: contender.name, fault: fault.name, intervalMs, runs };
          const what = `${formatInterval(intervalMs).padEnd(6)} ${contender.title.padEnd(10)} ${fault.title.padEnd(14)}`;
          const text = `${what} first answer ${summary(runs, ({ answerMs }) => answerMs)} ms`;
          progress.step(secondsOf(plan, contender, fault, intervalMs), text);
        }
      } finally {
        await pair.close();
      }
    }
  }
}

async function* measureLoads(plan: Plan, progress: Progress, signal: AbortSignal): AsyncGenerator<Load> {
  for (const routers of plan.loads) {
    for (const contender of plan.contenders) {
      const load = await measureLoad(contender, routers, plan.loadSeconds, signal);
      yield load;
      const cost = `CPU ${load.cpuPercent.toFixed(1)} %, ${load.residentMib.toFixed(0)} MiB`;
      progress.step(
        loadSecondsOf(plan),
        `${contender.title.padEnd(10)} ${routers} × virtual router: ${cost}`,
      );
    }
  }
}

function faultSteps(plan: Plan): number[] {
  return plan.intervalsMs.flatMap(intervalMs =>
    plan.contenders.flatMap(contender =>
      plan.faults.map(fault => secondsOf(plan, contender, fault, intervalMs)),
    ),
  );
}

function loadSteps(plan: Plan): number[] {
  return plan.loads.flatMap(() => plan.contenders.map(() => loadSecondsOf(plan)));
}

/** A guess: a second to settle, what the fault takes, and a frozen node watched until its address should have gone. */
function secondsOf(plan: Plan, contender: Contender, fault: Fault, intervalMs: number): number {
  const waitS = contender.name === 'keepalived' || fault.name === 'cut-off' ? (4 * intervalMs) / 1_000 : 0;
  const frozenS = fault.leavesAddress ? leaseMs(intervalMs) / 1_000 : 0;
  return plan.runs * (1 + Math.max(waitS, frozenS));
}

function loadSecondsOf(plan: Plan): number {
  return plan.loadSeconds + 12;
}

/** Aborts at the first interrupt: what runs is taken down in order. A second one ends the process. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(name, () => controller.abort(new Error(`ended by ${name}`)));
  return controller.signal;
}
