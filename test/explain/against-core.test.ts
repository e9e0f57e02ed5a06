/**
 * The explanation equals what the routers do: random nodes on a link in virtual time, with the real runner and core, are led into a
 * random failure and out of it again. Every run has new ones; a run that fails names the seed that repeats it.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Cause, Election } from '../../src/explain/election.ts';
import type { NodeModel, Nodes } from '../../src/explain/model.ts';
import type { Standing } from '../../src/explain/standing.ts';
import { Situations } from '../../src/explain/table.ts';
import { between, type Duration, type Instant, microseconds } from '../../src/lib/time.ts';
import { OWNER_PRIORITY } from '../../src/vrrp/parameters.ts';
import { masterDownInterval } from '../../src/vrrp/timing.ts';
import { type Case, cases } from './arbitraries.ts';
import { Link, TRAVEL_TIME } from './link.ts';

/**
 * Words travel: that of a master that sank, the advert of the first to rise, the resignation in answer, and the re-assertion in answer to
 * that, from which on the last waits out its preempt delay.
 */
const TOLERANCE = microseconds(4 * TRAVEL_TIME);

/** Longer than anybody waits for anything. */
function settlingTime(nodes: Nodes): Duration {
  const waits = nodes.map(({ version, interval }) => masterDownInterval(version, 1, interval));
  const delays = nodes.map(({ preemptDelay }) => preemptDelay);
  return microseconds(3 * (Math.max(...waits) + Math.max(...delays)));
}

/** The usual master first, so that it is master whoever preempts. */
function settled(situations: Situations): Link {
  const link = new Link();
  const { well, usualMaster, nodes } = situations;
  const first = well.filter(({ node }) => node === usualMaster);
  const others = well.filter(({ node }) => node !== usualMaster);
  for (const standings of [first, others]) {
    for (const standing of standings) link.put(standing);
    link.pass(settlingTime(nodes));
  }
  return link;
}

function change(link: Link, standings: readonly Standing[], nodes: Nodes): Instant {
  const changedAt = link.now;
  for (const standing of standings) link.put(standing);
  link.pass(settlingTime(nodes));
  return changedAt;
}

function compare(link: Link, election: Election, changedAt: Instant): void {
  const masters = link.masters();
  assert.deepEqual(
    masters.map(({ name }) => name),
    election.master === undefined ? [] : [election.master.name],
    election.cause,
  );
  const [master] = masters;
  if (master === undefined) return;
  const took = between(changedAt, master.since);
  const { takeover } = election;
  if (takeover !== undefined)
    assert.ok(takeover.least <= takeover.typical && takeover.typical <= takeover.worst, 'in order');
  if (takeover === undefined)
    assert.ok(took <= 0, `stays master (${election.cause}), but rose after ${took}`);
  else
    assert.ok(
      took >= takeover.least && took <= takeover.worst + TOLERANCE,
      `${took} within ${takeover.least} and ${takeover.worst} (${election.cause})`,
    );
}

const CAUSES: readonly Cause[] = [
  'unbeaten',
  'tie',
  'not-preempted',
  'nobody',
  'sank',
  'risen',
  'resigned',
  'silent',
  'vacant',
];

/** What the sets of a run must have had in them, so that the comparison means something. */
const TRAITS: readonly string[] = [
  ...['2 nodes', '3 nodes', 'version 2', 'version 3', 'intervals differ'],
  ...[
    'all fast',
    'all rfc',
    'mixed timing',
    'preempt on',
    'preempt off',
    'preempt delay',
    'equal priorities',
    'owner',
  ],
  ...['weight 1 fails', 'weight -1 fails', 'weight 0 fails', 'a node dies', 'several fail'],
  ...['weight 1 fails reversed', 'weight -1 fails reversed', 'weight 0 fails reversed'],
];

function traitsOf({ nodes, failures }: Case): string[] {
  const all = <T>(of: (node: NodeModel) => T) => new Set(nodes.map(of));
  const [timing, others] = [...all(({ timing: each }) => each)];
  return [
    `${nodes.length} nodes`,
    `version ${nodes[0].version}`,
    others === undefined ? `all ${timing}` : 'mixed timing',
    ...(all(({ interval }) => interval).size > 1 ? ['intervals differ'] : []),
    ...(all(({ priority }) => priority).size < nodes.length ? ['equal priorities'] : []),
    ...(failures.length > 1 ? ['several fail'] : []),
    ...nodes.map(({ preempt }) => `preempt ${preempt ? 'on' : 'off'}`),
    ...nodes.flatMap(({ preemptDelay }) => (preemptDelay > 0 ? ['preempt delay'] : [])),
    ...nodes.flatMap(({ priority }) => (priority === OWNER_PRIORITY ? ['owner'] : [])),
    ...failures.map(({ tracker }) =>
      tracker === undefined
        ? 'a node dies'
        : `weight ${Math.sign(tracker.weight)} fails${tracker.reverse ? ' reversed' : ''}`,
    ),
  ];
}

/** A share of an interval, clear of the moments in which adverts are under way. */
const phases = fc.double({ min: 0.05, max: 0.95, noNaN: true });

test('who is master, and when, is what the routers do', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(cases, phases, ({ nodes, failures }, phase) => {
      for (const trait of traitsOf({ nodes, failures })) seen.add(trait);
      const situations = new Situations(nodes);
      const row = situations.row(failures);
      const link = settled(situations);
      assert.deepEqual(
        link.masters().map(({ name }) => name),
        [situations.usualMaster.name],
      );
      link.pass(microseconds(phase * nodes[0].interval));
      compare(link, row.election, change(link, row.standings, nodes));
      seen.add(row.election.cause);
      if (row.recovery === undefined) return;
      link.pass(microseconds(phase * nodes[0].interval));
      compare(link, row.recovery.election, change(link, situations.well, nodes));
      seen.add(row.recovery.election.cause);
    }),
    { numRuns: 500, includeErrorInReport: true },
  );
  const wanted = [...CAUSES, ...TRAITS];
  assert.deepEqual(
    wanted.filter(each => !seen.has(each)),
    [],
    'everything was met',
  );
});

test('a set of failures noticed one by one ends with one of the masters that the table names', () => {
  fc.assert(
    fc.property(
      cases,
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      ({ nodes, failures }, order) => {
        const situations = new Situations(nodes);
        const row = situations.row(failures);
        const shuffled = failures
          .map(failure => ({ failure, place: order.next().value ?? 0 }))
          .sort((a, b) => a.place - b.place)
          .map(({ failure }) => failure);
        const link = settled(situations);
        shuffled.forEach((_, i) => {
          change(link, situations.row(shuffled.slice(0, i + 1)).standings, nodes);
        });
        const possible = [row.election.master, ...row.otherwise].map(master => master?.name);
        const [master] = link.masters();
        assert.ok(possible.includes(master?.name), `${master?.name} is one of ${possible.join(', ')}`);
      },
    ),
    { numRuns: 100, includeErrorInReport: true },
  );
});
