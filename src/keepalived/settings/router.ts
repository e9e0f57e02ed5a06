/** A `vrrp_instance` as a virtual router of Locum: what has a counterpart is set, and what has none is named with its line. */

import { type Duration, formatDuration, seconds } from '../../lib/time.ts';
import type { Authentication, GlobalDefinitions, Instance, VirtualAddress } from '../model.ts';
import type { Bound, Path, Sheet } from './sheet.ts';

const OWNER = 255;
/** As often as Locum repeats an announcement, as late as it does again, and as long as it keeps out of the way after its start. */
const MOST_REPEATS = 100;
const LATEST_ANNOUNCEMENT = seconds(3_600);
const LONGEST_START_DELAY = seconds(1_000);

/** An instance on its way to the sheet. */
export interface Subject {
  readonly instance: Instance;
  readonly global: GlobalDefinitions;
  /** `vrrp.NAME`. */
  readonly path: Path;
  readonly sheet: Sheet;
}

export function writeRouter(subject: Subject, syncGroup: string | undefined): void {
  const { instance, global, path, sheet } = subject;
  const { lines, version, advertInterval } = instance;
  const at = (keyword: string) => lines.get(keyword) ?? instance.at;
  const given = (keyword: string) => lines.has(keyword);
  sheet.group(path, instance.at);
  sheet.set([...path, 'vrid'], instance.vrid, at('virtual_router_id'));
  writeAddresses(subject);
  writeWire(subject);
  if (given('priority') || instance.priority === OWNER)
    sheet.set([...path, 'priority'], instance.priority, at('priority'));
  sheet.set(
    [...path, 'version'],
    version,
    lines.get('version') ?? global.lines.get('vrrp_version') ?? instance.at,
  );
  if (given('advert_int'))
    sheet.set([...path, 'advert-interval'], formatDuration(advertInterval), at('advert_int'));
  if (!instance.preempt) sheet.set([...path, 'preempt'], false, at('nopreempt'));
  if (instance.preemptDelay > 0)
    sheet.set([...path, 'preempt-delay'], formatDuration(instance.preemptDelay), at('preempt_delay'));
  if (global.startupDelay > 0) writeStartDelay(subject);
  if (syncGroup !== undefined) sheet.set([...path, 'sync-group'], syncGroup, instance.at);
  writeChecksum(subject);
  writeAuthentication(subject, instance.authentication);
  writeVmac(subject);
  writeAnnouncements(subject);
  leaveOutRest(subject);
}

function writeStartDelay({ instance: { name, at }, global, path, sheet }: Subject): void {
  const bound: Bound = {
    most: LONGEST_START_DELAY,
    setting: `vrrp_instance ${name} vrrp_startup_delay`,
    write: written,
  };
  const line = global.lines.get('vrrp_startup_delay') ?? at;
  sheet.setWithin([...path, 'start-delay'], global.startupDelay, bound, line);
}

const written = (time: number): string => formatDuration(time as Duration);

const cidrOf = ({ address, prefixLength }: VirtualAddress): string => `${address}/${prefixLength}`;

function writeAddresses({ instance, path, sheet }: Subject): void {
  const { addresses, excludedAddresses, lines } = instance;
  if (addresses.length === 0) refuseNoAddress(instance, sheet);
  else sheet.set([...path, 'vip'], addresses.map(cidrOf), lines.get('virtual_ipaddress') ?? instance.at);
  if (excludedAddresses.length > 0)
    sheet.set(
      [...path, 'excluded-vip'],
      excludedAddresses.map(cidrOf),
      lines.get('virtual_ipaddress_excluded') ?? excludedAddresses[0]?.at,
    );
  const home = interfaceOf(instance);
  const own = [home, instance.vmac?.interface];
  for (const address of [...addresses, ...excludedAddresses]) {
    const setting = `vrrp_instance ${instance.name} ${cidrOf(address)}`;
    const { interface: device, at } = address;
    if (device !== undefined && !own.includes(device)) {
      const what = `is to be held on ${device}, and a virtual router of Locum has all its addresses on one interface, here ${home}`;
      const fix = `make a vrrp_instance with the interface ${device} for it; a vrrp_sync_group moves both together`;
      sheet.refuse({ setting, what, fix, at });
    }
    const options = optionsOf(address, instance);
    if (options.length > 0) {
      const what = `is added without ${options.join(', ')}`;
      sheet.leaveOut([...path, 'vip'], { setting, what, fix: 'nothing, or leave it out', at });
    }
  }
}

/** keepalived can do without, where a cloud moves an address by its own means. */
function refuseNoAddress({ name, at, lines, excludedAddresses: [excluded] }: Instance, sheet: Sheet): void {
  const line = ['virtual_ipaddress', 'no_virtual_ipaddress', 'virtual_ipaddress_excluded'].flatMap(
    keyword => lines.get(keyword) ?? [],
  );
  const fix =
    excluded === undefined
      ? 'add one, if need be one that nobody uses: a tracker or a notify script works without a client'
      : `move ${cidrOf(excluded)} from virtual_ipaddress_excluded to it`;
  const what = 'has no address, and a virtual router of Locum has at least one that it advertises';
  sheet.refuse({ setting: `vrrp_instance ${name} virtual_ipaddress`, what, fix, at: line[0] ?? at });
}

/** Without one of its own an instance, which then speaks unicast, is where its addresses are. */
function interfaceOf({ interface: own, addresses }: Instance): string | undefined {
  return own ?? addresses.find(({ interface: device }) => device !== undefined)?.interface;
}

/** That Locum asks the kernel for no duplicate detection goes without saying. */
const IMPLIED = ['nodad', '-nodad'];

function optionsOf(
  { label, scope, broadcast, untracked, others }: VirtualAddress,
  { vmac }: Instance,
): string[] {
  return [
    ...(label === undefined ? [] : [`label ${label}`]),
    ...(scope === undefined || scope === 'global' ? [] : [`scope ${scope}`]),
    ...(broadcast === undefined ? [] : [`broadcast ${broadcast}`]),
    ...(untracked ? ['no_track'] : []),
    ...others.filter(option => !IMPLIED.includes(option) && !(option === 'use_vmac' && vmac !== undefined)),
  ];
}

function writeWire({ instance, path, sheet }: Subject): void {
  const { lines, unicastPeers, unicastTtl, sourceAddress } = instance;
  const home = interfaceOf(instance);
  if (home !== undefined) sheet.set([...path, 'interface'], home, lines.get('interface') ?? instance.at);
  if (sourceAddress !== undefined)
    sheet.set(
      [...path, 'source'],
      sourceAddress,
      lines.get('unicast_src_ip') ?? lines.get('mcast_src_ip') ?? instance.at,
    );
  if (unicastPeers.length === 0) return;
  const unicast = [...path, 'unicast'];
  const at = lines.get('unicast_peer') ?? instance.at;
  sheet.group(unicast, at);
  sheet.set(
    [...unicast, 'peers'],
    unicastPeers.map(({ address }) => address),
    at,
  );
  if (unicastTtl !== undefined && unicastTtl > 0)
    sheet.set([...unicast, 'ttl'], unicastTtl, lines.get('unicast_ttl') ?? at);
  writeTtlLimits(instance, unicast, sheet);
  sheet.set([...unicast, 'check-source'], instance.checkUnicastSource, lines.get('check_unicast_src') ?? at);
  if (!instance.checkUnicastSource)
    sheet.comment(
      [...unicast, 'check-source'],
      'As keepalived without check_unicast_src; true is safer, once each node is among the peers.',
    );
}

function writeTtlLimits({ name, unicastPeers }: Instance, unicast: Path, sheet: Sheet): void {
  const [lowest] = [...unicastPeers].sort((a, b) => a.minTtl - b.minTtl);
  if (lowest !== undefined && lowest.minTtl > 0) sheet.set([...unicast, 'min-ttl'], lowest.minTtl, lowest.at);
  for (const { address, minTtl, maxTtl, at } of unicastPeers) {
    const setting = `vrrp_instance ${name} unicast_peer ${address}`;
    const fix = 'nothing, or give all peers the same min_ttl and no max_ttl';
    const least = lowest?.minTtl ?? 0;
    if (minTtl > least) {
      const what = `has min_ttl ${minTtl}, and ${Math.max(1, least)} counts for all peers`;
      sheet.leaveOut(unicast, { setting, what, fix, at });
    }
    if (maxTtl < 255)
      sheet.leaveOut(unicast, { setting, what: `has max_ttl ${maxTtl}, which is not looked at`, fix, at });
  }
}

function writeChecksum({ instance, path, sheet }: Subject): void {
  const { lines, version, family, unicastPeers } = instance;
  if (version !== 3 || family !== 4) return;
  const write = (form: string, keyword: string) =>
    sheet.set([...path, 'checksum'], form, lines.get(keyword) ?? instance.at);
  if (instance.oldUnicastChecksum && unicastPeers.length > 0)
    write('multicast-pseudo-header', 'old_unicast_checksum');
  else if (instance.checksumAsVersion2) write('rfc9568', 'v3_checksum_as_v2');
}

function writeAuthentication({ instance, path, sheet }: Subject, authentication: Authentication): void {
  if (authentication.type === 'none') return;
  const { lines } = instance;
  const auth = [...path, 'auth'];
  const at = lines.get('auth_type') ?? lines.get('authentication') ?? lines.get('auth_hmac') ?? instance.at;
  sheet.group(auth, at);
  sheet.set([...auth, 'type'], authentication.type, at);
  if (authentication.type !== 'hmac') {
    sheet.set([...auth, 'password'], authentication.password, lines.get('auth_pass') ?? at);
    return;
  }
  const { keys, activeKey, antiReplay, window, mode } = authentication;
  for (const { id, key, at: line } of keys) sheet.set([...auth, 'keys', String(id)], key, line);
  if (activeKey !== undefined) sheet.set([...auth, 'active-key'], activeKey, at);
  if (mode !== undefined) sheet.set([...auth, 'mode'], mode, at);
  if (antiReplay !== undefined) sheet.set([...auth, 'anti-replay'], antiReplay, at);
  if (window !== undefined) sheet.set([...auth, 'time-window'], formatDuration(window), at);
}

function writeVmac({ instance, path, sheet }: Subject): void {
  const { vmac, lines } = instance;
  if (vmac === undefined) return;
  const at = lines.get('use_vmac') ?? instance.at;
  sheet.group([...path, 'vmac'], at);
  sheet.set([...path, 'vmac', 'enabled'], true, at);
  if (vmac.interface !== undefined) sheet.set([...path, 'vmac', 'interface'], vmac.interface, at);
  if (vmac.transmitFromBase)
    sheet.set([...path, 'vmac', 'advertise-from'], 'base', lines.get('vmac_xmit_base') ?? at);
}

/** Only what the file says: where it is silent, Locum's own schedule is at least as good. */
function writeAnnouncements({ instance, global, path, sheet }: Subject): void {
  const { announcements: wanted, lines } = instance;
  const minimal = global.lines.get('vrrp_min_garp');
  const set = (name: string, keyword: string, value: number, bound: Omit<Bound, 'setting'>): void => {
    const otherwise = keyword === 'garp_master_refresh' ? undefined : minimal;
    const at = lines.get(keyword) ?? global.lines.get(`vrrp_${keyword}`) ?? otherwise;
    const setting = `vrrp_instance ${instance.name} ${keyword}`;
    if (at !== undefined) sheet.setWithin([...path, 'announce', name], value, { ...bound, setting }, at);
  };
  const time = { most: LATEST_ANNOUNCEMENT, write: written };
  set('repeat', 'garp_master_repeat', wanted.masterRepeat, { most: MOST_REPEATS });
  set('again', 'garp_master_delay', wanted.masterDelay, time);
  set('refresh', 'garp_master_refresh', wanted.refresh ?? 0, time);
}

interface Rest {
  readonly keyword: string;
  /** Whether it says something that Locum does not do. */
  readonly applies: (instance: Instance) => boolean;
  readonly what: string;
  readonly fix: string;
}

const NOTHING_TO_DO = 'nothing, or leave it out';

const REST: readonly Rest[] = [
  {
    keyword: 'down_timer_adverts',
    applies: ({ downTimerAdverts }) => downTimerAdverts !== 3,
    what: 'is not acted on: a backup takes over after three intervals and the skew time, as the RFC says',
    fix: 'leave it out on all nodes, or change advert_int',
  },
  {
    keyword: 'dont_track_primary',
    applies: ({ trackInterface }) => !trackInterface,
    what: 'is not acted on: a virtual router whose interface is down is in fault',
    fix: NOTHING_TO_DO,
  },
  {
    keyword: 'no_accept',
    applies: ({ accept, strict }) => !accept && !strict,
    what: 'is not acted on: the address takes packets, or nginx could not serve on it',
    fix: NOTHING_TO_DO,
  },
  {
    keyword: 'strict_mode',
    applies: ({ strict }) => strict,
    what: 'is not acted on, save that there is no authentication: the address takes packets, and unicast is allowed',
    fix: 'leave strict mode out on all nodes: no address answers in it',
  },
  {
    keyword: 'garp_lower_prio_repeat',
    applies: ({ announcements: { lowerPriorityRepeat, masterRepeat }, strict }) =>
      lowerPriorityRepeat !== masterRepeat && !strict,
    what: 'is not acted on: after an advert of lower priority a master announces as one that has just become it',
    fix: NOTHING_TO_DO,
  },
  {
    keyword: 'garp_lower_prio_delay',
    applies: ({ announcements: { lowerPriorityDelay, masterDelay } }) => lowerPriorityDelay !== masterDelay,
    what: 'is not acted on: after an advert of lower priority a master announces as one that has just become it',
    fix: NOTHING_TO_DO,
  },
  {
    keyword: 'garp_master_refresh_repeat',
    applies: ({ announcements: { refreshRepeat } }) => refreshRepeat !== 1,
    what: 'is not acted on: a refresh announces each address once',
    fix: NOTHING_TO_DO,
  },
  {
    keyword: 'unicast_ttl',
    applies: ({ unicastTtl }) => unicastTtl === 0,
    what: 'is 0, which no advert survives: 255 is used',
    fix: 'write a number from 1 to 255',
  },
];

function leaveOutRest({ instance, global, path, sheet }: Subject): void {
  for (const { keyword, applies, what, fix } of REST) {
    const inherited = keyword === 'strict_mode' ? 'vrrp_strict' : `vrrp_${keyword}`;
    const at = instance.lines.get(keyword) ?? global.lines.get(inherited);
    if (at === undefined || !applies(instance)) continue;
    sheet.leaveOut(path, { setting: `vrrp_instance ${instance.name} ${keyword}`, what, fix, at });
  }
}
