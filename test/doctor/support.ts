/** Facts of a healthy node, and lines in a form that a test can compare. */

import type { Facts, LinkFacts } from '../../src/doctor/diagnose.ts';
import type { FirewallFacts } from '../../src/doctor/firewall.ts';
import type { Line } from '../../src/doctor/line.ts';
import type { OwnRouter, Speaker } from '../../src/doctor/speakers.ts';
import type { InterfaceSettings } from '../../src/doctor/sysctls.ts';
import { type Cidr, type IpAddress, parseCidr, parseIpAddress } from '../../src/lib/ip-address.ts';

export function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(`no CIDR: ${text}`);
  return parsed;
}

export function ip(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  if (parsed === undefined) throw new Error(`no address: ${text}`);
  return parsed;
}

export const VIP = '198.18.51.100';

export const settings = (name: string, parts: Partial<InterfaceSettings> = {}): InterfaceSettings => ({
  name,
  rpFilter: 0,
  arpIgnore: 0,
  arpAnnounce: 0,
  networks: [cidr('198.18.51.1/24')],
  ...parts,
});

export const own = (parts: Partial<OwnRouter> = {}): OwnRouter => ({
  name: 'web',
  interface: 'eth0',
  vrid: 51,
  version: 3,
  priority: 100,
  intervalMs: 1_000,
  addresses: [VIP],
  state: undefined,
  ...parts,
});

export const speaker = (parts: Partial<Speaker> = {}): Speaker => ({
  source: '198.18.51.2',
  vrid: 51,
  version: 3,
  priority: 98,
  addresses: [VIP],
  adverts: 3,
  refused: undefined,
  ...parts,
});

export const filter = (parts: Partial<FirewallFacts> = {}): FirewallFacts => ({
  interface: 'eth0',
  family: 4,
  protocol: 112,
  outcome: 'heard',
  master: false,
  heard: [],
  ...parts,
});

export const link = (parts: Partial<LinkFacts> = {}): LinkFacts => ({
  link: {
    name: 'eth0',
    up: true,
    running: true,
    multicast: true,
    usesGroup: true,
    arp: true,
    ethernet: true,
    addresses: [cidr('198.18.51.1/24')],
  },
  sysctls: { own: settings('eth0'), others: [], defaultRoutes: [], vips: [ip(VIP)] },
  vmacs: [
    {
      name: 'vrrp.51',
      mac: '00:00:5e:00:01:33',
      below: 'eth0',
      wireless: false,
      presence: 'absent',
      arpFilter: 0,
      arpIgnore: 0,
    },
  ],
  ipv6: { interface: 'eth0', disabled: 0, linkLocal: ['fe80::1'], duplicates: [] },
  firewall: [filter()],
  routers: [own()],
  heard: { speakers: [], listenedMs: 3_100 },
  addresses: [
    {
      vip: `${VIP}/24`,
      vrid: 51,
      here: undefined,
      answers: [],
      masters: [],
      state: undefined,
    },
  ],
  ...parts,
});

export const HERE = { interface: 'eth0', cidr: `${VIP}/24`, leased: true };

const writable = (path: string) => ({ path, folderError: undefined, mounted: false });

/** Before the first start of a node that has all it needs. */
export const HEALTHY: Facts = {
  warnings: [],
  capabilities: { needed: ['NET_ADMIN', 'NET_RAW', 'KILL'], problems: [] },
  links: [link()],
  nonlocalBind: { value: 0, bound: [] },
  docker: {
    host: 'unix:///var/run/docker.sock',
    listFailure: undefined,
    containers: 4,
    eventsFailure: undefined,
    beyond: 'refused',
    proxy: { name: 'web1' },
  },
  nginx: {
    processName: 'nginx',
    search: {
      kind: 'found',
      master: { pid: 7, uid: 0, workers: 2, signalError: undefined, sameNetwork: true },
    },
    alone: false,
    proxyRuns: true,
  },
  upstreams: { file: writable('/etc/nginx/locum/upstreams.conf'), included: 'yes' },
  drain: { nftFailure: undefined, stateFile: writable('/var/lib/locum/drained.json') },
  scheduling: { wanted: undefined, problems: [] },
  timers: { worstMs: 2, measuredMs: 3_100, intervalMs: 1_000 },
  clock: { stepMs: 0.3, measuredMs: 3_100, wallMs: 1_800_000_000_000, synchronised: true },
  daemon: {
    socket: '/run/locum/locum.sock',
    found: { kind: 'absent', folderError: undefined },
    configured: [],
  },
};

/** `fail firewall eth0 VRRP`. */
export const headOf = ({ status, check, subject }: Line): string => `${status} ${check} ${subject}`.trim();

/** The lines that are not ok. */
export const troubles = (lines: readonly Line[]): string[] =>
  lines.filter(({ status }) => status !== 'ok').map(headOf);
