/**
 * What Locum's frames must look like to tshark: advertisements as in RFC 9568 §5.1, RFC 3768 §5.2 and RFC 2402 §2, announcements as in
 * RFC 9568 §7.2, RFC 5227 §3 and RFC 4861 §7.2.6.
 */

import type { Cell } from './cells.ts';
import { addressesOf, versionOf } from './settings.ts';

export const FIELDS = [
  'frame.protocols',
  'eth.src',
  'eth.dst',
  'ip.src',
  'ip.dst',
  'ip.id',
  'ip.ttl',
  'ip.dsfield',
  'ip.checksum.status',
  'ipv6.src',
  'ipv6.dst',
  'ipv6.hlim',
  'ipv6.tclass',
  'ah.next_header',
  'ah.length',
  'ah.reserved',
  'ah.spi',
  'ah.sequence',
  'vrrp.version',
  'vrrp.type',
  'vrrp.virt_rtr_id',
  'vrrp.prio',
  'vrrp.addr_count',
  'vrrp.ip_addr',
  'vrrp.ipv6_addr',
  'vrrp.checksum.status',
  'vrrp.auth_type',
  'arp.opcode',
  'arp.isgratuitous',
  'arp.src.hw_mac',
  'arp.src.proto_ipv4',
  'arp.dst.proto_ipv4',
  'icmpv6.type',
  'icmpv6.checksum.status',
  'icmpv6.nd.na.flag.s',
  'icmpv6.nd.na.flag.o',
  'icmpv6.nd.na.target_address',
  'icmpv6.opt.linkaddr',
  '_ws.malformed',
  '_ws.expert.severity',
  '_ws.expert.message',
] as const;

/** What tshark says of one frame; a field that it has not is empty. */
export type Frame = Readonly<Record<(typeof FIELDS)[number], string>>;

/** Fields with the value that each must have. */
export type Expected = Readonly<Partial<Frame>>;

/** What depends on the hosts of the cell, not on the cell. */
export interface Wire {
  /** Of the interfaces of the hosts. */
  readonly locumMac: string;
  readonly keepalivedMac: string;
  readonly locumLinkLocal: string;
  /** Of Locum. */
  readonly priority: number;
}

export const isAdvert = (frame: Frame): boolean =>
  /^eth:ethertype:(?:ip|ipv6):(?:ah:)?vrrp$/.test(frame['frame.protocols']);

/** An error message of the kernel, which quotes what nobody was there to receive. */
export const isQuotation = (frame: Frame): boolean => /:icmp(?:v6)?:/.test(frame['frame.protocols']);

/** Of an advertisement that is no resignation, with a checksum in the form for which tshark looks. */
export function expectedAdvert(cell: Cell, wire: Wire): Expected {
  const { vips } = addressesOf(cell);
  const four = cell.family === 'IPv4';
  return {
    'eth.src': cell.vmac === 'VMAC' ? virtualMac(cell) : wire.locumMac,
    'eth.dst':
      cell.destination === 'unicast' ? wire.keepalivedMac : four ? '01:00:5e:00:00:12' : '33:33:00:00:00:12',
    ...(four ? ipv4Header(cell) : ipv6Header(cell, wire)),
    ...(cell.protocol === 'v2 AH' ? authenticationHeader(cell) : { 'ah.spi': '' }),
    'vrrp.version': String(versionOf(cell)),
    'vrrp.type': '1',
    'vrrp.virt_rtr_id': '51',
    'vrrp.prio': String(wire.priority),
    'vrrp.addr_count': String(vips.length),
    'vrrp.ip_addr': four ? vips.join(',') : '',
    'vrrp.ipv6_addr': four ? '' : vips.join(','),
    'vrrp.checksum.status': '1',
    'vrrp.auth_type': { v2: '0', 'v2 PASS': '1', 'v2 AH': '2' }[cell.protocol as string] ?? '',
  };
}

function ipv4Header(cell: Cell): Expected {
  const { locum, keepalived } = addressesOf(cell);
  return {
    'ip.src': locum,
    'ip.dst': cell.destination === 'group' ? '224.0.0.18' : keepalived,
    'ip.ttl': '255',
    'ip.dsfield': '0xc0',
    'ip.checksum.status': '1',
  };
}

/** To the group from the link-local address (RFC 9568 §5.1.2.1). */
function ipv6Header(cell: Cell, { locumLinkLocal }: Wire): Expected {
  const { locum, keepalived } = addressesOf(cell);
  const group = cell.destination === 'group';
  return {
    'ipv6.src': group ? locumLinkLocal : locum,
    'ipv6.dst': group ? 'ff02::12' : keepalived,
    'ipv6.hlim': '255',
    'ipv6.tclass': '0x000000c0',
  };
}

/** The index of its parameters is the source address. */
function authenticationHeader(cell: Cell): Expected {
  const octets = addressesOf(cell)
    .locum.split('.')
    .map(octet => Number(octet).toString(16).padStart(2, '0'));
  return {
    'ah.next_header': '112',
    'ah.length': '4',
    'ah.reserved': '0000',
    'ah.spi': `0x${octets.join('')}`,
  };
}

/** Whether a frame tells everybody where the virtual address is. */
export function isAnnouncement(frame: Frame, cell: Cell): boolean {
  const { vip } = addressesOf(cell);
  return cell.family === 'IPv4'
    ? frame['arp.isgratuitous'] !== '' && frame['arp.src.proto_ipv4'] === vip
    : frame['icmpv6.nd.na.target_address'] === vip && frame['ipv6.dst'] === 'ff02::1';
}

export function expectedAnnouncement(cell: Cell, { locumMac }: Wire): Expected {
  const { vip } = addressesOf(cell);
  const mac = cell.vmac === 'no VMAC' ? locumMac : virtualMac(cell);
  if (cell.family === 'IPv4')
    return {
      'eth.src': mac,
      'eth.dst': 'ff:ff:ff:ff:ff:ff',
      'arp.opcode': '1',
      'arp.src.hw_mac': mac,
      'arp.dst.proto_ipv4': vip,
    };
  return {
    'eth.src': mac,
    'eth.dst': '33:33:00:00:00:01',
    'ipv6.src': vip,
    'ipv6.hlim': '255',
    'icmpv6.type': '136',
    'icmpv6.checksum.status': '1',
    'icmpv6.nd.na.flag.s': '0',
    'icmpv6.nd.na.flag.o': '1',
    'icmpv6.opt.linkaddr': mac,
  };
}

/** RFC 9568 §7.3. */
function virtualMac({ family }: Cell): string {
  return `00:00:5e:00:0${family === 'IPv4' ? 1 : 2}:33`;
}
