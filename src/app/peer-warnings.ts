/**
 * What is wrong between a sender and us, in words for people: what differs, and what to do. Reads, never decides; a warning holds no
 * secret, since the ladder's details hold none.
 */

import type { IpAddress } from '../lib/ip-address.ts';
import { after, formatDuration, type Instant, seconds } from '../lib/time.ts';
import type { Parameters } from '../vrrp/parameters.ts';
import { DISCARD_REASONS } from '../vrrp/receive.ts';
import { CLASHES } from './clash.ts';
import type { Peer, Remark, Sender, Topic } from './senders.ts';

export interface Warning {
  /** The rung of the ladder, or the oddity. */
  readonly about: Topic;
  readonly text: string;
  /** Whether packets are dropped for it. */
  readonly dropped: boolean;
  readonly count: number;
  readonly lastAt: Instant;
}

/** Longer than the longest interval of version 2. */
const SHOWN_FOR = seconds(300);

/** Of a peer: how its last advertisement differs; of every sender: why its packets were dropped lately. */
export function warningsOf(sender: Sender | Peer, ours: Parameters, now: Instant): readonly Warning[] {
  const differences = 'differences' in sender ? sender.differences : [];
  const warn = (topic: Topic, dropped: boolean): Warning[] => {
    const remark = sender.remarks.get(topic);
    if (remark === undefined || (fades(topic, dropped) && after(remark.lastAt, SHOWN_FOR) < now)) return [];
    const text = `${difference(topic, remark, ours)}: ${ADVICE[topic]}`;
    return [{ about: topic, text, dropped, count: remark.count, lastAt: remark.lastAt }];
  };
  return [
    ...differences.flatMap(each => warn(each, false)),
    ...DISCARD_REASONS.flatMap(reason => warn(reason, true)),
  ];
}

/** A backup that was configured otherwise still is, silent as it may be; two ranks are compared anew with each advertisement. */
function fades(topic: Topic, dropped: boolean): boolean {
  return dropped || CLASHES.some(clash => clash === topic);
}

function difference(topic: Topic, { advertisement: a, detail }: Remark, ours: Parameters): string {
  if (a === undefined) return detail;
  if (topic === 'version') return `speaks version ${a.version}, we ${ours.version}`;
  if (topic === 'interval' || topic === 'interval-differs')
    return `advertises every ${formatDuration(a.interval)}, we every ${formatDuration(ours.advertisementInterval)}`;
  if (topic === 'addresses-differ') return listDifference(a.addresses, ours.addresses);
  if (topic === 'second-owner') return 'advertises priority 255, as we do: one alone can own the addresses';
  if (topic === 'owner-hears')
    return `is master with priority ${a.priority} beside us, who own the addresses`;
  if (topic === 'equal-priority') return `has priority ${a.priority}, as we have`;
  if (topic === 'not-authenticated') return 'does not authenticate, we do';
  if (topic === 'no-link-local-first') return `advertises ${a.addresses[0]} first`;
  return detail;
}

function listDifference(theirs: readonly IpAddress[], ours: readonly IpAddress[]): string {
  const missing = ours.filter(address => !theirs.includes(address));
  const extra = theirs.filter(address => !ours.includes(address));
  const parts = [
    ...(missing.length > 0 ? [`does not advertise ${some(missing)}`] : []),
    ...(extra.length > 0 ? [`advertises ${some(extra)}, which we do not have`] : []),
  ];
  return parts.length === 0 ? 'advertises an address more than once' : parts.join(' and ');
}

const LISTED = 4;

function some(addresses: readonly IpAddress[]): string {
  const more = addresses.length - LISTED;
  return `${addresses.slice(0, LISTED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

const SAME_KEY = 'give both the same type of authentication and the same key';

const ADVICE: Readonly<Record<Topic, string>> = {
  'ip-malformed': 'look for what damages packets between the two',
  'not-vrrp': 'look what it sends; VRRP must follow the IP header, or an authentication header',
  destination: 'let both speak to the group, or both to each other as unicast peers',
  ttl: 'let it send with TTL 255 from the same link; with unicast peers beyond a router, lower min-ttl',
  'auth-header': SAME_KEY,
  truncated: 'look for what damages packets between the two',
  vrid: 'give both the same VRID',
  'own-address': 'two nodes have this address, or our packets come back: give each its own',
  'unknown-peer': 'name it among the unicast peers, or turn check-source off',
  version: 'set the same version on both',
  type: 'look what it sends; VRRP knows one type',
  'no-addresses': 'give it a virtual address',
  length: 'set the same version on both, and the same authentication',
  checksum: 'look for what damages packets between the two, such as checksum offloading of a bridge',
  'auth-type': SAME_KEY,
  'auth-missing': SAME_KEY,
  'auth-password': 'set the same password on both',
  'auth-trailer': SAME_KEY,
  'auth-stale': 'set both clocks, by NTP',
  'auth-key': 'give both the same keys with the same ids',
  'auth-digest': 'set the same password or key on both',
  'auth-spi': 'look for what rewrites source addresses between the two, such as NAT',
  'auth-replay': 'it was restarted and is believed again in time, or somebody repeats what was recorded',
  interval: 'set the same interval on both: version 2 asks for it',
  'interval-differs': 'set the same interval on both; a backup goes by the master’s until then',
  'addresses-differ': 'set the same virtual addresses on both',
  'no-link-local-first': 'put a link-local address first in its list, as RFC 9568 asks',
  'not-authenticated': SAME_KEY,
  'second-owner': 'lower the priority of one of the two',
  'owner-hears': 'it gives way when it hears us; if it does not, look for what keeps our adverts from it',
  'equal-priority': 'set another on one of the two; until then the higher address decides between masters',
};
