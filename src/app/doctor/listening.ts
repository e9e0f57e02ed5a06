/**
 * What can only be learnt by waiting, for one interface: who speaks VRRP there, who answers for the virtual addresses, and whether the
 * packet filter of this host lets VRRP through. It sends ARP probes, which change no cache (RFC 5227 §2.1.1), and packets that do
 * not leave the host (net/loop-probe.ts); never an advert.
 */

import type { FirewallFacts } from '../../doctor/firewall.ts';
import type { Speaker } from '../../doctor/speakers.ts';
import { OperatingError } from '../../lib/errors.ts';
import type { IpAddress } from '../../lib/ip-address.ts';
import type { MacAddress } from '../../lib/mac-address.ts';
import { type Duration, inMilliseconds } from '../../lib/time.ts';
import { openArpSocket } from '../../native/arp-socket.ts';
import { type AdvertReceiver, openAdvertReceiver } from '../../net/advert-receiver.ts';
import { type LoopOutcome, probeLoop } from '../../net/loop-probe.ts';
import { decodeAdvertisement, decodeIpv4, takeApart } from '../../vrrp/advertisement.ts';
import { arpProbe, arpSender } from '../../vrrp/announce.ts';
import type { Parameters } from '../../vrrp/parameters.ts';
import { receive } from '../../vrrp/receive.ts';
import { SINGLE_PACKET } from '../../vrrp/verify.ts';
import { timeOfDay } from '../clock.ts';

const IPPROTO_AH = 51;
const IPPROTO_VRRP = 112;
const EVERY_VRID: ReadonlySet<number> = new Set(Array.from({ length: 255 }, (_, i) => i + 1));
/** Speakers, and answers for an address, that are remembered. */
const MOST_SPEAKERS = 64;
const MOST_ANSWERS = 16;
/** When the addresses are asked for: an answer may be lost, and a switch may be learning. */
const PROBES_AT_MS = [50, 300, 700];

export interface ListeningOptions {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  readonly mac: MacAddress;
  /** The address of the interface; undefined: the packet filter is not tried. */
  readonly primary: IpAddress | undefined;
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
  readonly firewall: FirewallFacts | undefined;
}

/** Starts at once; the result comes after the duration. Throws an OperatingError, `EPERM` without NET_RAW, `ENETDOWN`, `ENODEV`. */
export async function listenOn(options: ListeningOptions): Promise<Heard> {
  const { interfaceName, interfaceIndex, duration } = options;
  const speakers = new Map<string, Speaker>();
  const receivers: AdvertReceiver[] = [];
  const listen = (headed: boolean): void => {
    const onPacket = (packet: Uint8Array) => note(speakers, packet, options.routers);
    const heard = { vrids: EVERY_VRID, headed, onPacket, onError: () => {} };
    receivers.push(openAdvertReceiver({ interfaceName, interfaceIndex, ...heard }));
  };
  try {
    listen(false);
    listen(true);
    const [answers, loops] = await Promise.all([
      askForAddresses(options),
      tryFilter(options),
      pause(duration),
    ]);
    const all = [...speakers.values()];
    const heard = [...new Set(all.map(({ source }) => source))].slice(0, 4);
    return { speakers: all, answers, firewall: loops && { interface: interfaceName, ...loops, heard } };
  } finally {
    for (const receiver of receivers) receiver.close();
  }
}

function note(speakers: Map<string, Speaker>, packet: Uint8Array, routers: readonly Parameters[]): void {
  const ip = decodeIpv4(packet);
  const parts = ip && takeApart(ip);
  const advertisement = parts && decodeAdvertisement(parts.message);
  if (ip === undefined || advertisement === undefined) return;
  const { vrid, version, priority, addresses } = advertisement;
  const key = `${vrid} ${ip.source}`;
  const before = speakers.get(key);
  if (before === undefined && speakers.size >= MOST_SPEAKERS) return;
  const own = routers.find(router => router.vrid === vrid);
  const verdict = own && receive(packet, own, { ...SINGLE_PACKET, now: timeOfDay() });
  const refused =
    verdict?.kind === 'discard' ? { reason: verdict.reason, detail: verdict.detail } : undefined;
  const adverts = (before?.adverts ?? 0) + 1;
  speakers.set(key, { source: ip.source, vrid, version, priority, addresses, adverts, refused });
}

async function askForAddresses(options: ListeningOptions): Promise<Heard['answers']> {
  const { interfaceIndex, mac, ownMacs, duration } = options;
  const vips = options.routers.flatMap(({ addresses }) => addresses);
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

async function tryFilter({
  interfaceName,
  interfaceIndex,
  primary,
}: ListeningOptions): Promise<{ vrrp: LoopOutcome; ah: LoopOutcome } | undefined> {
  if (primary === undefined) return undefined;
  const probe = (protocol: number): Promise<LoopOutcome> =>
    probeLoop({ interfaceName, interfaceIndex, source: primary, protocol });
  const [vrrp, ah] = await Promise.all([probe(IPPROTO_VRRP), probe(IPPROTO_AH)]);
  return { vrrp, ah };
}

function pause(duration: Duration): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, inMilliseconds(duration));
  });
}
