/** What a test asks of keepalived's virtual router `web`, and the keepalived.conf that says it. */

import { VIP_CIDR } from './node.ts';

export interface KeepalivedOptions {
  readonly priority: number;
  readonly version: 2 | 3;
  /** Authentication with this password, PASS unless told; undefined: none. */
  readonly password?: string;
  readonly authType?: 'PASS' | 'AH';
  /** With their prefix lengths. */
  readonly vips?: readonly string[];
  /** Version 3 over IPv4: what its checksum covers, if not a pseudo-header with the packet's own addresses. */
  readonly checksum?: 'v3_checksum_as_v2' | 'old_unicast_checksum';
  /** To these peers, from this address, instead of to the group. */
  readonly unicast?: { readonly source: string; readonly peers: readonly string[] };
  /** The address lives on an interface with the virtual router's MAC; what sends the advertisements. */
  readonly vmac?: 'vmac' | 'base';
}

/** keepalived.conf with one virtual router. */
export function configuration(options: KeepalivedOptions): string {
  const { priority, version, vips = [VIP_CIDR] } = options;
  const instance = [
    'state BACKUP',
    'interface eth0',
    `version ${version}`,
    'virtual_router_id 51',
    `priority ${priority}`,
    'advert_int 1',
    ...(options.checksum === undefined ? [] : [options.checksum]),
    ...authentication(options),
    ...destination(options),
    ...vmac(options),
    'virtual_ipaddress {',
    ...vips.map(vip => `  ${vip}`),
    '}',
  ];
  return [
    'global_defs {',
    '  router_id peer',
    '  vrrp_garp_master_delay 1',
    '}',
    'vrrp_instance web {',
    ...instance.map(line => `  ${line}`),
    '}',
    '',
  ].join('\n');
}

function authentication({ password, authType = 'PASS' }: KeepalivedOptions): string[] {
  if (password === undefined) return [];
  return ['authentication {', `  auth_type ${authType}`, `  auth_pass ${password}`, '}'];
}

/** TTL 255, as in multicast: what it would send otherwise depends on its version and the family. */
function destination({ unicast }: KeepalivedOptions): string[] {
  if (unicast === undefined) return [];
  const peers = unicast.peers.map(peer => `  ${peer}`);
  return [`unicast_src_ip ${unicast.source}`, 'unicast_ttl 255', 'unicast_peer {', ...peers, '}'];
}

function vmac({ vmac: sender }: KeepalivedOptions): string[] {
  if (sender === undefined) return [];
  return ['use_vmac', ...(sender === 'base' ? ['vmac_xmit_base'] : [])];
}
