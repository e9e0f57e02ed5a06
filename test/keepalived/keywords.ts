/**
 * Every keyword of keepalived.conf that concerns VRRP, by what becomes of it here, each in a place where it may stand. Read by the test
 * of the keywords, and by those that make files of them.
 */

/** What becomes of a line: settings differ, it is named, the file is refused for it, or it changes nothing because it says what is so. */
export type Fate = 'mapped' | 'told' | 'refused' | 'so anyway';

export type Place = (line: string) => string;

const VIP = 'virtual_ipaddress {\n198.18.51.100/24\n}';
const body = (...lines: readonly string[]) =>
  `vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\n${[VIP, ...lines].join('\n')}\n}`;

export const inGlobal: Place = line => `global_defs {\n${line}\n}\n${body()}`;
export const inInstance: Place = line => body(line);
const withLines =
  (...others: readonly string[]): Place =>
  line =>
    body(...others, line);
const withPeer = withLines('unicast_peer {\n198.18.51.2\n}');
const inAddress: Place = option =>
  `vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n198.18.51.100/24 ${option}\n}\n}`;
const inScript: Place = line => `vrrp_script s {\nscript /bin/s\n${line}\n}\n${body('track_script {\ns\n}')}`;
const inProcess: Place = line =>
  `vrrp_track_process p {\nprocess nginx\n${line}\n}\n${body('track_process {\np\n}')}`;
const inFile: Place = line => `track_file f {\nfile /tmp/f\n${line}\n}\n${body('track_file {\nf\n}')}`;
const inGroup: Place = line =>
  `vrrp_script s {\nscript /bin/s\n}\n${body()}\nvrrp_sync_group G {\ngroup {\nA\n}\n${line}\n}`;
const outside: Place = line => `${line}\n${body()}`;

export const WORDS: Readonly<Record<Fate, readonly (readonly [place: Place, lines: readonly string[]])[]>> = {
  mapped: [
    [
      inInstance,
      [
        'version 3',
        'virtual_router_id 52',
        'priority 120',
        'advert_int 2',
        'interface eth1',
        'mcast_src_ip 198.18.51.1',
        'unicast_src_ip 198.18.51.1',
        'unicast_peer {\n198.18.51.2 min_ttl 255\n}',
        'nopreempt',
        'preempt_delay 5',
        'use_vmac',
        'use_vmac v51',
        'virtual_ipaddress {\n198.18.51.101\n}',
        'virtual_ipaddress_excluded {\n198.18.51.101\nfd00:198:18::51/64\n}',
        'track_interface {\neth1 weight 5 reverse\n}',
        'authentication {\nauth_type PASS\nauth_pass abc\n}',
        'authentication {\nauth_type AH\nauth_pass abc\n}',
        'auth_hmac {\nkey 1 hex:00\nactive_key 1\nanti_replay time\ntime_window 5\nmode enforce\n}',
        'garp_master_delay 3',
        'garp_master_repeat 3',
        'garp_master_refresh 60',
        'notify "/bin/n all"',
        'notify_master /bin/n',
        'notify_backup /bin/n',
        'notify_fault /bin/n',
        'notify_stop /bin/n',
      ],
    ],
    [withPeer, ['unicast_ttl 64', 'check_unicast_src']],
    [withLines('version 3'), ['v3_checksum_as_v2']],
    [withLines('version 3', 'unicast_peer {\n198.18.51.2\n}'), ['old_unicast_checksum']],
    [withLines('use_vmac'), ['vmac_xmit_base']],
    [inScript, ['interval 5', 'timeout 1\ninterval 2', 'weight 5', 'weight -5 reverse', 'rise 2', 'fall 2']],
    [inProcess, ['weight 5', 'quorum 2']],
    [inFile, ['weight 5', 'weight 1 reverse']],
    [
      inGroup,
      ['track_script {\ns weight 5\n}', 'track_interface {\neth1\n}', 'notify_fault /bin/n', 'notify /bin/n'],
    ],
    [
      inGlobal,
      [
        'vrrp_version 3',
        'vrrp_garp_master_delay 3',
        'vrrp_garp_master_repeat 3',
        'vrrp_garp_master_refresh 60',
        'vrrp_min_garp',
        'vrrp_startup_delay 5',
        'vrrp_priority -5',
        'vrrp_rt_priority 50',
      ],
    ],
  ],
  told: [
    [
      inInstance,
      `vrf mcast_dst_ip|198.18.0.1 unicast_fault_no_peer no_accept lower_prio_no_advert higher_prio_send_advert
        owner_ignore_adverts down_timer_adverts|5 timer_expired_backup thread_timer_expired skip_check_adv_addr strict_mode
        use_vmac_addr use_ipvlan native_ipv6 dont_track_primary debug kernel_rx_buf_size|9 linkbeat_use_polling
        virtual_routes|{|} virtual_rules|{|} promote_secondaries track_bfd|{|} garp_lower_prio_delay|3
        garp_lower_prio_repeat|3 garp_master_refresh_repeat|3 garp_extra_if|all notify_deleted|/bin/n
        notify_master_rx_lower_pri|/bin/n notify_priority_changes smtp_alert lvs_sync_daemon_interface garp_master_repeat|101`
        .split(/\s+/)
        .map(word => word.replaceAll('|', ' ')),
    ],
    [withPeer, ['unicast_ttl 0', 'unicast_peer {\n198.18.51.3 max_ttl 64\n}']],
    [
      inAddress,
      [
        'brd +',
        'scope link',
        'label eth0:x',
        'peer 198.18.51.9',
        'home',
        'use_vmac',
        'mngtmpaddr',
        'noprefixroute',
        'autojoin',
        'no_track',
        'preferred_lft 0',
      ],
    ],
    [inScript, ['user nobody', 'init_fail', 'timeout 3', 'rise 300', 'fall 300']],
    [
      inProcess,
      ['param_match initial', 'quorum_max 3', 'fork_delay 1', 'terminate_delay 1', 'delay 1', 'full_command'],
    ],
    [inFile, ['init_file 0 overwrite']],
    [inGroup, ['smtp_alert', 'notify_priority_changes', 'track_bfd {\n}', 'notify_deleted /bin/n']],
    [
      outside,
      `static_ipaddress static_routes static_rules track_group bfd_instance interface_up_down_delays linkbeat_interfaces
        garp_group virtual_server`
        .split(/\s+/)
        .map(word => `${word} a {\n}`),
    ],
    [
      inGlobal,
      `router_id|a vrrp_mcast_group4|224.0.0.19 vrrp_mcast_group6|ff02::13 linkbeat_use_polling vrrp_garp_interval|1
        vrrp_gna_interval|1 vrrp_delay_after_boot|5 vrrp_down_timer_adverts|5 vrrp_strict vrrp_garp_lower_prio_delay|3
        vrrp_garp_lower_prio_repeat|3 vrrp_garp_master_refresh_repeat|3 vrrp_garp_extra_if|all notify_fifo|/a
        notify_fifo_script|/a vrrp_notify_fifo|/a vrrp_notify_fifo_script|/a fifo_write_vrrp_states_on_reload
        vrrp_notify_priority_changes smtp_alert smtp_alert_vrrp smtp_server|a notification_email|{|} notification_email_from|a
        enable_snmp_vrrp enable_traps snmp_socket|a enable_dbus json_version|2 json_dump_file|/a state_dump_file|/a
        stats_dump_file|/a data_use_instance reload_check_config reload_time_file|/a reload_repeat reload_file|/a
        config_save_dir|/a tmp_config_directory|/a child_wait_time|5 startup_script|/a shutdown_script|/a
        startup_script_timeout|5 shutdown_script_timeout|5 net_namespace|a instance|a use_pid_dir process_names
        vrrp_process_name|a dynamic_interfaces default_interface|a log_unknown_vrids umask|022 random_seed|1
        disable_local_igmp vmac_prefix|a max_auto_priority|5 min_auto_priority_delay|5 vrrp_rlimit_rttime|9 vrrp_no_swap
        vrrp_cpu_affinity|1 script_user|root enable_script_security set_supplementary_groups use_symlink_paths
        vrrp_higher_prio_send_advert vrrp_lower_prio_no_advert vrrp_skip_check_adv_addr vrrp_iptables|a vrrp_ipsets|a nftables`
        .split(/\s+/)
        .map(word => word.replaceAll('|', ' ')),
    ],
  ],
  refused: [[inAddress, ['dev eth1']]],
  'so anyway': [
    [
      inInstance,
      ['state BACKUP', 'preempt', 'accept', 'track_src_ip', 'down_timer_adverts 3', 'no_virtual_ipaddress'],
    ],
    [withLines('priority 100'), ['state MASTER']],
    [withPeer, ['old_unicast_checksum never']],
    [inAddress, ['-nodad']],
    [inScript, ['user root', 'weight 0']],
    [inGroup, ['global_tracking', 'sync_group_tracking_weight']],
  ],
};
