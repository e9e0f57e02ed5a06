/** From everything that was found to the lines of the examination, in the order in which things depend on each other. Pure. */

import { type AddressFacts, addressLine } from './address.ts';
import { type ClockFacts, clockLine } from './clock.ts';
import { type DaemonFacts, daemonLine } from './daemon.ts';
import { type DockerFacts, dockerLines } from './docker.ts';
import { type DrainFacts, drainLines } from './drain.ts';
import { type FirewallFacts, firewallLine } from './firewall.ts';
import { type InterfaceFacts, interfaceLines } from './interface.ts';
import { type Ipv6Facts, ipv6Line } from './ipv6.ts';
import type { Line } from './line.ts';
import { type NginxFacts, nginxLines } from './nginx.ts';
import { type CapabilityFacts, capabilityLines, configurationLines, type KnownProblem } from './problems.ts';
import { type SchedulingFacts, schedulingLines } from './scheduling.ts';
import { bystanderLines, type OwnRouter, type Speaker, speakerLine } from './speakers.ts';
import { type NonlocalBindFacts, nonlocalBindLine, type SysctlFacts, sysctlLines } from './sysctls.ts';
import { type TimerFacts, timerLine } from './timers.ts';
import { type UpstreamsFacts, upstreamsLine } from './upstreams.ts';
import { type VmacFacts, vmacLines } from './vmac.ts';

/** An interface with virtual routers on it. What could not be examined is undefined: another line says why. */
export interface LinkFacts {
  readonly link: InterfaceFacts;
  readonly sysctls: SysctlFacts | undefined;
  /** Undefined without a virtual router of IPv6. */
  readonly ipv6: Ipv6Facts | undefined;
  /** Of the virtual routers with a MAC of their own. */
  readonly vmacs: readonly VmacFacts[];
  /** Of each family and protocol that is spoken to the group. */
  readonly firewall: readonly FirewallFacts[];
  readonly routers: readonly OwnRouter[];
  readonly heard: { readonly speakers: readonly Speaker[]; readonly listenedMs: number } | undefined;
  readonly addresses: readonly AddressFacts[];
}

export interface Facts {
  /** Of the configuration. */
  readonly warnings: readonly KnownProblem[];
  readonly capabilities: CapabilityFacts;
  readonly links: readonly LinkFacts[];
  readonly nonlocalBind: NonlocalBindFacts | undefined;
  readonly docker: DockerFacts | undefined;
  readonly nginx: NginxFacts;
  readonly upstreams: UpstreamsFacts | undefined;
  readonly drain: DrainFacts;
  readonly scheduling: SchedulingFacts;
  readonly timers: TimerFacts;
  readonly clock: ClockFacts;
  readonly daemon: DaemonFacts;
}

export function diagnose(facts: Facts): Line[] {
  const { nonlocalBind } = facts;
  return [
    ...configurationLines(facts.warnings),
    ...capabilityLines(
      facts.capabilities,
      facts.links.every(({ heard }) => heard === undefined),
    ),
    ...facts.links.flatMap(linkLines),
    ...(nonlocalBind === undefined ? [] : [nonlocalBindLine(nonlocalBind)]),
    ...dockerLines(facts.docker),
    ...nginxLines(facts.nginx),
    upstreamsLine(facts.upstreams),
    ...drainLines(facts.drain),
    ...schedulingLines(facts.scheduling),
    timerLine(facts.timers),
    clockLine(facts.clock),
    daemonLine(facts.daemon),
  ];
}

function linkLines({ link, sysctls, ipv6, vmacs, firewall, routers, heard, addresses }: LinkFacts): Line[] {
  const vrids = routers.map(({ vrid }) => vrid);
  return [
    ...interfaceLines(link),
    ...(sysctls === undefined ? [] : sysctlLines(sysctls)),
    ...(ipv6 === undefined ? [] : [ipv6Line(ipv6)]),
    ...vmacs.flatMap(vmacLines),
    ...firewall.map(firewallLine),
    ...(heard === undefined ? [] : routers.map(own => speakerLine({ own, ...heard }))),
    ...(heard === undefined ? [] : bystanderLines(link.name, vrids, heard.speakers)),
    ...addresses.map(addressLine),
  ];
}
