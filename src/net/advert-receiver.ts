/**
 * Receives VRRP packets of one interface: raw sockets of protocol 112, or 51 for those in an authentication header (RFC 2402),
 * bound to the interface, with kernel filters. They only receive: on a socket that also sends, a flood would starve the
 * adverts. It judges nothing: every packet is for the receive ladder.
 *
 * Two sockets share the packets: one hears what looks sound to the kernel (sound-filter.ts), the other the rest, of which no more is read
 * than is needed to count and to name it. So junk fills no buffer that adverts need, and takes no time that they need.
 *
 * Over IPv4 one socket hears what is sent to the group and what is sent to this host. Over IPv6 the kernel takes the header off;
 * it is put back from what the filter has let through, so that each destination has a socket of its own.
 */

import { putUint16 } from '../lib/bytes.ts';
import type { OperatingError } from '../lib/errors.ts';
import { addressBytes, type IpAddress, parseIpAddress } from '../lib/ip-address.ts';
import { type Admission, type Admissions, advertFilter, advertFilter6 } from './advert-filter.ts';
import { type BpfProgram, DROP_EVERYTHING } from './bpf.ts';
import { type Pace, type PacedReader, readPaced } from './paced-reader.ts';
import { openRawSocket, type PacketListener, type RawSocket } from './raw-socket.ts';
import { type MessagePlace, sortingFilters } from './sound-filter.ts';

export type { Admission, Admissions } from './advert-filter.ts';

const IPPROTO_AH = 51;
const IPPROTO_VRRP = 112;
/** Who hears adverts that are not for one of them (RFC 9568 §5.1.1.2, §5.1.2.2). */
const VRRP_GROUP = '224.0.0.18' as IpAddress;
export const VRRP_GROUP_6 = 'ff02::12' as IpAddress;
/** Some 2,700 packets as the kernel counts them (per-packet overhead included): 255 routers' adverts, a flood and a stall. */
const RECEIVE_BUFFER_BYTES = 1024 * 1024;
/** For the rest: some 40 packets. */
const REST_BUFFER_BYTES = 32 * 1024;
/**
 * 255 routers at the shortest interval send 26 packets in a millisecond; a portion takes about one. Forged ones in the master's name, of
 * which each costs a hash, take whatever time there is: with a part of them the master's adverts would stay unread.
 */
const SOUND_PACE: Pace = { burst: 64, portion: 128, eager: true };
/** A few thousand a second at most: some percent of a processor. */
const REST_PACE: Pace = { burst: 4, portion: 4, eager: false };
const IPV6_HEADER_BYTES = 40;

export interface AdvertReceiverOptions {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  readonly admissions: Admissions;
  /** Gets the packet from the IP header on. The bytes are valid during the call only: copy what must stay. */
  readonly onPacket: (packet: Uint8Array) => void;
  readonly onError: (error: OperatingError) => void;
}

export interface AdvertReceiver {
  /**
   * Hands over what the kernel holds at this moment, without yielding to the event loop, at most `limit` packets, and
   * says how many; of the rest only a portion. A runner whose timer has fired late asks this first: receive before expiry.
   */
  drain(limit: number): number;
  /** Packets that were for us and were not looked at: too many came at once, or over IPv6 the kernel found the checksum wrong. */
  unread(): number;
  /**
   * Hears these from now on. The kernel exchanges a filter in one go (SO_ATTACH_FILTER, socket(7)): what is let in before and
   * after is missed at no moment. Throws OperatingError; what was heard before is still heard then.
   */
  admit(admissions: Admissions): void;
  close(): void;
}

/**
 * Opens the receiver of IPv4; it serves this interface index only, and a deleted and re-created interface needs a new one. `headed`:
 * it hears advertisements in authentication headers instead of bare ones; a socket hears one IP protocol.
 * Throws OperatingError: `EPERM` without the capability NET_RAW, `ENODEV` for an unknown interface.
 */
export function openAdvertReceiver(
  options: AdvertReceiverOptions & { readonly headed?: boolean },
): AdvertReceiver {
  const { interfaceName, interfaceIndex, headed = false } = options;
  const protocol = headed ? IPPROTO_AH : IPPROTO_VRRP;
  return receiver(options, {
    open: () => openRawSocket(protocol, { interface: interfaceName }),
    ours: admissions => advertFilter(admissions, headed),
    anybody: admissions =>
      advertFilter(
        eachWith(admissions, () => ({ leastTtl: 0 })),
        headed,
      ),
    place: headed ? 'ipv4-headed' : 'ipv4',
    join: socket => socket.joinGroup(VRRP_GROUP, interfaceIndex),
    listener: () => options.onPacket,
  });
}

/**
 * The same for IPv6, of what is sent to `destination`: {@link VRRP_GROUP_6} or an address of the interface. The hop limit of a packet is the
 * least that the filter lets through for its VRID. Throws `EAFNOSUPPORT`, too, in a kernel without IPv6.
 */
export function openAdvertReceiver6(
  options: AdvertReceiverOptions & { readonly destination: IpAddress },
): AdvertReceiver {
  const { interfaceName, interfaceIndex, destination, onPacket } = options;
  return receiver(options, {
    open: () => openRawSocket(IPPROTO_VRRP, { interface: interfaceName }, 6),
    ours: admissions => advertFilter6(admissions, destination),
    // A hop limit that is too low would be shown as the least that passes.
    anybody: admissions =>
      advertFilter6(
        eachWith(admissions, ({ leastTtl }) => ({ leastTtl })),
        destination,
      ),
    place: 'ipv6',
    join: socket => {
      if (destination === VRRP_GROUP_6) socket.joinGroup(destination, interfaceIndex);
    },
    listener: admitted => withHeader(destination, admitted, onPacket),
  });
}

function eachWith(admissions: Admissions, change: (admission: Admission) => Admission): Admissions {
  return new Map([...admissions].map(([vrid, admission]) => [vrid, change(admission)]));
}

interface Reception {
  readonly open: () => RawSocket;
  /** What may be an advert for us, and what is addressed to us, whatever it is worth. */
  readonly ours: (admissions: Admissions) => BpfProgram;
  readonly anybody: (admissions: Admissions) => BpfProgram;
  readonly place: MessagePlace;
  readonly join: (socket: RawSocket) => void;
  /** `admitted`: what is heard at the moment of a packet. */
  readonly listener: (admitted: () => Admissions) => PacketListener;
}

function receiver(options: AdvertReceiverOptions, reception: Reception): AdvertReceiver {
  const { ours, anybody, place } = reception;
  const filtersFor = (wanted: Admissions) => sortingFilters(ours(wanted), anybody(wanted), place);
  let { admissions } = options;
  const listener = reception.listener(() => admissions);
  const { sound, rest } = filtersFor(admissions);
  const adverts = listen(options, reception, { filter: sound, listener }, RECEIVE_BUFFER_BYTES, SOUND_PACE);
  try {
    const others = listen(options, reception, { filter: rest, listener }, REST_BUFFER_BYTES, REST_PACE);
    return {
      drain(limit) {
        const received = adverts.drain(limit);
        return received + others.drain(Math.min(limit - received, REST_PACE.portion));
      },
      unread: () => adverts.lost() + others.lost(),
      admit(wanted) {
        const filters = filtersFor(wanted);
        adverts.attachFilter(filters.sound);
        others.attachFilter(filters.rest);
        admissions = wanted;
      },
      close() {
        adverts.close();
        others.close();
      },
    };
  } catch (thrown) {
    adverts.close();
    throw thrown;
  }
}

type Listening = PacedReader & Pick<RawSocket, 'lost' | 'attachFilter'>;

function listen(
  { interfaceName, onError }: AdvertReceiverOptions,
  { open, join }: Reception,
  { filter, listener }: { readonly filter: BpfProgram; readonly listener: PacketListener },
  bufferBytes: number,
  pace: Pace,
): Listening {
  const socket = open();
  try {
    // What came before the filter, from any interface, has not passed it.
    socket.attachFilter(DROP_EVERYTHING);
    socket.bindToDevice(interfaceName);
    socket.setReceiveBuffer(bufferBytes);
    socket.discardWaiting();
    socket.attachFilter(filter);
    join(socket);
  } catch (thrown) {
    socket.close();
    throw thrown;
  }
  const reader = readPaced(socket, pace, { onPacket: listener, onError });
  return {
    drain: limit => reader.drain(limit),
    lost: () => socket.lost(),
    attachFilter: program => socket.attachFilter(program),
    close() {
      reader.close();
      socket.close();
    },
  };
}

/** Gives the message its IPv6 header back (RFC 8200 §3); class and flow are not known, and nobody asks for them. */
function withHeader(
  destination: IpAddress,
  admitted: () => Admissions,
  onPacket: AdvertReceiverOptions['onPacket'],
): PacketListener {
  const header = new Uint8Array(IPV6_HEADER_BYTES);
  header[0] = 0x60;
  header[6] = IPPROTO_VRRP;
  header.set(addressBytes(destination), 24);
  return (message, source) => {
    const sender = parseIpAddress(source);
    const leastTtl = admitted().get(message[1] ?? 0)?.leastTtl;
    if (sender === undefined || leastTtl === undefined) return;
    const packet = new Uint8Array(IPV6_HEADER_BYTES + message.length);
    packet.set(header);
    putUint16(packet, 4, message.length);
    packet[7] = leastTtl;
    packet.set(addressBytes(sender), 8);
    packet.set(message, IPV6_HEADER_BYTES);
    onPacket(packet);
  };
}
