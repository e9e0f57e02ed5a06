/** Virtual routers as metrics. Every series of one carries its name, its VRID and its interface; `locum_router_info` says the rest. */

import type { PeerStatus, RouterStatus, VipStatus } from '../status.ts';
import { each, type Family, familiesOf, type Labels, metricsOf, oneOf, seconds } from './family.ts';

const router = metricsOf<RouterStatus>();

const STATE = oneOf('state', ['init', 'backup', 'master', 'fault']);

const STANDING = [
  router.gauge('locum_router_info', 'What else a virtual router is; always 1.', r => [
    [
      {
        version: String(r.version),
        family: isIpv6(r) ? '6' : '4',
        virtual_mac: r.vmac?.mac ?? '',
        sync_group: r.syncGroup?.name ?? '',
      },
      1,
    ],
  ]),
  router.gauge('locum_router_state', '1 for the state that it is in, 0 for the others.', ({ state }) =>
    STATE(state),
  ),
  router.gauge('locum_router_state_age_seconds', 'Time since its last transition.', ({ since }) =>
    seconds(since.agoMs),
  ),
  router.gauge(
    'locum_router_master_known',
    '1 while this node is master or hears one.',
    ({ masterAddress }) => masterAddress !== null,
  ),
  router.gauge('locum_router_base_priority', 'As configured.', r => r.basePriority),
  router.gauge(
    'locum_router_effective_priority',
    'With the contributions of all trackers, from 1 to 254; 255 is the owner of the address.',
    r => r.effectivePriority,
  ),
  router.gauge(
    'locum_router_priority_contribution',
    'What a tracker adds to the base priority now; negative where it takes away.',
    r => r.contributions.map(({ tracker, delta }) => [{ tracker }, delta]),
  ),
  router.gauge(
    'locum_router_tracker_fault',
    '1 where a tracker alone keeps the virtual router in fault.',
    r => r.contributions.map(({ tracker, fault }) => [{ tracker }, fault]),
  ),
  router.gauge(
    'locum_router_sync_group_waiting',
    '1 while it would be master and waits for the others of its sync group.',
    ({ syncGroup }) => syncGroup?.ready ?? null,
  ),
];

const COUNTERS = [
  router.counter('locum_router_became_master_total', 'Transitions to master.', r => r.counters.becameMaster),
  router.counter(
    'locum_router_released_master_total',
    'Transitions from master.',
    r => r.counters.releasedMaster,
  ),
  router.counter('locum_router_adverts_sent_total', 'Advertisements sent.', r => r.counters.advertsSent),
  router.counter(
    'locum_router_adverts_received_total',
    'Advertisements accepted.',
    r => r.counters.advertsReceived,
  ),
  router.counter(
    'locum_router_priority_zero_adverts_sent_total',
    'Resignations sent: advertisements of priority 0.',
    r => r.counters.priorityZeroSent,
  ),
  router.counter(
    'locum_router_priority_zero_adverts_received_total',
    'Resignations accepted: advertisements of priority 0.',
    r => r.counters.priorityZeroReceived,
  ),
  router.counter(
    'locum_router_discarded_packets_total',
    'Packets that were not accepted; a reason has a series once there was a packet.',
    r => each('reason', r.counters.discards),
  ),
  router.gauge(
    'locum_router_refused_senders',
    'Senders of whom no packet is accepted, as far as they are told apart.',
    r => r.refused.length,
  ),
];

const ofVips = (read: (vip: VipStatus) => number | boolean | null) => (router: RouterStatus) =>
  router.vips.map(vip => [{ address: vip.address }, read(vip)] as const);

const ADDRESSES = [
  router.gauge(
    'locum_vip_present',
    '1 while the kernel has the virtual address on the interface.',
    ofVips(({ present }) => present),
  ),
  router.gauge(
    'locum_vip_lease_left_seconds',
    'What is left of the lifetime of a leased address, in the whole seconds that the kernel tells.',
    ofVips(({ validLifetimeSeconds }) => validLifetimeSeconds),
  ),
  router.gauge(
    'locum_router_lease_seconds',
    'The lifetime that is given to the addresses; none where they are permanent.',
    r => r.leaseSeconds,
  ),
  router.gauge(
    'locum_router_virtual_mac_up',
    '1 while the interface of the virtual MAC is there and up.',
    ({ vmac }) => (vmac === null ? null : vmac.present && vmac.up),
  ),
];

const ofPeers = (read: (peer: PeerStatus) => number) => (router: RouterStatus) =>
  router.peers.map(peer => [{ peer: peer.address }, read(peer)] as const);

const PEERS = [
  router.gauge('locum_peer_info', 'How a peer speaks; always 1.', ({ peers }) =>
    peers.map(({ address, version, checksum, authentication }) => [
      { peer: address, version: String(version), checksum, authentication },
      1,
    ]),
  ),
  router.gauge(
    'locum_peer_priority',
    'Of its last advertisement.',
    ofPeers(({ priority }) => priority),
  ),
  router.gauge(
    'locum_peer_advert_interval_seconds',
    'Of its last advertisement.',
    ofPeers(({ advertIntervalMs }) => seconds(advertIntervalMs)),
  ),
  router.gauge(
    'locum_peer_last_advert_age_seconds',
    'Time since its last advertisement.',
    ofPeers(({ lastSeen }) => seconds(lastSeen.agoMs)),
  ),
  router.gauge('locum_peer_warning', '1 for everything in which a peer and this node differ.', ({ peers }) =>
    peers.flatMap(({ address, warnings }) => warnings.map(({ about }) => [{ peer: address, about }, 1])),
  ),
];

export function routerFamilies(routers: readonly RouterStatus[]): Family[] {
  return familiesOf([...STANDING, ...COUNTERS, ...ADDRESSES, ...PEERS], routers, labelsOf);
}

function labelsOf({ name, vrid, interface: link }: RouterStatus): Labels {
  return { router: name, vrid: String(vrid), interface: link };
}

const isIpv6 = ({ vips }: RouterStatus): boolean => vips.some(({ address }) => address.includes(':'));
