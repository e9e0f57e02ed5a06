/** One virtual router as the status snapshot shows it. Reads, never changes. */

import type {
  Moment,
  PeerStatus,
  PeerWarning,
  RefusedStatus,
  RouterStatus,
  VipStatus,
} from '../control/status.ts';
import { type Cidr, formatCidr, type IpAddress } from '../lib/ip-address.ts';
import { between, type Instant, inMilliseconds } from '../lib/time.ts';
import { OWNER_PRIORITY, type Parameters, type Version } from '../vrrp/parameters.ts';
import { leaseSeconds } from '../vrrp/timing.ts';
import { nextDeadline } from '../vrrp/virtual-router.ts';
import { warningsOf } from './peer-warnings.ts';
import type { WorkingRouter } from './router.ts';
import type { Peer, Sender } from './senders.ts';

/** An address of the router's interface as the kernel has it. */
export interface HeldAddress {
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** Undefined when it is permanent. */
  readonly validSeconds: number | undefined;
}

/** Turns instants of one clock reading into moments for people. */
export interface Snapping {
  readonly now: Instant;
  momentOf(at: Instant): Moment;
}

/** The details of the trackers' last outcomes, by tracker. */
export type Details = ReadonlyMap<string, string>;

export function routerStatus(
  working: WorkingRouter,
  interfaceName: string,
  held: readonly HeldAddress[],
  details: Details,
  snapping: Snapping,
  startedAt: Instant,
): Omit<RouterStatus, 'vmac'> {
  const { router } = working.runner;
  const { journal, config, assessment } = working;
  const deadline = nextStep(working);
  return {
    name: working.name,
    vrid: config.vrid,
    interface: interfaceName,
    version: config.version,
    state: router.state.name,
    since: snapping.momentOf(journal.transitions[0]?.at ?? startedAt),
    reason:
      journal.transitions[0]?.detail ??
      (working.startsAt === undefined ? 'starting' : 'waits for its start delay'),
    transitions: journal.transitions.map(({ from, to, detail, at }) => ({
      from,
      to,
      reason: detail,
      when: snapping.momentOf(at),
    })),
    basePriority: config.priority,
    effectivePriority: working.effectivePriority,
    contributions: assessment.contributions.map(contribution => ({
      ...contribution,
      detail: details.get(contribution.tracker) ?? '',
    })),
    masterAddress: masterAddress(working),
    peers: journal.senders.peers.map(peer => peerStatus(peer, router.parameters, snapping)),
    refused: journal.senders.refused.map(sender => refusedStatus(sender, router.parameters, snapping)),
    refusedOfOthers: journal.senders.crowd,
    syncGroup: syncGroupOf(working),
    vips: [
      ...config.vip.map(vip => vipStatus(vip, true, held)),
      ...config.excludedVip.map(vip => vipStatus(vip, false, held)),
    ],
    leaseSeconds: config.priority === OWNER_PRIORITY ? null : leaseSeconds(router.parameters),
    counters: {
      advertsSent: journal.advertsSent,
      advertsReceived: journal.advertsReceived,
      priorityZeroSent: journal.priorityZeroSent,
      priorityZeroReceived: journal.priorityZeroReceived,
      becameMaster: journal.becameMaster,
      releasedMaster: journal.releasedMaster,
      discards: Object.fromEntries(Object.entries(journal.discards).filter(([, count]) => count > 0)),
    },
    nextDeadline:
      deadline === undefined
        ? null
        : {
            inMs: inMilliseconds(between(snapping.now, deadline.at)),
            reason: deadline.reason,
          },
  };
}

/** What it waits for: a timer of the state machine, or to begin at all. */
function nextStep({ startsAt, runner: { router } }: WorkingRouter): ReturnType<typeof nextDeadline> {
  return startsAt === undefined ? nextDeadline(router) : { at: startsAt, reason: 'start-delay' };
}

function syncGroupOf({
  config: { syncGroup },
  runner: { router },
}: WorkingRouter): RouterStatus['syncGroup'] {
  const { state } = router;
  return syncGroup === undefined
    ? null
    : { name: syncGroup, ready: state.name === 'backup' && state.isReady };
}

function masterAddress({ runner: { router } }: WorkingRouter): string | null {
  if (router.state.name === 'master') return router.parameters.primaryAddress;
  return router.state.name === 'backup' ? (router.state.master?.address ?? null) : null;
}

function peerStatus(peer: Peer, ours: Parameters, snapping: Snapping): PeerStatus {
  const { address, advertisement, checksumForm, proof, lastHeardAt } = peer;
  return {
    address,
    priority: advertisement.priority,
    // The ladder accepts no other.
    version: advertisement.version as Version,
    advertIntervalMs: inMilliseconds(advertisement.interval),
    lastSeen: snapping.momentOf(lastHeardAt),
    checksum: checksumForm,
    authentication: proof,
    warnings: warningStatus(peer, ours, snapping),
  };
}

function refusedStatus(sender: Sender, ours: Parameters, snapping: Snapping): RefusedStatus {
  const { address, advertisement, lastHeardAt } = sender;
  return {
    address: address ?? null,
    priority: advertisement?.priority ?? null,
    version: advertisement?.version ?? null,
    advertIntervalMs: advertisement === undefined ? null : inMilliseconds(advertisement.interval),
    lastSeen: snapping.momentOf(lastHeardAt),
    warnings: warningStatus(sender, ours, snapping),
  };
}

function warningStatus(sender: Sender, ours: Parameters, { now, momentOf }: Snapping): PeerWarning[] {
  return warningsOf(sender, ours, now).map(({ lastAt, ...warning }) => ({
    ...warning,
    lastSeen: momentOf(lastAt),
  }));
}

function vipStatus(vip: Cidr, advertised: boolean, held: readonly HeldAddress[]): VipStatus {
  const found = held.find(({ address }) => address === vip.address);
  return {
    address: formatCidr(vip),
    present: found !== undefined,
    validLifetimeSeconds: found?.validSeconds ?? null,
    advertised,
  };
}
