/** What the figures must keep to, and whether they do. */

import { type Cell, leaseMs } from './cell.ts';
import { CUT_OFF, DAEMON_STOPPED, FROZEN, NGINX_KILLED } from './faults.ts';
import { median, worst } from './statistics.ts';

export interface Verdict {
  /** What was to hold, with the bound. */
  readonly what: string;
  readonly measuredMs: number;
  readonly boundMs: number;
  readonly holds: boolean;
}

const NGINX_KILLED_MEDIAN_MS = 15;
const NGINX_KILLED_WORST_MS = 60;
const DAEMON_STOPPED_MEDIAN_MS = 15;
/** Of the address on a frozen node, beyond the lease: the kernel looks at lifetimes now and then only. */
const FROZEN_SLACK_MS = 500;
/** A takeover after silence waits as long as the RFC says: no later than keepalived by more than the larger of these. */
const BESIDE_SHARE = 0.05;
const BESIDE_MS = 5;

type Values = (cell: Cell) => readonly number[];
const answers: Values = ({ runs }) => runs.map(({ answerMs }) => answerMs);
const adverts: Values = ({ runs }) => runs.map(({ advertMs }) => advertMs);
const releases: Values = ({ runs }) => runs.map(({ releasedMs }) => releasedMs ?? Number.POSITIVE_INFINITY);

/** Every bound whose cells were measured. */
export function judge(cells: readonly Cell[]): Verdict[] {
  return cells.filter(({ contender }) => contender === 'locum').flatMap(cell => judgeCell(cell, cells));
}

function judgeCell(cell: Cell, cells: readonly Cell[]): Verdict[] {
  const { fault, intervalMs } = cell;
  if (fault === NGINX_KILLED.name && intervalMs === 1_000) {
    return [
      verdict('nginx killed, first answer, median', median(answers(cell)), NGINX_KILLED_MEDIAN_MS),
      verdict('nginx killed, first answer, worst', worst(answers(cell)), NGINX_KILLED_WORST_MS),
    ];
  }
  if (fault === DAEMON_STOPPED.name && intervalMs === 1_000)
    return [verdict('daemon stopped, first answer, median', median(answers(cell)), DAEMON_STOPPED_MEDIAN_MS)];
  if (fault === CUT_OFF.name) return judgeBeside(cell, cells);
  if (fault === FROZEN.name) {
    const what = `node frozen, ${intervalMs} ms adverts, old address gone, worst`;
    return [verdict(what, worst(releases(cell)), leaseMs(intervalMs) + FROZEN_SLACK_MS)];
  }
  return [];
}

function judgeBeside(cell: Cell, cells: readonly Cell[]): Verdict[] {
  const beside = cells.find(
    other =>
      other.contender === 'keepalived' && other.fault === cell.fault && other.intervalMs === cell.intervalMs,
  );
  if (beside === undefined) return [];
  const what = `node cut off, ${cell.intervalMs} ms adverts, beside keepalived`;
  const compare = (name: string, values: Values): Verdict => {
    const theirs = median(values(beside));
    const bound = theirs + Math.max(BESIDE_SHARE * theirs, BESIDE_MS);
    return verdict(`${what}, ${name}, median`, median(values(cell)), bound);
  };
  return [compare('first answer', answers), compare('first advert', adverts)];
}

function verdict(what: string, measuredMs: number, boundMs: number): Verdict {
  return { what, measuredMs, boundMs, holds: measuredMs <= boundMs };
}
