/**
 * Why keywords that keepalived acts on are left out, and what to do instead: the other half of every list of ignored keywords. The words
 * of a reason complete "vrrp_instance VI_1 smtp_alert: is not acted on: …".
 */

export interface Reason {
  readonly what: string;
  readonly fix: string;
}

interface Group extends Reason {
  readonly keywords: string;
}

const NOTHING_TO_DO = 'nothing, or leave it out';

/** By keyword; the global ones without the `vrrp_` that they begin with. */
const GROUPS: readonly Group[] = [
  {
    keywords: `notification_email notification_email_from no_checker_emails no_email_faults smtp_alert smtp_alert_checker
      smtp_alert_vrrp smtp_connect_timeout smtp_helo_name smtp_server`,
    what: 'Locum sends no mail',
    fix: 'send it from a notify script',
  },
  {
    keywords: `data_use_instance dbus_service_name enable_dbus enable_snmp_checker enable_snmp_rfc enable_snmp_rfcv2
      enable_snmp_rfcv3 enable_snmp_vrrp enable_traps json_dump_file json_version snmp_socket state_dump_file stats_dump_file`,
    what: 'Locum speaks neither SNMP nor D-Bus, and dumps no files',
    fix: 'ask it with `locum status --json`',
  },
  {
    keywords: 'debug log_unknown_vrids',
    what: 'Locum counts what it drops, and its log has levels of its own',
    fix: 'use `locum status`, and log.level',
  },
  {
    keywords: 'fifo_write_vrrp_states_on_reload notify_fifo notify_fifo_script',
    what: 'Locum writes no FIFO',
    fix: 'use a notify script: states are told to it in order, one after the other',
  },
  {
    keywords: 'notify_priority_changes',
    what: 'only states are told, not priorities',
    fix: 'use `locum status`, which shows the priority and what made it',
  },
  {
    keywords: 'static_ipaddress static_routes static_rules track_group virtual_routes virtual_rules',
    what: 'Locum moves virtual addresses, and sets no other address, route or rule',
    fix: 'set what stays by the means of the host, and what moves from a notify script',
  },
  {
    keywords:
      'bfd_cpu_affinity bfd_no_swap bfd_priority bfd_process_name bfd_rlimit_rttime bfd_rt_priority bfd_instance track_bfd',
    what: 'Locum speaks no BFD',
    fix: 'track the gateway with a tracker of the type ping',
  },
  {
    keywords: `checker_cpu_affinity checker_log_all_failures checker_no_swap checker_priority checker_process_name
      checker_rlimit_rttime checker_rt_priority lvs_flush lvs_flush_on_stop lvs_netlink_cmd_rcv_bufs
      lvs_netlink_cmd_rcv_bufs_force lvs_netlink_monitor_rcv_bufs lvs_netlink_monitor_rcv_bufs_force lvs_notify_fifo
      lvs_notify_fifo_script lvs_sync_daemon lvs_sync_daemon_interface lvs_timeouts net_namespace_ipvs nftables_ipvs
      nftables_ipvs_priority nftables_ipvs_start_fwmark rs_init_notifies`,
    what: 'it concerns load balancing',
    fix: NOTHING_TO_DO,
  },
  {
    keywords:
      'disable_local_igmp ipsets iptables namespace_with_ipsets nftables nftables_counters nftables_ifindex nftables_priority',
    what: 'Locum needs no rules of the packet filter for what these are for',
    fix: NOTHING_TO_DO,
  },
  {
    keywords: `child_wait_time default_interface instance process_name process_names random_seed umask use_pid_dir`,
    what: "it concerns keepalived's own processes and files",
    fix: NOTHING_TO_DO,
  },
  {
    keywords: 'shutdown_script shutdown_script_timeout startup_script startup_script_timeout',
    what: 'Locum runs no program before its start and after its end',
    fix: 'run it from the service that starts Locum, or from a notify script at the states backup and stop',
  },
  {
    keywords: `config_save_dir include_check reload_check_config reload_file reload_repeat reload_time_file
      tmp_config_directory`,
    what: 'Locum reads its configuration again when it is told to, and keeps what it had when the new one is wrong',
    fix: 'check a change with `locum check`, then apply it with `locum reload`',
  },
  {
    keywords: `kernel_rx_buf_size netlink_cmd_rcv_bufs netlink_cmd_rcv_bufs_force netlink_monitor_rcv_bufs
      netlink_monitor_rcv_bufs_force process_monitor_rcv_bufs process_monitor_rcv_bufs_force rx_bufs_multiplier
      rx_bufs_policy`,
    what: 'Locum sizes its buffers itself',
    fix: NOTHING_TO_DO,
  },
  {
    keywords: 'cpu_affinity max_auto_priority min_auto_priority_delay no_swap rlimit_rttime',
    what: 'of scheduling Locum sets the policy, the real-time priority and the niceness',
    fix: 'use vrrp_rt_priority or vrrp_priority, and the container for processors and memory',
  },
  {
    keywords: 'set_supplementary_groups use_symlink_paths',
    what: 'Locum runs programs with its own rights, by the paths that are given',
    fix: 'let the program itself drop what it does not need, and nobody else change it: `locum check` looks at that',
  },
  {
    keywords: 'garp_extra_if garp_extra_if_vmac garp_group garp_interval gna_interval',
    what: 'Locum announces an address where it lives, without pauses',
    fix: NOTHING_TO_DO,
  },
  {
    keywords: 'linkbeat_interfaces linkbeat_use_polling',
    what: 'Locum hears of the carrier from the kernel, at once',
    fix: NOTHING_TO_DO,
  },
  {
    keywords: 'interface_up_down_delays',
    what: 'Locum acts at once when its interface goes down',
    fix: 'use preempt_delay against an interface that flaps',
  },
  {
    keywords: 'dynamic_interfaces',
    what: 'an interface must be there when Locum starts; it may go and come later',
    fix: 'start Locum when the interface is there',
  },
  {
    keywords: 'net_namespace vrf',
    what: 'Locum works in the network namespace in which it is started, and in no VRF',
    fix: 'start it there: `network_mode` of the compose file, or NetworkNamespacePath= of systemd',
  },
  {
    keywords: 'mcast_dst_ip mcast_group4 mcast_group6',
    what: 'adverts go to the group of the RFC, 224.0.0.18 or ff02::12: a peer that uses another does not hear this node',
    fix: 'remove it on all nodes, or use unicast_peer',
  },
  {
    keywords: 'unicast_fault_no_peer',
    what: 'without a peer adverts go by multicast',
    fix: 'name the other nodes in unicast_peer',
  },
  {
    keywords: 'higher_prio_send_advert',
    what: 'a master that gives way always tells the winner, which announces the address once more',
    fix: NOTHING_TO_DO,
  },
  {
    keywords: 'lower_prio_no_advert',
    what: 'a master always answers an advert of lower priority, as RFC 9568 §6.4.3 says',
    fix: NOTHING_TO_DO,
  },
  {
    keywords: 'owner_ignore_adverts',
    what: 'an owner listens as every other, as the RFC says',
    fix: NOTHING_TO_DO,
  },
  {
    keywords: 'skip_check_adv_addr',
    what: 'no advert is dropped for its list of addresses',
    fix: NOTHING_TO_DO,
  },
  {
    keywords: 'thread_timer_expired timer_expired_backup',
    what: 'after a pause Locum reads what arrived meanwhile before it acts',
    fix: NOTHING_TO_DO,
  },
  {
    keywords: 'init_fail',
    what: 'a tracker counts as failed until its first result',
    fix: NOTHING_TO_DO,
  },
  {
    keywords: 'native_ipv6',
    what: 'IPv6 follows from the addresses, as in keepalived since long',
    fix: NOTHING_TO_DO,
  },
  {
    keywords: 'promote_secondaries',
    what: 'Locum leaves this setting of the kernel as it is',
    fix: 'set net.ipv4.conf.INTERFACE.promote_secondaries=1 by the means of the host',
  },
  {
    keywords: 'use_ipvlan use_vmac_addr',
    what: 'an interface of its own is a macvlan, one for a virtual router',
    fix: 'use use_vmac, or do without',
  },
  {
    keywords: 'vmac_addr_prefix vmac_prefix',
    what: 'a VMAC is called vrrp.VRID, for IPv6 vrrp6.VRID',
    fix: 'name it: use_vmac NAME',
  },
  {
    keywords: 'delay_after_boot',
    what: 'Locum does not look at when the host was started',
    fix: 'use vrrp_startup_delay',
  },
];

const REASONS: ReadonlyMap<string, Reason> = new Map(
  GROUPS.flatMap(({ keywords, ...reason }) =>
    keywords
      .trim()
      .split(/\s+/)
      .map(keyword => [keyword, reason] as const),
  ),
);

const UNKNOWN: Reason = { what: 'Locum has nothing like it', fix: 'leave it out, or do without' };

/** What is to be said about a keyword that is left out, wherever it stands. */
export function reasonFor(keyword: string): Reason {
  const { what, fix } = REASONS.get(keyword) ?? REASONS.get(keyword.replace(/^vrrp_/, '')) ?? UNKNOWN;
  return { what: `is not acted on: ${what}`, fix };
}
