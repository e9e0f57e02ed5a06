/** `global_defs` as far as it concerns VRRP (keepalived.conf(5), "Global definitions"). */

import { type Duration, seconds } from '../lib/time.ts';
import { type AnnouncementValues, globalAnnouncements } from './announcements.ts';
import { type Field, type Grammar, readBlock, type Values } from './fields.ts';
import type { GlobalDefinitions } from './model.ts';
import type { Report } from './remarks.ts';
import type { Statement } from './tree.ts';
import { flag, fractionalSeconds, mark, user, whole, wholeSeconds, word } from './values.ts';

const DAY_S = 86_400;
const MOST_REPEATS = 65_535;

const FIELDS = {
  router_id: word(),
  vrrp_version: whole(2, 3),
  vrrp_strict: mark(),
  script_user: user(),
  enable_script_security: mark(),
  vrrp_min_garp: flag(),
  vrrp_garp_master_delay: wholeSeconds(0, DAY_S),
  vrrp_garp_master_repeat: whole(1, MOST_REPEATS),
  vrrp_garp_master_refresh: wholeSeconds(0, DAY_S),
  vrrp_garp_master_refresh_repeat: whole(1, MOST_REPEATS),
  vrrp_garp_lower_prio_delay: wholeSeconds(0, DAY_S),
  vrrp_garp_lower_prio_repeat: whole(0, MOST_REPEATS),
  vrrp_startup_delay: fractionalSeconds(0, DAY_S),
  vrrp_down_timer_adverts: whole(1, 100),
  vrrp_check_unicast_src: mark(),
  vrrp_rt_priority: whole(1, 99),
  vrrp_priority: whole(-20, 19),
} satisfies Record<string, Field<unknown>>;

const IGNORED = `
  bfd_cpu_affinity bfd_no_swap bfd_priority bfd_process_name bfd_rlimit_rttime bfd_rt_priority checker_cpu_affinity
  checker_log_all_failures checker_no_swap checker_priority checker_process_name checker_rlimit_rttime checker_rt_priority
  child_wait_time config_save_dir data_use_instance dbus_service_name default_interface disable_local_igmp dynamic_interfaces
  enable_dbus enable_snmp_checker enable_snmp_rfc enable_snmp_rfcv2 enable_snmp_rfcv3 enable_snmp_vrrp enable_traps
  fifo_write_vrrp_states_on_reload include_check instance json_dump_file json_version linkbeat_use_polling log_unknown_vrids lvs_flush
  lvs_flush_on_stop lvs_netlink_cmd_rcv_bufs lvs_netlink_cmd_rcv_bufs_force lvs_netlink_monitor_rcv_bufs
  lvs_netlink_monitor_rcv_bufs_force lvs_notify_fifo lvs_notify_fifo_script lvs_sync_daemon lvs_timeouts max_auto_priority
  min_auto_priority_delay namespace_with_ipsets net_namespace net_namespace_ipvs nftables nftables_counters nftables_ifindex
  nftables_ipvs nftables_ipvs_priority nftables_ipvs_start_fwmark nftables_priority no_checker_emails no_email_faults
  notification_email notification_email_from notify_fifo notify_fifo_script process_monitor_rcv_bufs
  process_monitor_rcv_bufs_force process_name process_names random_seed reload_check_config reload_file reload_repeat
  reload_time_file rs_init_notifies set_supplementary_groups shutdown_script shutdown_script_timeout smtp_alert
  smtp_alert_checker smtp_alert_vrrp smtp_connect_timeout smtp_helo_name smtp_server snmp_socket startup_script
  startup_script_timeout state_dump_file stats_dump_file tmp_config_directory umask use_pid_dir use_symlink_paths
  vmac_addr_prefix vmac_prefix vrrp_cpu_affinity vrrp_delay_after_boot vrrp_garp_extra_if vrrp_garp_interval vrrp_gna_interval
  vrrp_higher_prio_send_advert vrrp_ipsets vrrp_iptables vrrp_lower_prio_no_advert vrrp_mcast_group4 vrrp_mcast_group6
  vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force vrrp_netlink_monitor_rcv_bufs vrrp_netlink_monitor_rcv_bufs_force
  vrrp_no_swap vrrp_notify_fifo vrrp_notify_fifo_script vrrp_notify_priority_changes vrrp_process_name
  vrrp_rlimit_rttime vrrp_rx_bufs_multiplier vrrp_rx_bufs_policy vrrp_skip_check_adv_addr`;

const GRAMMAR: Grammar<typeof FIELDS> = { fields: FIELDS, ignored: IGNORED.trim().split(/\s+/) };

/** All blocks of the name together. */
export function readGlobal(blocks: readonly Statement[], report: Report): GlobalDefinitions {
  const statements = blocks.flatMap(({ block }) => block ?? []);
  const { values, lines } = readBlock('global_defs', statements, GRAMMAR, report);
  return {
    routerId: values.router_id,
    version: values.vrrp_version === 3 ? 3 : 2,
    strict: values.vrrp_strict === true,
    scriptUser: values.script_user,
    scriptSecurity: values.enable_script_security === true,
    announcements: globalAnnouncements(withoutPrefix(values), values.vrrp_min_garp === true),
    startupDelay: values.vrrp_startup_delay ?? seconds(0),
    downTimerAdverts: values.vrrp_down_timer_adverts ?? 3,
    checkUnicastSource: values.vrrp_check_unicast_src === true,
    realTimePriority: values.vrrp_rt_priority,
    niceness: values.vrrp_priority,
    lines,
  };
}

function withoutPrefix(values: Values<typeof FIELDS>): AnnouncementValues {
  const entries = Object.entries(values).map(([name, value]) => [name.replace(/^vrrp_/, ''), value]);
  return Object.fromEntries(entries) as Readonly<Record<string, Duration & number>>;
}
