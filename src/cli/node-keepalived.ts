/**
 * From keepalived.conf to a node that explain/ looks at. Such a node behaves as keepalived does: no hand-over, what weights change is
 * in its next adverts, a backup waits out its master-down interval, an address has no lease.
 */

import { toAuthConfig } from '../app/config/auth-schema.ts';
import type { AuthConfig } from '../app/config/config.ts';
import type { TextFile } from '../app/config/load.ts';
import type { Problem } from '../app/config/problems.ts';
import { readIncluded } from '../app/keepalived-files.ts';
import type { NodeModel, TrackerModel } from '../explain/model.ts';
import type { Authentication, Configuration, Follow, Instance } from '../keepalived/model.ts';
import { type Reading, readKeepalived } from '../keepalived/read.ts';
import { formatPosition, type Remark } from '../keepalived/remarks.ts';
import { processSought } from '../keepalived/settings/programs.ts';
import { parseIpAddress } from '../lib/ip-address.ts';
import { type Duration, formatDuration, milliseconds, seconds } from '../lib/time.ts';
import { VRRP_TTL } from '../vrrp/ip-packet.ts';
import type { ChecksumForm } from '../vrrp/parameters.ts';
import { noInstance, problemOf } from './keepalived-file.ts';
import { authenticationOf } from './node-authentication.ts';
import type { ImaginedRouter, NodeReading } from './node-models.ts';

/** By its name, or by what stands in it: no YAML file has a block of that name. */
export function isKeepalivedFile({ name, content }: TextFile): boolean {
  return /\.conf$/i.test(name) || holdsInstance(content);
}

export function holdsInstance(content: string): boolean {
  return /^[ \t]*vrrp_instance[ \t]+[^\s:{]+[ \t]*(?:\{|$)/m.test(content);
}

export function readKeepalivedNode({ name, content }: TextFile): NodeReading {
  const reading = readKeepalived({ name, text: content }, { include: readIncluded, configId: undefined });
  const { instances } = reading.configuration;
  const problems = problemsOf(reading, name);
  if (problems.some(({ severity }) => severity === 'error')) return { node: undefined, problems };
  const firsts = instances.filter((instance, i) => firstLike(instance, instances) === i);
  const routers = firsts.map(instance => routerOf(instance, reading.configuration, name));
  return { node: { name: '', routers }, problems };
}

/** The place of the first instance that speaks for the same virtual router: one VRID in both families is two. */
function firstLike({ vrid, family }: Instance, instances: readonly Instance[]): number {
  return instances.findIndex(other => other.vrid === vrid && other.family === family);
}

function problemsOf(reading: Reading, file: string): Problem[] {
  const { configuration, remarks } = reading;
  const isIgnored = ({ severity }: Remark) => severity === 'ignored';
  return [
    ...noInstance(reading, file),
    ...remarks.filter(remark => !isIgnored(remark)).map(problemOf),
    ...summary(remarks.filter(isIgnored)),
    ...notShown(configuration),
  ];
}

const MOST_NAMED = 8;

/** What is left out does not decide who is master, save for BFD; it is told in one line. */
function summary(ignored: readonly Remark[]): Problem[] {
  const [first] = ignored;
  if (first === undefined) return [];
  const named = ignored.slice(0, MOST_NAMED).map(({ setting, at }) => `${setting} (line ${at.line})`);
  const more = ignored.length > MOST_NAMED ? [`and ${ignored.length - MOST_NAMED} more`] : [];
  const what = `left out, as nothing here depends on it: ${[...named, ...more].join(', ')}`;
  return [
    {
      severity: 'warning',
      path: 'keepalived.conf',
      what,
      source: first.at.file,
      fix: 'nothing needs to be done',
    },
  ];
}

/** Settings that change what happens, and that the table does not know. */
function notShown({ instances, groups }: Configuration): Problem[] {
  const warn = (path: string, what: string, at: Remark['at'], fix: string): Problem => ({
    severity: 'warning',
    path,
    what,
    source: formatPosition(at),
    fix,
  });
  const lineOf = (instance: Instance, keyword: string) => instance.lines.get(keyword) ?? instance.at;
  const twice = instances.filter((instance, i) => firstLike(instance, instances) !== i);
  return [
    ...instances
      .filter(({ preemptDelay }) => preemptDelay > 0)
      .map(instance =>
        warn(
          `vrrp_instance ${instance.name} preempt_delay`,
          `adds ${formatDuration(instance.preemptDelay)} to each return of the better node, which the table leaves out`,
          lineOf(instance, 'preempt_delay'),
          'add it to the times of recovery',
        ),
      ),
    ...instances
      .filter(({ downTimerAdverts }) => downTimerAdverts !== 3)
      .map(instance =>
        warn(
          `vrrp_instance ${instance.name} down_timer_adverts`,
          `is ${instance.downTimerAdverts}, and the table counts with 3`,
          lineOf(instance, 'down_timer_adverts'),
          'leave it out, as the RFC has 3',
        ),
      ),
    ...groups
      .filter(({ members }) => members.length > 1)
      .map(({ name, at }) =>
        warn(
          `vrrp_sync_group ${name}`,
          'moves its members together; the table shows each by itself',
          at,
          'read them as one',
        ),
      ),
    ...twice.map(instance =>
      warn(
        `vrrp_instance ${instance.name}`,
        `has VRID ${instance.vrid}, as another instance of the file, and is not explained`,
        lineOf(instance, 'virtual_router_id'),
        'explain it from a file of its own',
      ),
    ),
  ];
}

function routerOf(instance: Instance, configuration: Configuration, from: string): ImaginedRouter {
  return {
    name: instance.name,
    vrid: instance.vrid,
    model: modelOf(instance, configuration, from),
    sourceOf: setting => sourceOf(instance, configuration, setting),
  };
}

/** keepalived's keywords for the settings of a Locum node. */
const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  vrid: ['virtual_router_id'],
  version: ['version'],
  'advert-interval': ['advert_int'],
  'unicast.peers': ['unicast_peer'],
  'unicast.min-ttl': ['unicast_ttl', 'unicast_peer'],
  checksum: ['v3_checksum_as_v2'],
  'auth.type': ['auth_hmac', 'auth_type', 'authentication'],
  vip: ['virtual_ipaddress'],
  priority: ['priority'],
};

function sourceOf(instance: Instance, { global }: Configuration, setting: string): string {
  const inherited = setting === 'version' ? global.lines.get('vrrp_version') : undefined;
  const lines = (KEYWORDS[setting] ?? [setting]).flatMap(keyword => instance.lines.get(keyword) ?? []);
  const at = lines[0] ?? inherited;
  return at === undefined ? `keepalived's default` : formatPosition(at);
}

function modelOf(instance: Instance, configuration: Configuration, from: string): NodeModel {
  const {
    priority,
    version,
    advertInterval,
    preempt,
    sourceAddress,
    addresses,
    follows,
    preemptDelay,
    group,
  } = instance;
  return {
    name: '',
    from,
    program: 'keepalived',
    priority,
    version,
    interval: advertInterval,
    preempt,
    preemptDelay,
    syncGroup: group,
    timing: 'rfc',
    leaseSeconds: undefined,
    primaryAddress: parseIpAddress(sourceAddress ?? ''),
    unicast: unicastOf(instance),
    checksum: checksumOf(instance),
    addresses: addresses.map(({ address }) => address),
    authentication: authenticationOf(authOf(instance.authentication)),
    trackers: follows.map(follow => trackerOf(follow, follows, configuration)),
  };
}

/** The system's own hop limit, with which keepalived sends over IPv6 unless told. */
const USUAL_HOP_LIMIT = 64;

function unicastOf(instance: Instance): NodeModel['unicast'] {
  const { unicastPeers, unicastTtl, family, checkUnicastSource: checkSource } = instance;
  if (unicastPeers.length === 0) return undefined;
  return {
    peers: unicastPeers.flatMap(({ address }) => parseIpAddress(address) ?? []),
    ttl: unicastTtl || (family === 6 ? USUAL_HOP_LIMIT : VRRP_TTL),
    minimumTtl: Math.max(1, Math.min(...unicastPeers.map(({ minTtl }) => minTtl))),
    checkSource,
  };
}

function checksumOf({ checksumAsVersion2, oldUnicastChecksum, unicastPeers }: Instance): ChecksumForm {
  if (checksumAsVersion2) return 'message-only';
  return oldUnicastChecksum && unicastPeers.length > 0 ? 'multicast-pseudo-header' : 'pseudo-header';
}

/** As Locum would be set: what a mode or a window means is the same. */
function authOf(authentication: Authentication): AuthConfig {
  if (authentication.type !== 'hmac') return authentication;
  const { keys, activeKey, mode = 'enforce' } = authentication;
  return toAuthConfig({
    type: 'hmac',
    keys: Object.fromEntries(keys.map(({ id, key }) => [String(id), key])),
    'active-key': activeKey ?? keys[0]?.id,
    mode,
    'anti-replay': 'monotonic',
    'time-window': seconds(1),
  });
}

/** At most so long after the event, on a machine that is not starved. */
const BY_KERNEL = milliseconds(5);
const NO_NOTICE = { failure: undefined, recovery: undefined };

/** What the kernel tells of is not checked; the interval stands for nothing there. */
const TOLD = { rise: 1, fall: 1, interval: seconds(1), timeout: seconds(1), outside: undefined };

function trackerOf(follow: Follow, all: readonly Follow[], configuration: Configuration): TrackerModel {
  const { kind, weight, reverse } = follow;
  const alone = all.filter(({ name }) => name === follow.name).length === 1;
  const name = alone ? follow.name : `${kind} ${follow.name}`;
  const told: TrackerModel = {
    ...TOLD,
    name,
    type: kind,
    weight,
    reverse,
    notice: { failure: BY_KERNEL, recovery: BY_KERNEL },
  };
  if (kind === 'interface') return told;
  // A file adds its number times the weight; nobody knows the number, so it fails by one weight.
  if (kind === 'file') return { ...told, weight: -Math.abs(weight), reverse: false };
  if (kind === 'process') {
    const process = configuration.processes.find(other => other.name === follow.name);
    const [lost, gained] = [after(process?.terminateDelay), after(process?.forkDelay)];
    return {
      ...told,
      notice: reverse ? { failure: gained, recovery: lost } : { failure: lost, recovery: gained },
    };
  }
  const script = configuration.scripts.find(other => other.name === follow.name);
  const { rise = 1, fall = 1, interval = seconds(1), timeout = interval } = script ?? {};
  const type = processSought(script?.command ?? []) === undefined ? 'exec' : 'process';
  return { ...told, type, rise, fall, interval, timeout, notice: NO_NOTICE };
}

function after(delay: Duration | undefined): Duration {
  return (BY_KERNEL + (delay ?? 0)) as Duration;
}
