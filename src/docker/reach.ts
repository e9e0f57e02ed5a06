/** At which address a proxy reaches a container, or why it does not. */

import { type IpAddress, parseIpAddress } from '../lib/ip-address.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { WhyNot } from '../lib/upstream.ts';
import { networkNamespace, networkOwner } from './identity.ts';
import { NETWORK_LABEL, writtenLabel } from './labels.ts';
import type { ContainerNetwork, ContainerSnapshot, DockerSnapshot } from './snapshot.ts';

export const COMPOSE_PROJECT = 'com.docker.compose.project';

/**
 * The proxy's networks; `host`: it reaches every bridge of this host; an address: it is on another host, and reaches what is published there;
 * undefined: not known, so nothing is left out for it.
 */
export type Reachable = readonly string[] | 'host' | { readonly published: IpAddress } | undefined;

/** Where a proxy connects to. */
export interface Place {
  readonly address: IpAddress;
  readonly port: number;
}

const LOOPBACK = parseIpAddress('127.0.0.1');

/** `port`: the container's own; `network`: the one that the label of the container names, if one does. */
export function reach(
  snapshot: DockerSnapshot,
  reachable: Reachable,
  container: ContainerSnapshot,
  port: number,
  network: string | undefined,
): Result<Place, WhyNot> {
  if (typeof reachable === 'object' && 'published' in reachable)
    return publishedAt(snapshot, reachable.published, container, port);
  const address = chooseAddress(snapshot, reachable, container, network);
  return address.ok ? ok({ address: address.value, port }) : address;
}

function publishedAt(
  snapshot: DockerSnapshot,
  address: IpAddress,
  container: ContainerSnapshot,
  port: number,
): Result<Place, WhyNot> {
  if (networkNamespace(snapshot, container) === 'host') return ok({ address, port });
  const { published } = networkOwner(snapshot, container);
  const found = published.find(each => each.port === port);
  if (found !== undefined) return ok({ address, port: found.hostPort });
  return err({
    reason: `is on another host and does not publish its port ${port} there`,
    fix: `publish it: ports: ["${port}:${port}"]`,
  });
}

function chooseAddress(
  snapshot: DockerSnapshot,
  reachable: Exclude<Reachable, { readonly published: IpAddress }>,
  container: ContainerSnapshot,
  network: string | undefined,
): Result<IpAddress, WhyNot> {
  const owner = networkOwner(snapshot, container);
  if (networkNamespace(snapshot, container) === 'host') {
    return reachable === 'host' && LOOPBACK !== undefined
      ? ok(LOOPBACK)
      : err({
          reason: "uses the host's network, which the proxy does not share",
          fix: 'name it as a server of the configuration, by an address of the host',
        });
  }
  const chosen =
    network === undefined
      ? sharedNetwork(owner.networks, reachable)
      : namedNetwork(snapshot, owner, network, container);
  if (!chosen.ok) return chosen;
  const { name, address } = chosen.value;
  if (address !== undefined) return ok(address);
  return err({ reason: `no IPv4 address on network ${name}`, fix: 'give the network an IPv4 subnet' });
}

/** The network that `locum.network` names, with or without the compose project before it. */
function namedNetwork(
  { labelPrefix }: DockerSnapshot,
  { networks }: ContainerSnapshot,
  wanted: string,
  { labels }: ContainerSnapshot,
): Result<ContainerNetwork, WhyNot> {
  const found =
    networks.find(({ name }) => name === wanted) ??
    networks.find(({ name }) => name === `${labels[COMPOSE_PROJECT]}_${wanted}`);
  if (found !== undefined) return ok(found);
  return err({
    reason: `label ${writtenLabel(NETWORK_LABEL, labelPrefix)}=${wanted}: the container is on ${names(networks)}`,
    fix: 'name one of these, or attach it to that network',
  });
}

/** The first network by name that the proxy shares, or of all where it reaches them all; one with an address where there is one. */
function sharedNetwork(
  networks: readonly ContainerNetwork[],
  reachable: Exclude<Reachable, { readonly published: IpAddress }>,
): Result<ContainerNetwork, WhyNot> {
  const open =
    typeof reachable === 'object' ? networks.filter(({ name }) => reachable.includes(name)) : networks;
  const chosen = open.find(({ address }) => address !== undefined) ?? open[0];
  if (chosen !== undefined) return ok(chosen);
  const proxy = typeof reachable === 'object' ? `; the proxy is on ${list(reachable)}` : '';
  return err({
    reason: `shares no network with the proxy: the container is on ${names(networks)}${proxy}`,
    fix: 'attach it to a network of the proxy',
  });
}

const names = (networks: readonly ContainerNetwork[]): string => list(networks.map(({ name }) => name));

/** For a message: `80, 443`, or `none`. */
export const list = (items: readonly (string | number)[]): string =>
  items.length === 0 ? 'none' : items.join(', ');
