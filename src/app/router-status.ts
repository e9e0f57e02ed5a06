/** One virtual router as the status snapshot shows it. Reads, never changes. */

import type { Moment, PeerStatus, RouterStatus, VipStatus } from '../control/status.ts';
import { type Cidr, formatCidr, type IpAddress } from '../lib/ip-address.ts';
import { between, type Instant, inMilliseconds } from '../lib/time.ts';
import { leaseSeconds } from '../vrrp/timing.ts';
import { nextDeadline } from '../vrrp/virtual-router.ts';
import type { WorkingRouter } from './router.ts';
import type { Peer } from './router-journal.ts';

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
): RouterStatus {
  const { router } = working.runner;
  const { journal, config, assessment } = working;
  const deadline = nextDeadline(router);
  return {
    name: working.name,
    vrid: config.vrid,
    interface: interfaceName,
    version: config.version,
    state: router.state.name,
    since: snapping.momentOf(journal.transitions[0]?.at ?? startedAt),
    reason: journal.transitions[0]?.detail ?? 'starting',
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
    peers: journal.peers.map(peer => peerStatus(peer, snapping)),
    vips: config.vip.map(vip => vipStatus(vip, held)),
    leaseSeconds: leaseSeconds(router.parameters),
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

function masterAddress({ runner: { router } }: WorkingRouter): string | null {
  if (router.state.name === 'master') return router.parameters.primaryAddress;
  return router.state.name === 'backup' ? (router.state.master?.address ?? null) : null;
}

function peerStatus(peer: Peer, snapping: Snapping): PeerStatus {
  return {
    address: peer.address,
    priority: peer.priority,
    version: peer.version,
    advertIntervalMs: inMilliseconds(peer.interval),
    lastSeen: snapping.momentOf(peer.lastHeardAt),
    checksum: peer.checksumForm,
    authentication: peer.proof,
  };
}

function vipStatus(vip: Cidr, held: readonly HeldAddress[]): VipStatus {
  const found = held.find(
    ({ address, prefixLength }) => address === vip.address && prefixLength === vip.prefixLength,
  );
  return {
    address: formatCidr(vip),
    present: found !== undefined,
    validLifetimeSeconds: found?.validSeconds ?? null,
  };
}
