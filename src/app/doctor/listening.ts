/**
 * What can only be learnt by waiting, for one interface: who speaks VRRP there, who answers for the virtual addresses, and whether the
 * packet filter of this host lets VRRP through. It sends ARP probes, which change no cache (RFC 5227 §2.1.1), and packets that do
 * not leave the host (net/loop-probe.ts); never an advert.
 */

import type { FirewallFacts } from '../../doctor/firewall.ts';
import type { Speaker } from '../../doctor/speakers.ts';
import { OperatingError } from '../../lib/errors.ts';
import { type Family, familyOf, type IpAddress, isLinkLocal } from '../../lib/ip-address.ts';
import type { MacAddress } from '../../lib/mac-address.ts';
import { type Duration, inMilliseconds } from '../../lib/time.ts';
import { openArpSocket } from '../../native/arp-socket.ts';
import {
  type Admissions,
  type AdvertReceiver,
  openAdvertReceiver,
  openAdvertReceiver6,
  VRRP_GROUP_6,
} from '../../net/advert-receiver.ts';
import { probeLoop } from '../../net/loop-probe.ts';
import { decodeAdvertisement, takeApart } from '../../vrrp/advertisement.ts';
import { arpProbe, arpSender } from '../../vrrp/announce.ts';
import { decodeIp, VRRP_TTL } from '../../vrrp/ip-packet.ts';
import { familyOfRouter, type Parameters } from '../../vrrp/parameters.ts';
import { receive } from '../../vrrp/receive.ts';
import { SINGLE_PACKET } from '../../vrrp/verify.ts';
import { timeOfDay } from '../clock.ts';

const IPPROTO_AH = 51;
const IPPROTO_VRRP = 112;
/** Speakers, and answers for an address, that are remembered. */
const MOST_SPEAKERS = 64;
const MOST_ANSWERS = 16;
/** When the addresses are asked for: an answer may be lost, and a switch may be learning. */
const PROBES_AT_MS = [50, 300, 700];

export interface ListeningOptions {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  readonly mac: MacAddress;
  /** The addresses of the interface; the packet filter is tried from one of each family that is spoken. */
  readonly sources: readonly IpAddress[];
  /** This node's virtual routers on the interface. */
  readonly routers: readonly Parameters[];
  /** Ethernet addresses that are this host's. */
  readonly ownMacs: ReadonlySet<MacAddress>;
  readonly duration: Duration;
}

export interface Heard {
  readonly speakers: readonly Speaker[];
  /** By virtual address: the Ethernet addresses of others that answer for it. */
  readonly answers: ReadonlyMap<IpAddress, ReadonlySet<MacAddress>>;
  readonly filters: readonly FilterTried[];
}

/** What the packet filter did, for each family and protocol that goes to the group. */
export type FilterTried = Omit<FirewallFacts, 'master'>;

/** Somebody who was heard, and by which protocol. */
interface Sender extends Speaker {
  readonly protocol: number;
}

/** Starts at once; the result comes after the duration. Throws an OperatingError, `EPERM` without NET_RAW, `ENETDOWN`, `ENODEV`. */
export async function listenOn(options: ListeningOptions): Promise<Heard> {
  const { interfaceName, interfaceIndex, duration, routers } = options;
  const speakers = new Map<string, Sender>();
  const receivers: AdvertReceiver[] = [];
  const listener = (family: Family) => ({
    interfaceName,
    interfaceIndex,
    admissions: everyVrid(ofFamily(routers, family)),
    onPacket: (packet: Uint8Array) => note(speakers, packet, routers),
    onError: () => {},
  });
  const listen4 = (headed: boolean): void =>
    void receivers.push(openAdvertReceiver({ ...listener(4), headed }));
  const listen6 = (destination: IpAddress): void =>
    void receivers.push(openAdvertReceiver6({ ...listener(6), destination }));
  try {
    if (ofFamily(routers, 4).length > 0) [false, true].forEach(listen4);
    const six = ofFamily(routers, 6);
    const destinations = six.map(({ unicast, primaryAddress }) => (unicast ? primaryAddress : VRRP_GROUP_6));
    new Set(destinations).forEach(listen6);
    const [answers, loops] = await Promise.all([
      askForAddresses(options),
      tryFilter(options),
      pause(duration),
    ]);
    const all = [...speakers.values()];
    return {
      speakers: all,
      answers,
      filters: loops.map(loop => ({ ...loop, heard: sourcesHeard(all, loop) })),
    };
  } finally {
    for (const receiver of receivers) receiver.close();
  }
}

const ofFamily = (routers: readonly Parameters[], family: Family): readonly Parameters[] =>
  routers.filter(router => familyOfRouter(router) === family);

/** All of them from neighbours, and our own as far as their settings go. */
function everyVrid(own: readonly Parameters[]): Admissions {
  const all = new Map(Array.from({ length: 255 }, (_, i) => [i + 1, { leastTtl: VRRP_TTL }]));
  for (const { vrid, unicast } of own)
    if (unicast !== undefined) all.set(vrid, { leastTtl: unicast.minimumTtl });
  return all;
}

function sourcesHeard(senders: readonly Sender[], { family, protocol }: Loop): string[] {
  const sources = senders
    .filter(sender => sender.protocol === protocol)
    .map(({ source }) => source as IpAddress);
  return [...new Set(sources.filter(source => familyOf(source) === family))].slice(0, 4);
}

function note(speakers: Map<string, Sender>, packet: Uint8Array, routers: readonly Parameters[]): void {
  const ip = decodeIp(packet);
  const parts = ip && takeApart(ip);
  const advertisement = parts && decodeAdvertisement(parts.message, ip.family);
  if (ip === undefined || advertisement === undefined) return;
  const { vrid, version, priority, addresses } = advertisement;
  const key = `${vrid} ${ip.source}`;
  const before = speakers.get(key);
  if (before === undefined && speakers.size >= MOST_SPEAKERS) return;
  const own = ofFamily(routers, ip.family).find(router => router.vrid === vrid);
  const verdict = own && receive(packet, own, { ...SINGLE_PACKET, now: timeOfDay() });
  const refused =
    verdict?.kind === 'discard' ? { reason: verdict.reason, detail: verdict.detail } : undefined;
  const adverts = (before?.adverts ?? 0) + 1;
  speakers.set(key, {
    source: ip.source,
    vrid,
    version,
    priority,
    addresses,
    adverts,
    refused,
    protocol: ip.protocol,
  });
}

async function askForAddresses(options: ListeningOptions): Promise<Heard['answers']> {
  const { interfaceIndex, mac, ownMacs, duration } = options;
  const vips = ofFamily(options.routers, 4).flatMap(({ addresses }) => addresses);
  const answers = new Map<IpAddress, Set<MacAddress>>(vips.map(vip => [vip, new Set()]));
  const socket = openArpSocket({
    interfaceIndex,
    onFrame: frame => {
      const sender = arpSender(frame);
      if (sender === undefined || ownMacs.has(sender.mac)) return;
      const known = answers.get(sender.address);
      if (known !== undefined && known.size < MOST_ANSWERS) known.add(sender.mac);
    },
    onError: () => {},
  });
  const timers = PROBES_AT_MS.map(at =>
    setTimeout(() => sendQuietly(() => vips.forEach(vip => void socket.send(arpProbe(vip, mac)))), at),
  );
  try {
    await pause(duration);
    return answers;
  } finally {
    timers.forEach(clearTimeout);
    socket.close();
  }
}

/** An interface that goes down meanwhile is found by its own check. */
function sendQuietly(send: () => void): void {
  try {
    send();
  } catch (thrown) {
    if (!(thrown instanceof OperatingError)) throw thrown;
  }
}

type Loop = Omit<FilterTried, 'heard'>;

/** What goes to peers takes another way than to the group: whether it passes is told by who is heard. */
async function tryFilter(options: ListeningOptions): Promise<readonly Loop[]> {
  const { interfaceName, interfaceIndex, routers, sources } = options;
  const spoken = routers.filter(({ unicast }) => unicast === undefined);
  const loops = ([4, 6] as const).flatMap(family => {
    const source = sources.find(
      address => familyOf(address) === family && (family === 4 || isLinkLocal(address)),
    );
    if (source === undefined) return [];
    return [...protocolsOf(ofFamily(spoken, family))].map(async (protocol): Promise<Loop> => {
      const outcome = await probeLoop({ interfaceName, interfaceIndex, source, protocol });
      return { interface: interfaceName, family, protocol, outcome };
    });
  });
  return Promise.all(loops);
}

const protocolsOf = (routers: readonly Parameters[]): ReadonlySet<Loop['protocol']> =>
  new Set(routers.map(({ authentication }) => (authentication.type === 'ah' ? IPPROTO_AH : IPPROTO_VRRP)));

function pause(duration: Duration): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, inMilliseconds(duration));
  });
}
