/** One cell of the comparison: a fault, an advertisement interval, a contender; the fault struck again and again, each time from a settled pair. */

import { setTimeout as pause } from 'node:timers/promises';
import { inSeconds, milliseconds } from '../../../src/lib/time.ts';
import { masterDownInterval } from '../../../src/vrrp/timing.ts';
import { VIP_CIDR } from '../../support/node.ts';
import { monotonicUs } from '../../support/observer.ts';
import { waitFor } from '../../support/wait.ts';
import { CHECK_INTERVAL_S, type Contender, PRIORITY, VERSION } from './contender.ts';
import type { Fault } from './faults.ts';
import type { Member, Pair, Roles } from './pair.ts';

/** Times in ms from the fault; Infinity: not within {@link DEADLINE_MS}. */
export interface Run {
  /** The first answer of the new node that the client got. */
  readonly answerMs: number;
  /** The new master's first advertisement on the wire. */
  readonly advertMs: number;
  /** Between the old master's last advertisement and that. */
  readonly silenceMs: number;
  /** Requests of the client that failed; it sends one a millisecond. */
  readonly lost: number;
  /** When the old node's address went, for faults that leave it; Infinity: it was still there when we stopped looking. */
  readonly releasedMs?: number;
}

export interface Cell {
  readonly contender: Contender['name'];
  readonly fault: string;
  readonly intervalMs: number;
  readonly runs: readonly Run[];
}

const DEADLINE_MS = 15_000;
/** A request is given up after 250 ms; until then it is not known to be lost. */
const LAST_REQUESTS_MS = 260;
/** How much longer than a lease the address of a frozen node is looked at. */
const BEYOND_LEASE_MS = 1_000;
const TRIES = 20;
/** Multiples of it, modulo 1, spread evenly for any number of runs. */
const GOLDEN_RATIO = 0.618_033_988_749_895;

/** How long Locum's addresses outlive it: the master-down interval in whole seconds, at least 2. */
export function leaseMs(intervalMs: number): number {
  const downS = inSeconds(masterDownInterval(VERSION, PRIORITY, milliseconds(intervalMs)));
  return Math.max(2, Math.ceil(downS)) * 1_000;
}

/** Both contenders are struck at the same phases of their advertisement intervals, or of their checks of nginx. */
export async function measureRuns(
  pair: Pair,
  fault: Fault,
  count: number,
  signal: AbortSignal,
): Promise<Run[]> {
  const runs: Run[] = [];
  for (let run = 0; run < count; run += 1) {
    signal.throwIfAborted();
    runs.push(await measureRun(pair, fault, ((run + 0.5) * GOLDEN_RATIO) % 1));
  }
  return runs;
}

async function measureRun(pair: Pair, fault: Fault, phase: number): Promise<Run> {
  const { master, heir, faultUs } = await strike(pair, fault, phase);
  const since = (atUs: number): number => (atUs - faultUs) / 1_000;
  const answerMs = await orNever(async () => {
    const { atUs } = await pair.observer.answerOf(heir.node.host.name, faultUs, DEADLINE_MS);
    return since(atUs);
  });
  const advertMs = await orNever(async () => {
    const first = () => pair.wire.firstOf(heir.address, faultUs);
    const { atUs } = await waitFor(first, { what: 'an advertisement', deadlineMs: DEADLINE_MS });
    return since(atUs);
  });
  const lastMs = since(lastBefore(pair, master, faultUs + advertMs * 1_000));
  await pause(LAST_REQUESTS_MS);
  const { lost } = pair;
  const released = fault.leavesAddress ? { releasedMs: await release(master, faultUs, pair.intervalMs) } : {};
  await fault.mend(master.node, pair.ports);
  return { answerMs, advertMs, silenceMs: advertMs - lastMs, lost, ...released };
}

/** Settles the pair and strikes; once more when it did not stay settled until the moment came. */
async function strike(pair: Pair, fault: Fault, phase: number): Promise<Roles & { faultUs: number }> {
  const periodMs = Math.max(pair.intervalMs, fault.awaitsCheck ? CHECK_INTERVAL_S * 1_000 : 0);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const roles = await pair.settle();
    const hit = () => fault.strike(roles.master.node, pair.ports);
    const faultUs = await pair.strikeAfter(phase * periodMs * 1_000, roles, hit);
    if (faultUs !== undefined) return { ...roles, faultUs };
  }
  throw new Error(`the pair does not stay settled: ${TRIES} tries to strike (${fault.title})`);
}

function lastBefore({ wire }: Pair, { address }: Member, beforeUs: number): number {
  return (
    wire.adverts.findLast(({ source, atUs }) => source === address && atUs < beforeUs)?.atUs ?? Number.NaN
  );
}

/** How long the address stayed; Infinity when it was there to the end. */
function release({ addresses }: Member, faultUs: number, intervalMs: number): Promise<number> {
  const endUs = faultUs + (leaseMs(intervalMs) + BEYOND_LEASE_MS) * 1_000;
  return orNever(async () => {
    const { atUs } = await waitFor(
      () =>
        addresses.changes.find(
          change => change.address === VIP_CIDR && !change.present && change.atUs >= faultUs,
        ),
      { what: 'the address goes', deadlineMs: (endUs - monotonicUs()) / 1_000 },
    );
    return (atUs - faultUs) / 1_000;
  });
}

async function orNever(wait: () => Promise<number>): Promise<number> {
  try {
    return await wait();
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
