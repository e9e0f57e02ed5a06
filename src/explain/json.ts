/** An explanation as data for `--json`: names instead of objects, times in milliseconds. */

import { inMilliseconds } from '../lib/time.ts';
import { compareTimes } from './comparison.ts';
import type { Explanation } from './explain.ts';
import type { Failure, NodeModel } from './model.ts';
import type { Span } from './span.ts';
import type { Standing } from './standing.ts';
import type { Row } from './table.ts';
import { whyRecovery, whyRow } from './why.ts';

/** `withLocum`: what the nodes would do if Locum ran on each of them. */
export function explanationJson(explanation: Explanation, withLocum?: Explanation) {
  const { nodes, usualMaster, rows, folded, verdicts, findings } = explanation;
  return {
    usualMaster: usualMaster.name,
    nodes: nodes.map(nodeJson),
    findings,
    verdicts: verdicts.map(({ tracker, decides, text }) => ({ tracker: tracker.name, decides, text })),
    rows: rows.map(row => rowJson(row, usualMaster)),
    folded,
    withLocum:
      withLocum === undefined
        ? null
        : compareTimes(explanation, withLocum).map(({ other }) => rowJson(other, withLocum.usualMaster)),
  };
}

function nodeJson(node: NodeModel) {
  const { name, from, program, priority, version, interval, preempt, timing, addresses, trackers } = node;
  return {
    name,
    from,
    program,
    priority,
    version,
    intervalMs: inMilliseconds(interval),
    preempt,
    preemptDelayMs: inMilliseconds(node.preemptDelay),
    syncGroup: node.syncGroup ?? null,
    timing,
    leaseSeconds: node.leaseSeconds ?? null,
    addresses,
    trackers: trackers.map(tracker => ({
      name: tracker.name,
      type: tracker.type,
      weight: tracker.weight,
      reverse: tracker.reverse,
    })),
  };
}

function rowJson(row: Row, usual: NodeModel) {
  const { failures, standings, election, handOver, otherwise, recovery } = row;
  return {
    failures: failures.map(failureJson),
    standings: standings.map(standingJson),
    master: nameOf(election.master),
    cause: election.cause,
    why: whyRow(row, usual),
    handOverMs: spanJson(handOver),
    otherwise: otherwise.map(nameOf),
    equals: election.equals.map(nameOf),
    recovery:
      recovery === undefined
        ? null
        : {
            master: nameOf(recovery.election.master),
            cause: recovery.election.cause,
            why: whyRecovery(recovery, row, usual),
            timeMs: spanJson(recovery.time),
          },
  };
}

function failureJson({ node, tracker }: Failure) {
  return { node: node.name, tracker: tracker?.name ?? null };
}

function standingJson({ node, priority, absent }: Standing) {
  return { node: node.name, priority, absent: absent ?? null };
}

function spanJson(span: Span | undefined) {
  if (span === undefined) return null;
  const { least, typical, worst } = span;
  return {
    least: inMilliseconds(least),
    typical: inMilliseconds(typical),
    worst: inMilliseconds(worst),
  };
}

function nameOf(node: NodeModel | undefined): string | null {
  return node?.name ?? null;
}
