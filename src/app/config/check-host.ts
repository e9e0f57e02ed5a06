/** Whether a configuration fits the host: its interfaces and the process's capabilities (capabilities(7)). Pure. */

import { type Cidr, contains, formatCidr } from '../../lib/ip-address.ts';
import { nearest } from '../../lib/nearest.ts';
import type { Config, RouterConfig } from './config.ts';
import type { Problem } from './problems.ts';
import type { Setting } from './settings.ts';

/** A network interface as the checks need it. */
export interface HostInterface {
  readonly name: string;
  readonly up: boolean;
  /** IPv4 addresses with their prefix lengths. */
  readonly addresses: readonly Cidr[];
}

export interface Host {
  readonly interfaces: readonly HostInterface[];
}

/**
 * The interface of a virtual router: the one it names, else the one whose network holds its first address; the narrowest
 * network wins. Undefined when there is none.
 */
export function interfaceFor(
  router: RouterConfig,
  interfaces: readonly HostInterface[],
): HostInterface | undefined {
  if (router.interface !== undefined) return interfaces.find(({ name }) => name === router.interface);
  const [first] = router.vip;
  if (first === undefined) return undefined;
  let best: { readonly candidate: HostInterface; readonly prefixLength: number } | undefined;
  for (const candidate of interfaces)
    for (const network of candidate.addresses)
      if (
        network.address !== first.address &&
        contains(network, first.address) &&
        network.prefixLength > (best?.prefixLength ?? -1)
      )
        best = { candidate, prefixLength: network.prefixLength };
  return best?.candidate;
}

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
    const key = `${found.name} ${router.vrid}`;
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
  if (router.interface === undefined)
    return {
      severity: 'error',
      path,
      what: `no interface has a network that holds ${router.vip[0] === undefined ? '' : formatCidr(router.vip[0])}; there are ${there}`,
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
  // Without its addresses nothing can be said: an interface that is down may not show them.
  const known = found.up || found.addresses.length > 0;
  const outside = router.vip.filter(
    vip => known && !found.addresses.some(network => contains(network, vip.address)),
  );
  const problems = outside.map(vip =>
    problem(
      'error',
      `${formatCidr(vip)} lies in no network of ${describeInterface(found)}`,
      'use an address of that network, or the interface of the network that has the address',
    ),
  );
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

function sameVrid(name: string, other: string, found: HostInterface, source: SourceOf): Problem {
  return {
    severity: 'error',
    path: `vrrp.${name}.vrid`,
    what: `is also the VRID of ${other}, and both are on ${found.name}`,
    source: source(`vrrp.${name}.vrid`),
    fix: 'give each virtual router of an interface its own VRID',
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

/** What the effective capabilities lack: CapEff of /proc/self/status (proc_pid_status(5)). */
export function checkCapabilities(effective: bigint): Problem[] {
  return CAPABILITIES.filter(({ bit }) => ((effective >> bit) & 1n) === 0n).map(
    ({ name, severity, lost }) => ({
      severity,
      path: 'capabilities',
      what: `${name} is missing: ${lost}`,
      source: 'CapEff in /proc/self/status',
      fix: `add \`cap_add: [${name}]\` to Locum's service in the compose file, or --cap-add ${name} to docker run`,
    }),
  );
}
