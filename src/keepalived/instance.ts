/** The block `vrrp_instance` as it is written (keepalived.conf(5), "VRRP instance(s)"); complete.ts makes keepalived's sense of it. */

import { type Field, type Grammar, leftOut, readBlock, type Values } from './fields.ts';
import { type Defined, readFollows } from './follows.ts';
import { readHmac } from './hmac.ts';
import type { Authentication, Follow, Named, NotifyScript } from './model.ts';
import type { Report } from './remarks.ts';
import { type NamedBlock, nameOf } from './tracked.ts';
import type { Statement } from './tree.ts';
import {
  choice,
  flag,
  fractionalSeconds,
  ipAddress,
  mark,
  notify,
  statements,
  whole,
  wholeSeconds,
  word,
} from './values.ts';

const DAY_S = 86_400;
const MOST_REPEATS = 65_535;
export const DEFAULT_PRIORITY = 100;

/** Both keywords of an address say the same. */
const FIELDS = {
  state: choice('MASTER', 'BACKUP'),
  interface: word(),
  virtual_router_id: whole(1, 255),
  priority: whole(1, 255, DEFAULT_PRIORITY),
  version: whole(2, 3),
  advert_int: fractionalSeconds(0.01, 255),
  authentication: statements(),
  auth_hmac: statements(),
  virtual_ipaddress: statements(),
  virtual_ipaddress_excluded: statements(),
  no_virtual_ipaddress: mark(),
  mcast_src_ip: ipAddress(),
  unicast_src_ip: ipAddress(),
  track_src_ip: mark(),
  unicast_peer: statements(),
  unicast_ttl: whole(0, 255),
  check_unicast_src: mark(),
  nopreempt: mark(),
  preempt: mark(),
  preempt_delay: fractionalSeconds(0, 1_000),
  track_script: statements(),
  track_process: statements(),
  track_file: statements(),
  track_interface: statements(),
  dont_track_primary: mark(),
  accept: mark(),
  no_accept: mark(),
  strict_mode: flag(),
  use_vmac: vmac(),
  vmac_xmit_base: mark(),
  garp_master_delay: wholeSeconds(0, DAY_S),
  garp_master_repeat: whole(1, MOST_REPEATS),
  garp_master_refresh: wholeSeconds(0, DAY_S),
  garp_master_refresh_repeat: whole(1, MOST_REPEATS),
  garp_lower_prio_delay: wholeSeconds(0, DAY_S),
  garp_lower_prio_repeat: whole(0, MOST_REPEATS),
  down_timer_adverts: whole(1, 100),
  v3_checksum_as_v2: flag(),
  old_unicast_checksum: oldChecksum(),
  notify: notify('any'),
  notify_master: notify('master'),
  notify_backup: notify('backup'),
  notify_fault: notify('fault'),
  notify_stop: notify('stop'),
  notify_deleted: notify('deleted'),
  notify_master_rx_lower_pri: notify('lower-priority-heard'),
} satisfies Record<string, Field<unknown>>;

const IGNORED = `
  debug garp_extra_if garp_extra_if_vmac higher_prio_send_advert kernel_rx_buf_size linkbeat_use_polling
  lower_prio_no_advert lvs_sync_daemon_interface mcast_dst_ip native_ipv6 notify_priority_changes
  owner_ignore_adverts promote_secondaries skip_check_adv_addr smtp_alert thread_timer_expired
  timer_expired_backup track_bfd unicast_fault_no_peer use_ipvlan use_vmac_addr virtual_routes virtual_rules vrf`;

const GRAMMAR: Grammar<typeof FIELDS> = { fields: FIELDS, ignored: IGNORED.trim().split(/\s+/) };

const AUTHENTICATION = {
  fields: { auth_type: choice('PASS', 'AH'), auth_pass: word() },
  ignored: [],
  secret: true,
} satisfies Grammar<Record<string, Field<unknown>>>;

export interface Draft extends Named, NamedBlock {
  readonly values: Values<typeof FIELDS>;
  readonly authentication: Values<(typeof AUTHENTICATION)['fields']>;
  readonly hmac: Authentication | undefined;
  readonly follows: readonly Follow[];
  readonly notify: readonly NotifyScript[];
}

export function readInstance(statement: Statement, defined: Defined, report: Report): Draft | undefined {
  const named = nameOf(statement, report);
  if (named === undefined) return undefined;
  const { setting } = named.use;
  const { values, lines } = readBlock(setting, named.block, GRAMMAR, report);
  const inner = values.authentication ?? [];
  const authentication = readBlock(`${setting} authentication`, inner, AUTHENTICATION, report);
  return {
    ...named,
    ...named.named,
    values,
    lines: new Map([...authentication.lines, ...lines]),
    authentication: authentication.values,
    hmac: values.auth_hmac && readHmac(setting, values.auth_hmac, report),
    follows: readFollows(setting, values, defined, report),
    notify: notifyScripts(values),
  };
}

/** Of an instance or a group, the ones for single events first, as keepalived runs them. */
export function notifyScripts(values: Readonly<Record<string, unknown>>): readonly NotifyScript[] {
  const scripts = Object.entries(values)
    .filter(([keyword]) => /^notify(?:$|_)/.test(keyword))
    .flatMap(([, value]) => value as readonly NotifyScript[]);
  return [
    ...scripts.filter(({ event }) => event !== 'any'),
    ...scripts.filter(({ event }) => event === 'any'),
  ];
}

/** `never` says that the old form is not accepted either. */
function oldChecksum(): Field<boolean> {
  return {
    shape: 'words',
    needsWord: false,
    mostWords: 1,
    read: ({ statement }) => statement.words[0] !== 'never',
  };
}

function vmac(): Field<{ readonly interface: string | undefined }> {
  return {
    shape: 'words',
    needsWord: false,
    mostWords: 4,
    read: use => {
      const [name, ...rest] = use.statement.words;
      if (rest.length > 0) leftOut(use, 'has more than the name of an interface: the rest is not acted on');
      return { interface: name };
    },
  };
}
