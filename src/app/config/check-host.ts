/** Whether a configuration fits the host: its interfaces and the process's capabilities (capabilities(7)). Pure. */

import {
  type Cidr,
  contains,
  familyOf,
  formatCidr,
  isLinkLocal,
  longestPrefix,
} from '../../lib/ip-address.ts';
import { nearest } from '../../lib/nearest.ts';
import { OWNER_PRIORITY } from '../../vrrp/parameters.ts';
import { familyOfConfig, noSource, primaryAmong } from '../footing.ts';
import { checkVmacHost } from './check-vmac.ts';
import type { Config, RouterConfig } from './config.ts';
import type { Host, HostInterface } from './host.ts';
import type { Problem } from './problems.ts';
import type { Setting } from './settings.ts';

/**
 * The interface of a virtual router: the one it names, else the one whose network holds its first address that is not IPv6
 * link-local, as that may be anywhere; the narrowest network wins. Undefined when there is none.
 */
export function interfaceFor(
  router: RouterConfig,
  interfaces: readonly HostInterface[],
): HostInterface | undefined {
  if (router.interface !== undefined) return interfaces.find(({ name }) => name === router.interface);
  const first = placed(router);
  if (first === undefined) return undefined;
  let best: { readonly candidate: HostInterface; readonly prefixLength: number } | undefined;
  for (const candidate of interfaces)
    for (const network of candidate.addresses)
      if (
        (router.priority === OWNER_PRIORITY || network.address !== first.address) &&
        contains(network, first.address) &&
        network.prefixLength > (best?.prefixLength ?? -1)
      )
        best = { candidate, prefixLength: network.prefixLength };
  return best?.candidate;
}

const placed = ({ vip }: RouterConfig): Cidr | undefined =>
  vip.find(({ address }) => familyOf(address) === 4 || !isLinkLocal(address));

/** Everything about the interfaces that keeps the configuration from working here; `settings` gives the sources. */
export function checkHost(config: Config, host: Host, settings: readonly Setting[]): Problem[] {
  const source = (path: string) =>
    settings.find(setting => setting.path === path)?.source ?? 'not set anywhere';
  const problems: Problem[] = [];
  const taken = new Map<string, string>();
  for (const [name, router] of Object.entries(config.vrrp)) {
    const found = interfaceFor(router, host.interfaces);
    if (found === undefined) {
      problems.push(noInterface(name, router, host, source));
      continue;
    }
    problems.push(...checkAddresses(name, router, found, source));
    problems.push(...checkSpeaker(name, router, found, host, source));
    problems.push(...checkVmacHost(name, router, found, host, source));
    const key = `${found.name} ${router.vrid} ${familyOfConfig(router)}`;
    const other = taken.get(key);
    if (other !== undefined) problems.push(sameVrid(name, other, found, source));
    taken.set(key, name);
  }
  return problems;
}

type SourceOf = (path: string) => string;

function noInterface(name: string, router: RouterConfig, host: Host, source: SourceOf): Problem {
  const path = `vrrp.${name}.interface`;
  const there = host.interfaces.map(describeInterface).join(', ') || 'none';
  const first = placed(router);
  if (router.interface === undefined && first === undefined)
    return {
      severity: 'error',
      path,
      what: 'is missing, and link-local addresses do not tell it: they are on every interface',
      source: source(`vrrp.${name}.vip`),
      fix: `name one of ${there}`,
    };
  if (router.interface === undefined)
    return {
      severity: 'error',
      path,
      what: `no interface has a network that holds ${first === undefined ? '' : formatCidr(first)}; there are ${there}`,
      source: source(`vrrp.${name}.vip`),
      fix: 'use an address of one of these networks, or join the container to the network of the address',
    };
  const close = nearest(
    router.interface,
    host.interfaces.map(({ name }) => name),
  );
  return {
    severity: 'error',
    path,
    what: `there is no interface ${router.interface}; there are ${there}`,
    source: source(path),
    fix: `${close === undefined ? '' : `did you mean ${close}? `}Leave the interface out to have it found by the address`,
  };
}

function describeInterface({ name, addresses }: HostInterface): string {
  return addresses.length === 0 ? name : `${name} (${addresses.map(formatCidr).join(' ')})`;
}

function checkAddresses(
  name: string,
  router: RouterConfig,
  found: HostInterface,
  source: SourceOf,
): Problem[] {
  const path = `vrrp.${name}.vip`;
  const problem = (severity: Problem['severity'], what: string, fix: string): Problem => ({
    severity,
    path,
    what,
    source: source(path),
    fix,
  });
  const outside = router.vip.filter(
    vip => isTelling(found, vip) && !found.addresses.some(network => contains(network, vip.address)),
  );
  const problems = outside.map(vip => {
    const what = `${formatCidr(vip)} lies in no network of ${describeInterface(found)}`;
    return router.interface === undefined
      ? problem(
          'error',
          what,
          `use an address of that network, or name ${found.name} as vrrp.${name}.interface if clients have a route to the address`,
        )
      : problem(
          'warning',
          `${what}: clients need a route to it`,
          'nothing where they have one; else correct the address or the interface',
        );
  });
  return found.up
    ? problems
    : [
        ...problems,
        problem(
          'warning',
          `interface ${found.name} is down: the router will be in fault`,
          'bring the interface up',
        ),
      ];
}

/**
 * Whether the addresses of an interface tell its networks. One that is down may not show them; over IPv6 a host may have but
 * single addresses (DHCPv6) or link-local ones.
 */
function isTelling({ up, addresses }: HostInterface, vip: Cidr): boolean {
  if (familyOf(vip.address) === 4) return up || addresses.length > 0;
  return addresses.some(
    ({ address, prefixLength }) =>
      familyOf(address) === 6 && !isLinkLocal(address) && prefixLength < longestPrefix(6),
  );
}

/** Whom its adverts come from and go to. */
function checkSpeaker(
  name: string,
  router: RouterConfig,
  found: HostInterface,
  { interfaces }: Host,
  source: SourceOf,
): Problem[] {
  const { unicast } = router;
  const own = new Set(interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address)));
  const primary = primaryAmong(
    found.addresses.map(({ address }) => address),
    router,
  );
  const problem = (setting: string, severity: Problem['severity'], what: string, fix: string): Problem => {
    const path = `vrrp.${name}.${setting}`;
    return { severity, path, what, source: source(path), fix };
  };
  const problems: Problem[] = [];
  if (unicast?.peers.every(peer => own.has(peer)))
    problems.push(problem('unicast.peers', 'error', 'has but addresses of this host', 'add the other nodes'));
  if (primary === undefined && router.source !== undefined)
    problems.push(
      problem(
        'source',
        'warning',
        `${router.source} is not an address of ${describeInterface(found)}: the router will be in fault until it is`,
        'use an address of that interface, or leave source out',
      ),
    );
  else if (primary === undefined && found.up)
    problems.push(
      problem(
        'vip',
        'warning',
        `${noSource(found.name, router)}: the router will be in fault until it has`,
        'give it one; over IPv6 see that net.ipv6.conf.*.disable_ipv6 is 0, in Docker by `sysctls`',
      ),
    );
  return problems;
}

function sameVrid(name: string, other: string, found: HostInterface, source: SourceOf): Problem {
  return {
    severity: 'error',
    path: `vrrp.${name}.vrid`,
    what: `is also the VRID of ${other}, and both are on ${found.name}`,
    source: source(`vrrp.${name}.vrid`),
    fix: 'give each virtual router of an interface and a family of addresses its own VRID',
  };
}

/** Bits of capabilities(7), what stops without them, and how bad that is. */
const CAPABILITIES = [
  { bit: 12n, name: 'NET_ADMIN', severity: 'error', lost: 'the virtual address cannot be added' },
  { bit: 13n, name: 'NET_RAW', severity: 'error', lost: 'VRRP cannot be sent or received' },
  {
    bit: 5n,
    name: 'KILL',
    severity: 'warning',
    lost: 'an nginx that runs as another user looks dead and cannot be reloaded',
  },
] as const;

/** What Locum may use; the image's containers have no other. */
export const NEEDED_CAPABILITIES: readonly string[] = CAPABILITIES.map(({ name }) => name);

/** What the effective capabilities lack: CapEff of /proc/self/status (proc_pid_status(5)). Who signals no process needs no KILL. */
export function checkCapabilities(effective: bigint, config?: Pick<Config, 'track' | 'nginx'>): Problem[] {
  const lacking = CAPABILITIES.filter(({ bit }) => ((effective >> bit) & 1n) === 0n);
  const missed = lacking.filter(({ name }) => name !== 'KILL' || config === undefined || signals(config));
  return missed.map(({ name, severity, lost }) => ({
    severity,
    path: 'capabilities',
    what: `${name} is missing: ${lost}`,
    source: 'CapEff in /proc/self/status',
    fix: `add \`cap_add: [${name}]\` to Locum's service in the compose file, --cap-add ${name} to docker run, or CAP_${name} to the systemd unit`,
  }));
}

/** Whether processes are watched, or nginx is told to reload. */
function signals({ track, nginx }: Pick<Config, 'track' | 'nginx'>): boolean {
  return nginx.upstreamsFile !== undefined || Object.values(track).some(({ type }) => type === 'process');
}
