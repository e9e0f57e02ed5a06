/**
 * What keepalived makes of an instance once the whole file is read: defaults that depend on other settings, and settings that rule each
 * other out. Each correction is keepalived 2.2.7's own, and is reported unless nobody would notice it.
 */

import { type Duration, formatDuration, seconds } from '../lib/time.ts';
import { type Found, readAddresses, readPeers } from './addresses.ts';
import { announcements } from './announcements.ts';
import type { GroupDraft } from './groups.ts';
import { DEFAULT_PRIORITY, type Draft } from './instance.ts';
import type { Authentication, Follow, GlobalDefinitions, Instance } from './model.ts';
import type { Report, Severity } from './remarks.ts';

const OWNER = 255;
const MOST_ADDRESSES = 255;
/** The octets of the field (RFC 2338 §5.3.10). */
const LONGEST_PASSWORD = 8;

/** Says something about one keyword of the instance. */
type Say = (severity: Severity, keyword: string, what: string, fix: string) => void;

/** Undefined: keepalived does not start with it. */
export function complete(
  draft: Draft,
  global: GlobalDefinitions,
  group: GroupDraft | undefined,
  report: Report,
): Instance | undefined {
  const { values, use, name, at, lines, notify } = draft;
  const say: Say = (severity, keyword, what, fix) => {
    const position = lines.get(keyword) ?? at;
    report.add({ severity, setting: `${use.setting} ${keyword}`, what, fix, at: position });
  };
  const wire = wireOf(draft, global, say, report);
  const addresses = addressesOf(draft, say, report);
  const vrid = values.virtual_router_id;
  if (vrid === undefined)
    say('refused', 'virtual_router_id', 'is not set', 'set it to a number from 1 to 255');
  if (vrid === undefined || wire === undefined) return undefined;
  const strict = values.strict_mode ?? global.strict;
  const version = versionOf(draft, global, addresses.family, strict, say);
  const priority = priorityOf(draft, say);
  const authentication = authenticationOf(draft, version, strict, say);
  return {
    name,
    at,
    lines,
    vrid,
    ...wire,
    // AH learns the sequence number of its peer before it sends.
    initialState:
      values.state === 'MASTER' && (authentication.type !== 'ah' || priority === OWNER) ? 'MASTER' : 'BACKUP',
    priority,
    version,
    ...addresses,
    advertInterval: intervalOf(draft, version, say),
    authentication,
    ...preemption(draft, say),
    follows: followsOf(draft, priority, group, say),
    trackInterface: values.dont_track_primary !== true,
    ...strictness(draft, strict, priority, global),
    downTimerAdverts: values.down_timer_adverts ?? global.downTimerAdverts,
    checksumAsVersion2: values.v3_checksum_as_v2 === true,
    oldUnicastChecksum: values.old_unicast_checksum === true,
    notify,
    group: group?.name,
  };
}

type Wire = Pick<
  Instance,
  | 'interface'
  | 'sourceAddress'
  | 'trackSourceAddress'
  | 'unicastPeers'
  | 'unicastTtl'
  | 'checkUnicastSource'
  | 'vmac'
>;

/** Where adverts go and come from. Only unicast with a source of its own can do without an interface. */
function wireOf(
  { values, use }: Draft,
  global: GlobalDefinitions,
  say: Say,
  report: Report,
): Wire | undefined {
  const peers = readPeers(`${use.setting} unicast_peer`, values.unicast_peer ?? [], report);
  const source = values.unicast_src_ip ?? values.mcast_src_ip;
  if (values.unicast_peer !== undefined && peers.length === 0)
    say('mistake', 'unicast_peer', 'has no address: adverts go by multicast', 'name the other node');
  if (values.interface === undefined && (peers.length === 0 || source === undefined)) {
    say('refused', 'interface', 'is not set', 'name the interface');
    return undefined;
  }
  return {
    interface: values.interface,
    sourceAddress: source,
    trackSourceAddress: values.track_src_ip === true,
    unicastPeers: peers,
    unicastTtl: values.unicast_ttl,
    checkUnicastSource:
      values.check_unicast_src === true || global.checkUnicastSource || peers.some(limitsTtl),
    vmac: vmacOf(values, peers.length > 0, say),
  };
}

/** What goes to a peer leaves by the interface itself. */
function vmacOf(values: Draft['values'], unicast: boolean, say: Say): Instance['vmac'] {
  const { use_vmac: vmac, vmac_xmit_base: base = false } = values;
  if (vmac === undefined) return undefined;
  if (unicast && !base)
    say(
      'mistake',
      'use_vmac',
      'needs vmac_xmit_base with unicast: taken as if it were there',
      'add vmac_xmit_base',
    );
  return { ...vmac, transmitFromBase: base || unicast };
}

/** Who may speak to the address, and what strict mode forbids. */
function strictness(
  { values }: Draft,
  strict: boolean,
  priority: number,
  global: GlobalDefinitions,
): Pick<Instance, 'strict' | 'accept' | 'announcements'> {
  const wanted = announcements(values, global.announcements);
  const accept = values.no_accept === true ? false : !strict || priority === OWNER;
  return {
    strict,
    accept: values.accept ?? accept,
    announcements: strict ? { ...wanted, lowerPriorityRepeat: 0 } : wanted,
  };
}

const limitsTtl = ({ minTtl, maxTtl }: Instance['unicastPeers'][number]): boolean =>
  minTtl > 0 || maxTtl < 255;

/** The first address decides the family of all that are advertised. */
function addressesOf(
  { values, use }: Draft,
  say: Say,
  report: Report,
): Pick<Instance, 'addresses' | 'excludedAddresses' | 'family'> {
  const { setting } = use;
  const all = readAddresses(`${setting} virtual_ipaddress`, values.virtual_ipaddress ?? [], report);
  const excludedStatements = values.virtual_ipaddress_excluded ?? [];
  const excluded = readAddresses(`${setting} virtual_ipaddress_excluded`, excludedStatements, report);
  const family = all[0]?.family ?? 4;
  const own = all.filter(address => address.family === family);
  for (const { address, at } of all.filter(other => other.family !== family)) {
    const what = `holds ${address} beside addresses of the other family: it is left out`;
    const fix = 'move it to virtual_ipaddress_excluded, or to an instance of its own';
    report.add({ severity: 'mistake', setting: `${setting} virtual_ipaddress`, what, fix, at });
  }
  if (own.length > MOST_ADDRESSES)
    say(
      'mistake',
      'virtual_ipaddress',
      `has ${own.length} addresses: ${MOST_ADDRESSES} are advertised`,
      'exclude some',
    );
  return {
    family,
    addresses: own.slice(0, MOST_ADDRESSES).map(withoutFamily),
    excludedAddresses: [...own.slice(MOST_ADDRESSES), ...excluded].map(withoutFamily),
  };
}

function withoutFamily({ family: _, ...address }: Found) {
  return address;
}

/** IPv6 means version 3, unless somebody insists on what only keepalived speaks. */
function versionOf(
  { values }: Draft,
  global: GlobalDefinitions,
  family: 4 | 6,
  strict: boolean,
  say: Say,
): 2 | 3 {
  if (family === 4) return (values.version ?? global.version) === 3 ? 3 : 2;
  if (values.version !== 2) return 3;
  const taken = strict ? 'taken as 3' : 'only keepalived understands it';
  say('mistake', 'version', `must be 3 with IPv6 (is 2): ${taken}`, 'write version 3');
  return strict ? 3 : 2;
}

function priorityOf({ values }: Draft, say: Say): number {
  if (values.priority !== undefined) return values.priority;
  if (values.state !== 'MASTER') return DEFAULT_PRIORITY;
  const what =
    'is not set and state is MASTER: it is 255, as if the node owned the addresses, and no weight counts';
  say('mistake', 'priority', what, 'set the priority, for example to 100');
  return OWNER;
}

/** Version 2 counts whole seconds, version 3 steps of 10 ms up to 40.95 s. */
function intervalOf({ values }: Draft, version: 2 | 3, say: Say): Duration {
  const wanted = values.advert_int ?? seconds(1);
  const step = version === 2 ? seconds(1) : seconds(0.01);
  const most = version === 2 ? seconds(255) : seconds(40.95);
  const rounded = Math.min(most, Math.max(step, Math.round(wanted / step) * step)) as Duration;
  if (rounded !== wanted) {
    const unit = version === 2 ? 'whole seconds' : 'steps of 0.01 up to 40.95';
    const what = `must be in ${unit} with version ${version}: taken as ${formatDuration(rounded)}`;
    say('mistake', 'advert_int', what, version === 2 ? 'round it, or use version 3' : 'round it');
  }
  return rounded;
}

function authenticationOf(
  { values, hmac, authentication: { auth_type: type, auth_pass: password } }: Draft,
  version: 2 | 3,
  strict: boolean,
  say: Say,
): Authentication {
  const none: Authentication = { type: 'none' };
  const drop = (what: string, fix: string): Authentication => {
    say('mistake', 'authentication', `${what}: there is none`, fix);
    return none;
  };
  if (hmac !== undefined) {
    if (values.authentication !== undefined)
      say('mistake', 'authentication', 'stands beside auth_hmac, which alone counts', 'remove it');
    return hmac;
  }
  if (values.authentication === undefined) return none;
  if (version === 3) return drop('does not exist in version 3', 'remove it, or use version 2');
  if (strict) return drop('is not allowed in strict mode', 'remove it, or strict mode');
  if (type === undefined) return drop('has no auth_type that is PASS or AH', 'add auth_type PASS');
  if (password === undefined) return drop('has no auth_pass', 'add auth_pass');
  return { type: type === 'PASS' ? 'pass' : 'ah', password: cutPassword(password, say) };
}

const octetsOf = (text: string): number => new TextEncoder().encode(text).length;

/** The characters that fit whole: no text is half a character. */
function cutPassword(password: string, say: Say): string {
  const octets = octetsOf(password);
  if (octets <= LONGEST_PASSWORD) return password;
  let kept = '';
  for (const character of password.slice(0, LONGEST_PASSWORD)) {
    if (octetsOf(kept + character) > LONGEST_PASSWORD) break;
    kept += character;
  }
  const within =
    octetsOf(kept) < LONGEST_PASSWORD ? ' and end within a character, which is left out here' : '';
  const what = `has a password of ${octets} octets, of which the first ${LONGEST_PASSWORD} count${within}`;
  say('mistake', 'auth_pass', what, `use a password of at most ${LONGEST_PASSWORD} octets on all nodes`);
  return kept;
}

/** An initial state of MASTER rules out both ways of waiting. */
function preemption({ values }: Draft, say: Say): Pick<Instance, 'preempt' | 'preemptDelay'> {
  const { state, nopreempt = false, preempt = false, preempt_delay: delay = seconds(0) } = values;
  if (state !== 'MASTER') return { preempt: preempt || !nopreempt, preemptDelay: delay };
  const what = 'does nothing, because state is MASTER';
  if (nopreempt) say('mistake', 'nopreempt', what, 'write state BACKUP');
  if (delay > 0) say('mistake', 'preempt_delay', what, 'write state BACKUP');
  return { preempt: true, preemptDelay: seconds(0) };
}

/** Its own and its group's. Weights do not count for an owner, nor, its own ones, in a group. */
function followsOf(
  { follows }: Draft,
  priority: number,
  group: GroupDraft | undefined,
  say: Say,
): readonly Follow[] {
  const why =
    priority === OWNER
      ? 'priority 255 never changes'
      : group !== undefined && !group.keepsWeights
        ? `members of the sync group ${group.name} follow nothing with a weight of their own`
        : undefined;
  const dropped = why === undefined ? [] : follows.filter(({ weight }) => weight !== 0);
  for (const { kind, name } of dropped)
    say(
      'mistake',
      `track_${kind}`,
      `${name} has a weight, but ${why}: it is not followed`,
      fixFor(priority, kind),
    );
  const ofGroup = (group?.follows ?? []).filter(({ weight }) => priority !== OWNER || weight === 0);
  return [...follows.filter(follow => !dropped.includes(follow)), ...ofGroup];
}

function fixFor(priority: number, kind: Follow['kind']): string {
  return priority === OWNER
    ? 'use a priority below 255, or weight 0'
    : `move it to track_${kind} of the group, or use weight 0`;
}
