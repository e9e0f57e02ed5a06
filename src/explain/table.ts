/**
 * The table: for the settled situation in which the usual master is master, what each combination of failures leads to, how
 * long that takes from the source on, and what happens once everything works again.
 */

import type { Duration } from '../lib/time.ts';
import { untilFailed, untilRecovered } from './detection.ts';
import { comparePlaces, type Election, elect } from './election.ts';
import type { Failure, NodeModel, Nodes } from './model.ts';
import { type Extent, mapSpan, NO_TIME, type Span } from './span.ts';
import { type Standing, standingsUnder } from './standing.ts';
import { subsets } from './subsets.ts';

export interface Row {
  /** Empty: all is well. */
  readonly failures: readonly Failure[];
  readonly standings: readonly Standing[];
  /** When all of them are noticed in the same moment. */
  readonly election: Election;
  /** From the failure at its source to the new master; undefined when the master stays, or nobody is left. */
  readonly handOver: Span | undefined;
  /** Who else ends up as master when they are noticed one after the other; undefined stands for nobody. */
  readonly otherwise: readonly (NodeModel | undefined)[];
  /** All of them recover; undefined when that changes nothing. */
  readonly recovery: Recovery | undefined;
}

export interface Recovery {
  readonly standings: readonly Standing[];
  readonly election: Election;
  /** From the recovery at its source to the new master; undefined when the master stays. */
  readonly time: Span | undefined;
}

export interface Table {
  readonly usualMaster: NodeModel;
  readonly rows: readonly Row[];
  /** Combinations of failing trackers that are not shown because single failures tell them. */
  readonly folded: number;
  /** Pairs of failures that are more than the sum of the two, and not shown because there are too many. */
  readonly cut: number;
}

/** With more trackers than this on all nodes together, the table shows single failures and the pairs that matter. */
export const FULL_TABLE_TRACKERS = 6;
const MOST_PAIRS_SHOWN = 40;

/** Judges single situations of a set of nodes. */
export class Situations {
  readonly nodes: Nodes;
  /** All is well. */
  readonly well: readonly Standing[];
  /** The best node when all is well; of equals the one with the higher address, else the first. */
  readonly usualMaster: NodeModel;
  readonly #masters = new Map<string, ReadonlySet<NodeModel | undefined>>();
  readonly #elections = new Map<string, Election>();

  constructor(nodes: Nodes) {
    this.nodes = nodes;
    this.well = standingsUnder(nodes, []);
    this.usualMaster = this.well.reduce((a, b) => (comparePlaces(b, a) > 0 ? b : a)).node;
  }

  elect(failures: readonly Failure[]): Election {
    return this.#elect(this.usualMaster, this.well, standingsUnder(this.nodes, failures));
  }

  /** The lowest priority with which the usual master stays it while the others are well; the lower it sinks, the less it does. */
  get leastToStay(): number {
    let [stays, moves] = [this.well.find(({ node }) => node === this.usualMaster)?.priority ?? 0, 0];
    while (stays - moves > 1) {
      const priority = Math.floor((stays + moves) / 2);
      if (this.#staysWith(priority)) stays = priority;
      else moves = priority;
    }
    return stays;
  }

  #staysWith(priority: number): boolean {
    const sunk = this.well.map(each => (each.node === this.usualMaster ? { ...each, priority } : each));
    return this.#elect(this.usualMaster, this.well, sunk).master === this.usualMaster;
  }

  row(failures: readonly Failure[]): Row {
    const standings = standingsUnder(this.nodes, failures);
    const election = this.#elect(this.usualMaster, this.well, standings);
    const handOver = totalTime(failures, failureTime, election, noticed => this.elect(noticed));
    const otherwise = [...this.#mastersByOrder(failures)].filter(master => master !== election.master);
    const recovery = this.#recovery(failures, standings, election.master);
    return { failures, standings, election, handOver, otherwise, recovery };
  }

  #recovery(
    failures: readonly Failure[],
    standings: readonly Standing[],
    master: NodeModel | undefined,
  ): Recovery | undefined {
    if (master === this.usualMaster) return undefined;
    const electAfter = (recovered: readonly Failure[]): Election => {
      const left = failures.filter(failure => !recovered.includes(failure));
      return this.#elect(master, standings, standingsUnder(this.nodes, left));
    };
    const election = electAfter(failures);
    const time = totalTime(failures, recoveryTime, election, electAfter);
    return { standings: this.well, election, time };
  }

  /** Everybody who may end up as master when the failures are noticed one by one, in whatever order. */
  #mastersByOrder(failures: readonly Failure[]): ReadonlySet<NodeModel | undefined> {
    if (failures.length === 0) return new Set([this.usualMaster]);
    const key = failures.map(failure => this.#keyOf(failure)).join(' ');
    const known = this.#masters.get(key);
    if (known !== undefined) return known;
    const after = standingsUnder(this.nodes, failures);
    const masters = new Set<NodeModel | undefined>();
    for (const last of failures) {
      const earlier = failures.filter(failure => failure !== last);
      const before = standingsUnder(this.nodes, earlier);
      for (const master of this.#mastersByOrder(earlier))
        masters.add(this.#elect(master, before, after).master);
    }
    this.#masters.set(key, masters);
    return masters;
  }

  /** Different failures often leave the nodes worth the same, and only that decides. */
  #elect(
    incumbent: NodeModel | undefined,
    before: readonly Standing[],
    after: readonly Standing[],
  ): Election {
    const worth = [...before, ...after].map(({ priority, absent }) => absent ?? priority);
    const key = [incumbent === undefined ? '' : this.nodes.indexOf(incumbent), ...worth].join(' ');
    const known = this.#elections.get(key) ?? elect(incumbent, before, after);
    this.#elections.set(key, known);
    return known;
  }

  #keyOf({ node, tracker }: Failure): string {
    const place = tracker === undefined ? '' : node.trackers.indexOf(tracker);
    return `${this.nodes.indexOf(node)}.${place}`;
  }
}

function failureTime({ tracker }: Failure): Span {
  return tracker === undefined ? NO_TIME : untilFailed(tracker);
}

function recoveryTime({ tracker }: Failure): Span {
  return tracker === undefined ? NO_TIME : untilRecovered(tracker);
}

/**
 * From the source to the new master: the changes are noticed in the order of their times, and the outcome is decided by the first
 * after which none of the rest alters it.
 */
function totalTime(
  changes: readonly Failure[],
  timeOf: (change: Failure) => Span,
  final: Election,
  electAfter: (noticed: readonly Failure[]) => Election,
): Span | undefined {
  if (final.takeover === undefined) return undefined;
  return mapSpan(extent => {
    const inOrder = [...changes].sort((a, b) => timeOf(a)[extent] - timeOf(b)[extent]);
    let decided: { readonly change: Failure; readonly election: Election } | undefined;
    for (const [index, change] of inOrder.entries()) {
      const election = electAfter(inOrder.slice(0, index + 1));
      decided = election.master === final.master ? (decided ?? { change, election }) : undefined;
    }
    return decided === undefined ? (0 as Duration) : sum(extent, timeOf(decided.change), decided.election);
  });
}

function sum(extent: Extent, noticed: Span, { takeover }: Election): Duration {
  return (noticed[extent] + (takeover?.[extent] ?? 0)) as Duration;
}

/** The whole table of the nodes: every combination, or with many trackers what cannot be read from the single failures. */
export function tabulate(situations: Situations): Table {
  const { nodes, usualMaster } = situations;
  const single = nodes.flatMap(node => node.trackers.map((tracker): Failure => ({ node, tracker })));
  const deaths = nodes.map((node): Row => situations.row([{ node, tracker: undefined }]));
  if (single.length <= FULL_TABLE_TRACKERS) {
    const smallFirst = subsets(single).sort((a, b) => a.length - b.length);
    const rows = smallFirst.map(failures => situations.row(failures));
    return { usualMaster, rows: [...rows, ...deaths], folded: 0, cut: 0 };
  }
  const ones = single.map(failure => situations.row([failure]));
  const pairs = pairsThatMatter(situations, ones);
  const shown = pairs.slice(0, MOST_PAIRS_SHOWN);
  return {
    usualMaster,
    rows: [situations.row([]), ...ones, ...shown, ...deaths],
    folded: 2 ** single.length - 1 - ones.length - shown.length,
    cut: pairs.length - shown.length,
  };
}

/** A pair matters when the two single failures do not tell what it does. */
function pairsThatMatter(situations: Situations, ones: readonly Row[]): Row[] {
  return ones.flatMap((first, index) =>
    ones.slice(index + 1).flatMap(second => {
      const pair = situations.row([...first.failures, ...second.failures]);
      const movedTo = new Set([first.election.master, second.election.master]);
      if (movedTo.size > 1) movedTo.delete(situations.usualMaster);
      const told = movedTo.size === 1 && movedTo.has(pair.election.master) && pair.otherwise.length === 0;
      return told ? [] : [pair];
    }),
  );
}
