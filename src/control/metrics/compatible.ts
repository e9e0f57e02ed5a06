/**
 * The metrics of keepalived-exporter (https://github.com/mehdy/keepalived-exporter: names, labels, types and codes), read from a snapshot
 * of Locum, so that dashboards and alerts made for keepalived go on. What Locum cannot know is 0: it does not tell an unknown type of
 * authentication from another one than ours, takes an address list that differs and warns of it, and has no delay before a second gratuitous
 * ARP. Of the labels of the exporter's build only the version is there.
 */

import type { RouterStatus, Status, TrackerStatus, VipStatus } from '../status.ts';
import {
  type Family,
  familiesOf,
  type Labels,
  type Metric,
  metricsOf,
  type Reading,
  UNLABELLED,
} from './family.ts';

const exporter = metricsOf<Status>();
const EXPORTER = [
  exporter.gauge(
    'keepalived_exporter_build_info',
    'The version of Locum, which stands in for the exporter.',
    ({ version }) => [[{ version }, 1]],
  ),
  exporter.gauge('keepalived_up', '1 while Locum answers.', () => 1),
];

const STATE_CODES = { init: 0, backup: 1, master: 2, fault: 3 } as const;

const ofVips =
  (wanted: (vip: VipStatus) => boolean, read: (vip: VipStatus, router: RouterStatus) => number | boolean) =>
  (router: RouterStatus): Reading =>
    router.vips
      .filter(wanted)
      .map(vip => [{ ip_address: vip.address }, read(vip, router)] satisfies [Labels, number | boolean]);

const advertised = ({ advertised }: VipStatus): boolean => advertised;
const codeOf = (_: VipStatus, { state }: RouterStatus): number => STATE_CODES[state];
/** In place of a script that looks at each address. */
const isWhereItBelongs = ({ present }: VipStatus, { state }: RouterStatus): boolean =>
  present === (state === 'master');

const router = metricsOf<RouterStatus>();
const ADDRESSES = [
  router.gauge(
    'keepalived_vrrp_state',
    '0 init, 1 backup, 2 master, 3 fault, for each address.',
    ofVips(advertised, codeOf),
  ),
  router.gauge(
    'keepalived_vrrp_excluded_state',
    'The same for the addresses that are not advertised.',
    ofVips(vip => !advertised(vip), codeOf),
  ),
  router.gauge(
    'keepalived_exporter_check_script_status',
    '1 while the kernel has the address if this node is master, and only then.',
    ofVips(advertised, isWhereItBelongs),
  ),
  router.gauge(
    'keepalived_check_script_status',
    'The same by its other name.',
    ofVips(advertised, isWhereItBelongs),
  ),
];

const of = (name: string, help: string, read: (router: RouterStatus) => number): Metric<RouterStatus> =>
  router.counter(`keepalived_${name}_total`, help, read);

/** The sum of what was discarded for some reasons. */
const discarded =
  (...reasons: readonly string[]) =>
  ({ counters }: RouterStatus): number =>
    reasons.reduce((sum, reason) => sum + (counters.discards[reason] ?? 0), 0);

const COUNTERS = [
  of('gratuitous_arp_delay', 'Always 0.', () => 0),
  of('advertisements_received', 'Advertisements accepted.', r => r.counters.advertsReceived),
  of('advertisements_sent', 'Advertisements sent.', r => r.counters.advertsSent),
  of('become_master', 'Transitions to master.', r => r.counters.becameMaster),
  of('release_master', 'Transitions from master.', r => r.counters.releasedMaster),
  of('packet_length_errors', 'Packets of a wrong length.', discarded('ip-malformed', 'truncated', 'length')),
  of('advertisements_interval_errors', 'Advertisements of another interval.', discarded('interval')),
  of('ip_ttl_errors', 'Packets of a wrong TTL or hop limit.', discarded('ttl')),
  of('invalid_type_received', 'Packets of an unknown type.', discarded('type')),
  of('address_list_errors', 'Advertisements without addresses.', discarded('no-addresses')),
  of('authentication_invalid', 'Always 0.', () => 0),
  of(
    'authentication_mismatch',
    'Packets with another type of authentication than ours.',
    discarded('auth-type', 'auth-missing'),
  ),
  of(
    'authentication_failure',
    'Packets that do not prove themselves.',
    discarded(
      'auth-header',
      'auth-password',
      'auth-trailer',
      'auth-stale',
      'auth-key',
      'auth-digest',
      'auth-spi',
      'auth-replay',
    ),
  ),
  of('priority_zero_received', 'Resignations accepted.', r => r.counters.priorityZeroReceived),
  of('priority_zero_sent', 'Resignations sent.', r => r.counters.priorityZeroSent),
];

const script = metricsOf<TrackerStatus>();
const SCRIPTS = [
  script.gauge('keepalived_script_status', '1 while the tracker is up.', t => t.health === 'up'),
  script.gauge('keepalived_script_state', 'Always 0: no check is shown under way.', () => 0),
];

export function compatibleFamilies(status: Status): Family[] {
  return [
    ...familiesOf(EXPORTER, [status], () => UNLABELLED),
    ...familiesOf([...ADDRESSES, ...COUNTERS], status.routers, ({ name, vrid, interface: link }) => ({
      iname: name,
      intf: link,
      vrid: String(vrid),
    })),
    ...familiesOf(SCRIPTS, status.trackers, ({ name }) => ({ name })),
  ];
}
