/** What somebody who set up these nodes should know before the night they need them. Each finding is one rule. */

import { type Duration, seconds } from '../lib/time.ts';
import { masterDownInterval } from '../vrrp/timing.ts';
import type { Failure, NodeModel, TrackerModel } from './model.ts';
import { flaws } from './pairing.ts';
import type { Situations } from './table.ts';
import { bestRival, gapTo, type Verdict } from './verdicts.ts';

export type FindingKind =
  | 'mismatch'
  | 'alone'
  | 'never-fails-over'
  | 'weight-never-decides'
  | 'nopreempt-blocks-failover'
  | 'nopreempt-blocks-recovery'
  | 'fails-alike'
  | 'nobody-holds'
  | 'tie'
  | 'slow-hand-over'
  | 'lease-outlives-takeover'
  | 'no-lease'
  | 'one-sided-tracker'
  | 'sync-group';

export interface Finding {
  readonly kind: FindingKind;
  /** A `note` may well be meant that way. */
  readonly severity: 'warning' | 'note';
  readonly text: string;
}

/** All findings, what matters most first. */
export function findingsOf(situations: Situations, verdicts: readonly Verdict[]): Finding[] {
  const { nodes } = situations;
  if (nodes.length === 1)
    return [warning('alone', 'there is no other node: whatever fails here, nobody takes over')];
  return [
    ...flaws(nodes).map(({ severity, setting, text }) =>
      (severity === 'note' ? note : warning)('mismatch', `${setting} ${text}`),
    ),
    ...neverFailsOver(situations, verdicts),
    ...neverDecides(situations, verdicts),
    ...withoutPreempt(situations),
    ...alike(situations),
    ...nobodyHolds(situations),
    ...ties(situations, verdicts),
    ...slowHandOvers(situations, verdicts),
    ...leases(nodes),
    ...oneSided(nodes),
    ...together(nodes),
  ];
}

function warning(kind: FindingKind, text: string): Finding {
  return { kind, severity: 'warning', text };
}

function note(kind: FindingKind, text: string): Finding {
  return { kind, severity: 'note', text };
}

function neverFailsOver({ usualMaster }: Situations, verdicts: readonly Verdict[]): Finding[] {
  if (verdicts.some(({ decides }) => decides !== 'never')) return [];
  const what =
    verdicts.length === 0
      ? `nothing is tracked on ${usualMaster.name}`
      : `no tracker of ${usualMaster.name} can move the address`;
  return [warning('never-fails-over', `it never fails over while ${usualMaster.name} lives: ${what}`)];
}

/** Beside a tracker that does decide, one that does not may be meant that way. */
function neverDecides({ nodes, usualMaster }: Situations, verdicts: readonly Verdict[]): Finding[] {
  const nobodyPreempts = nodes.every(node => node === usualMaster || !node.preempt);
  const kind = nobodyPreempts ? 'nopreempt-blocks-failover' : 'weight-never-decides';
  const never = verdicts.filter(({ decides }) => decides === 'never');
  const say = never.length < verdicts.length ? note : warning;
  return never.map(({ text }) => say(kind, text));
}

function withoutPreempt({ nodes, usualMaster }: Situations): Finding[] {
  const some = nodes.filter(node => node !== usualMaster && !node.preempt);
  const all = some.length === nodes.length - 1;
  const weighted = usualMaster.trackers.some(({ weight }) => weight !== 0);
  return [
    ...(weighted && !all
      ? some.map(({ name }) =>
          warning(
            'nopreempt-blocks-failover',
            `${name} does not preempt: it takes over from fault and silence, never because of a weight`,
          ),
        )
      : []),
    ...(usualMaster.preempt
      ? []
      : [
          note(
            'nopreempt-blocks-recovery',
            `${usualMaster.name} does not preempt: once the address has moved it does not come back by itself`,
          ),
        ]),
  ];
}

/** Trackers of several nodes that look at one and the same thing. */
function alike(situations: Situations): Finding[] {
  const all = situations.nodes.flatMap(node =>
    node.trackers.map(tracker => ({ node, tracker, id: tracker.outside?.id })),
  );
  const ids = new Set(all.flatMap(({ id }) => id ?? []));
  return [...ids].flatMap(id => {
    const looking = all.filter(each => each.id === id);
    const [first] = looking;
    if (first === undefined || new Set(looking.map(({ node }) => node)).size < 2) return [];
    const { name, outside } = first.tracker;
    return [
      warning(
        'fails-alike',
        `${name} looks at ${outside?.shown} from every node: when that fails, ${effectOf(looking, situations)}`,
      ),
    ];
  });
}

function effectOf(looking: readonly Failure[], situations: Situations): string {
  if (looking.every(({ tracker }) => tracker?.weight === 0))
    return 'every node goes to fault and nobody holds the address';
  const own = looking.filter(({ node }) => node === situations.usualMaster);
  const mayMove = situations.elect(own).master !== situations.usualMaster;
  return mayMove
    ? 'all lose its weight; the address may move and come back, as they do not look at the same moment'
    : 'all lose its weight and the address stays';
}

/** Weight 0 everywhere: if it fails everywhere, there is no least bad node any more. */
function nobodyHolds({ nodes }: Situations): Finding[] {
  const names = nodes.map(node => node.trackers.filter(({ weight }) => weight === 0).map(({ name }) => name));
  if (names.some(vital => vital.length === 0)) return [];
  const where = nodes.map((node, i) => `${names[i]?.join(' or ')} on ${node.name}`).join(' and ');
  return [
    warning(
      'nobody-holds',
      `with ${where} down at once, every node is in fault and nobody holds the address (weight 0); a weight keeps the best one`,
    ),
  ];
}

function ties(situations: Situations, verdicts: readonly Verdict[]): Finding[] {
  const { usualMaster } = situations;
  const rival = bestRival(situations);
  if (rival === undefined) return [];
  if (gapTo(situations, rival) === 0) {
    const priority = situations.well.find(({ node }) => node === rival)?.priority;
    return [
      warning(
        'tie',
        `${usualMaster.name} and ${rival.name} both have priority ${priority}: whoever is first stays master, the higher address when they start together`,
      ),
    ];
  }
  return verdicts
    .filter(({ decides, tracker }) => decides === 'together' && evens(situations, tracker))
    .map(({ tracker }) =>
      warning(
        'tie',
        `${tracker.name} failing on ${usualMaster.name} makes priorities equal: whoever is master then stays it`,
      ),
    );
}

function evens(situations: Situations, tracker: TrackerModel): boolean {
  return situations.elect([{ node: situations.usualMaster, tracker }]).cause === 'tie';
}

/** By the letter of the RFC a weight decides, and the better node still waits as if the master were dead. */
function slowHandOvers({ nodes, usualMaster }: Situations, verdicts: readonly Verdict[]): Finding[] {
  const decided = verdicts.some(({ decides, tracker }) => decides !== 'never' && tracker.weight !== 0);
  const slow = nodes.filter(node => node !== usualMaster && node.preempt && node.timing === 'rfc');
  const [first] = slow;
  if (!decided || first === undefined) return [];
  const names = slow.map(({ name }) => name).join(' and ');
  const why = first.program === 'keepalived' ? 'keepalived has no fast hand-over' : 'its timing is rfc';
  return [
    note(
      'slow-hand-over',
      `when a weight has decided, ${names} still waits until the old master-down interval ends (about ${Math.round(ownMasterDown(first) / 100_000) / 10} s): ${why}`,
    ),
  ];
}

/** Whole seconds, at least two, are longer than a fast takeover; what rounding alone adds is not worth a word. */
function leases(nodes: readonly NodeModel[]): Finding[] {
  const late = nodes.find(node => {
    const lease = (node.leaseSeconds ?? 0) * seconds(1);
    return lease - ownMasterDown(node) >= seconds(1);
  });
  const endless = nodes.filter(({ leaseSeconds }) => leaseSeconds === undefined);
  return [
    ...(late === undefined
      ? []
      : [
          note(
            'lease-outlives-takeover',
            `the lease of ${late.leaseSeconds} s is longer than a takeover (${Math.round(ownMasterDown(late) / 1_000)} ms): a frozen node keeps the address beside the new master until its lease ends`,
          ),
        ]),
    ...(endless.length === 0
      ? []
      : [
          note(
            'no-lease',
            `${endlessWhose(endless)} addresses have no lease: frozen or killed, ${endless.map(({ name }) => name).join(' or ')} keeps the address beside the new master until somebody removes it`,
          ),
        ]),
  ];
}

function endlessWhose(nodes: readonly NodeModel[]): string {
  return nodes.every(({ program }) => program === 'keepalived') ? "keepalived's" : "an owner's";
}

function ownMasterDown({ version, priority, interval }: NodeModel): Duration {
  return masterDownInterval(version, priority, interval);
}

function oneSided(nodes: readonly NodeModel[]): Finding[] {
  const names = [...new Set(nodes.flatMap(node => node.trackers.map(({ name }) => name)))];
  return names.flatMap(name => {
    const having = nodes.filter(node => node.trackers.some(tracker => tracker.name === name));
    if (having.length === nodes.length) return [];
    const lacking = nodes.filter(node => !having.includes(node));
    const on = (some: readonly NodeModel[]) => some.map(node => node.name).join(' and ');
    return [
      warning(
        'one-sided-tracker',
        `${name} is tracked on ${on(having)} but not on ${on(lacking)}${gain(name, having)}`,
      ),
    ];
  });
}

/** What is explained is one virtual router; the others of its group are not looked at. */
function together(nodes: readonly NodeModel[]): Finding[] {
  return nodes.flatMap(({ name, syncGroup }) =>
    syncGroup === undefined
      ? []
      : [
          note(
            'sync-group',
            `on ${name} it moves together with the others of the sync group ${syncGroup}: what makes one of them give way or fail does so to all, and it becomes master only when all of them can`,
          ),
        ],
  );
}

/** A positive weight that only one node has lifts it while all is well. */
function gain(name: string, having: readonly NodeModel[]): string {
  const weight = (tracker: TrackerModel) => tracker.name === name && tracker.weight > 0;
  return having.some(node => node.trackers.some(weight)) ? ', and lifts the priority only there' : '';
}
