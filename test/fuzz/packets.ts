/**
 * The receive ladder under fire: the decoder of both versions and families, the verifier of authentication headers and that of trailers.
 *
 * A packet may be discarded for any reason but must not make anything throw. One that is accepted must be, ignored bits aside, what the
 * listener's configuration makes of the same advertisement, from somebody who may send it; must be proven as a second implementation
 * proves it; and must not be accepted again. One that nobody touched must be accepted.
 */

import { explainPacket } from '../../src/cli/decode/explain-packet.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { addressBytes } from '../../src/lib/ip-address.ts';
import { centiseconds, seconds } from '../../src/lib/time.ts';
import { takeApart } from '../../src/vrrp/advertisement.ts';
import { decodeIp } from '../../src/vrrp/ip-packet.ts';
import type { Parameters } from '../../src/vrrp/parameters.ts';
import { type Received, receive } from '../../src/vrrp/receive.ts';
import { type Memory, NO_MEMORY } from '../../src/vrrp/sequence.ts';
import { Random } from '../sim/random.ts';
import { sentAgain, withoutIgnoredBits } from '../vrrp/ignored-bits.ts';
import { encodePacket, ip } from '../vrrp/support.ts';
import { broken, withRightChecksum, withRightIcv, withRightLengths, withRightTag } from './breaking.ts';
import { icvOf, tagOf } from './oracle.ts';
import { AH_KEY, HEADED, hmacKey, NOW, NOW_SECOND, PLAIN, SIGNED, type Station } from './stations.ts';
import { type Fails, type Judgement, plainer, type Target, withoutNeedless } from './target.ts';

export interface PacketInput {
  readonly station: Station;
  readonly packet: Uint8Array;
  readonly memory: Memory;
  /** As the peer sent it. */
  readonly untouched: boolean;
  /** Whether `locum decode` is shown it, too. */
  readonly shown: boolean;
}

/** The function under fire; a test puts a broken one in its place. */
export type Receive = typeof receive;

export function packetTarget(
  name: string,
  stations: readonly Station[],
  take: Receive = receive,
): Target<PacketInput> {
  return {
    name,
    boundMs: 100,
    make: random => makeInput(random.pick(stations), random),
    judge: input => judge(input, take),
    minimise: minimisePacket,
    show: showPacket,
  };
}

export const DECODER = packetTarget('decoder', PLAIN);
export const AH_VERIFIER = packetTarget('ah', HEADED);
export const HMAC_VERIFIER = packetTarget('hmac', SIGNED);

function makeInput(station: Station, random: Random): PacketInput {
  const kind = random.weighted(KINDS);
  if (kind === 'random') {
    const packet = Uint8Array.from({ length: random.between(0, 120) }, () => random.between(0, 255));
    return { station, packet, memory: NO_MEMORY, untouched: false, shown: true };
  }
  const shown = random.chance(0.1);
  if (kind === 'untouched') {
    const { packet } = spoken(station.speaker, random);
    return { station, packet, memory: NO_MEMORY, untouched: true, shown };
  }
  const { packet: whole, sequence } = random.pick(wholeOnes(station));
  const packet = repaired(broken(whole, random.weighted(TIMES), random), random);
  return { station, packet, memory: memoryOf(sequence, station, random), untouched: false, shown };
}

const KINDS = [
  [1, 'random'],
  [1, 'untouched'],
  [10, 'broken'],
] as const;

interface Spoken {
  readonly packet: Uint8Array;
  readonly sequence: bigint;
}

function spoken(speaker: Parameters, random: Random): Spoken {
  const sequence = sequenceOf(speaker.authentication.type, random);
  return { packet: encodePacket(speaker, random.between(0, 255), sequence), sequence };
}

const WHOLE_ONES = 500;
const known = new Map<Station, readonly Spoken[]>();

/** What there is to break, always the same: making each anew would be most of the work. */
function wholeOnes(station: Station): readonly Spoken[] {
  const found = known.get(station);
  if (found !== undefined) return found;
  const made = Array.from({ length: WHOLE_ONES }, (_, seed) => {
    const random = new Random(seed);
    return spoken(random.chance(0.6) ? station.speaker : varied(station, random), random);
  });
  known.set(station, made);
  return made;
}

/** How many things are broken. */
const TIMES = [
  [2, 0],
  [8, 1],
  [4, 2],
  [2, 3],
  [1, 8],
] as const;

/** A number that a sender would use; for a trailer a time near now, within the windows or just out of them. */
function sequenceOf(type: string, random: Random): bigint {
  if (type !== 'hmac') return BigInt(random.between(1, 0xffff_ffff));
  const second = NOW_SECOND + random.between(-10, 10);
  return (BigInt(second) << 32n) | BigInt(random.between(0, 0xffff_ffff));
}

/** What was heard before: nothing, less, just this, or more. */
function memoryOf(sequence: bigint, { speaker }: Station, random: Random): Memory {
  const before = sequence + BigInt(random.between(-1, 1));
  if (random.chance(0.5) || before < 0n) return NO_MEMORY;
  if (speaker.authentication.type !== 'hmac') return { last: before, heard: [] };
  return { last: undefined, heard: [{ source: speaker.primaryAddress, sequence: before }] };
}

/** The peer with other settings, of which some are wrong and some are not. */
function varied({ speaker, listener }: Station, random: Random): Parameters {
  const { addresses, version } = speaker;
  const [address = ip('192.0.2.1')] = addresses;
  const many = Array.from({ length: random.between(1, random.pick([1, 4, 40])) }, () => address);
  const interval = version === 2 ? seconds(random.between(0, 2)) : centiseconds(random.between(0, 4095));
  return {
    ...speaker,
    addresses: random.chance(0.5) ? many : addresses,
    primaryAddress: random.chance(0.1) ? listener.primaryAddress : speaker.primaryAddress,
    vrid: random.chance(0.1) ? random.between(0, 255) : speaker.vrid,
    advertisementInterval: random.chance(0.5) ? interval : speaker.advertisementInterval,
    checksum: random.pick(['pseudo-header', 'message-only', 'multicast-pseudo-header']),
  };
}

/** Who has the key, or knows how to count, makes right again what breaking made wrong. Some do not. */
function repaired(packet: Uint8Array, random: Random): Uint8Array {
  let result = packet;
  if (random.chance(0.7)) result = withRightLengths(result);
  if (random.chance(0.6)) result = withRightTag(result, hmacKey);
  if (random.chance(0.7)) result = withRightChecksum(result, random);
  if (random.chance(0.6)) result = withRightIcv(result, AH_KEY);
  return result;
}

function judge({ station, packet, memory, untouched, shown }: PacketInput, take: Receive): Judgement {
  const { listener } = station;
  if (shown) explainPacket({ packet, vlans: [], sender: undefined }, []);
  const received = take(packet, listener, { memory, now: NOW });
  if (received.kind === 'discard')
    return {
      outcome: received.reason,
      problem: untouched ? `what a peer sent is discarded: ${received.detail}` : undefined,
    };
  const problem =
    mistaken(received, packet, listener) ??
    unproven(received, packet, listener) ??
    repeatable(received, packet, listener, take);
  return { outcome: 'accepted', problem };
}

type Accepted = Extract<Received, { kind: 'accept' }>;

/** Whether it is not what it should be. */
function mistaken(accepted: Accepted, packet: Uint8Array, listener: Parameters): string | undefined {
  const { advertisement, source } = accepted;
  const { primaryAddress, unicast } = listener;
  if (source === primaryAddress) return 'accepted from our own address';
  if (unicast?.checkSource === true && !unicast.peers.includes(source)) return `accepted from ${source}`;
  if (advertisement.interval === 0) return 'accepted with interval 0';
  if (unicast !== undefined && (decodeIp(packet)?.ttl ?? 0) < unicast.minimumTtl)
    return 'accepted with a TTL below the least';
  const again = sentAgain(accepted, packet, listener);
  const [theirs, ours] = withoutIgnoredBits(packet, again);
  return theirs === ours ? undefined : `accepted, and sent again it is not the same:\n  ${theirs}\n  ${ours}`;
}

/** Whether the second implementation does not believe it. */
function unproven(
  { proof }: Accepted,
  packet: Uint8Array,
  { authentication }: Parameters,
): string | undefined {
  const ip = decodeIp(packet);
  const parts = ip && takeApart(ip);
  if (ip === undefined || parts === undefined) return 'accepted, and cannot be read';
  const { octets, source } = ip;
  if (authentication.type === 'ah') {
    const at = octets.length - parts.signed.length - 12;
    const icv = octets.subarray(at, at + 12);
    return toHex(icv) === toHex(icvOf(octets, AH_KEY)) ? undefined : 'accepted with a wrong ICV';
  }
  if (authentication.type !== 'hmac') return undefined;
  if (parts.trailer === undefined)
    return authentication.mode === 'enforce' ? 'accepted without a trailer' : undefined;
  const tag = tagOf(parts.signed, addressBytes(source), hmacKey(parts.trailer.keyId));
  if (toHex(tag) !== toHex(parts.signed.subarray(-16))) return 'accepted with a wrong tag';
  return proof === `hmac ${parts.trailer.keyId}` ? undefined : `accepted as proven by ${proof}`;
}

function repeatable(
  { proof, memory }: Accepted,
  packet: Uint8Array,
  listener: Parameters,
  take: Receive,
): string | undefined {
  if (proof === 'none' || proof === 'pass') return undefined;
  const again = take(packet, listener, { memory, now: NOW });
  return again.kind === 'discard' && again.reason === 'auth-replay' ? undefined : 'accepted a second time';
}

async function minimisePacket(input: PacketInput, fails: Fails<PacketInput>): Promise<PacketInput> {
  const smaller = (octets: readonly number[]): PacketInput => ({
    ...input,
    untouched: false,
    packet: Uint8Array.from(octets),
  });
  const still = (octets: readonly number[]): Promise<boolean> => fails(smaller(octets));
  return smaller(await plainer(await withoutNeedless([...input.packet], still), 0, still));
}

function showPacket({ station, packet, memory }: PacketInput): string {
  const heard = memory.last ?? memory.heard[0]?.sequence;
  const before = heard === undefined ? 'nothing was heard before' : `number ${heard} was heard before`;
  return `listener: ${station.name}; ${before}; the time is ${NOW_SECOND}\n${toHex(packet)}`;
}
