/**
 * The numbers that make a recorded advertisement worthless: what we send only grows, and what does not grow is not believed. A value;
 * whoever runs a router keeps it from one packet to the next.
 *
 * AH (RFC 2402 §2.5, as keepalived does it): the whole group shares one count, each number sent or accepted being higher than
 * all before. Ours also keeps up with the clock: a router that restarts without a memory is believed at once.
 *
 * The trailer (draft-cassen-vrrp-auth-hmac): numbers are times, each sender has its own, and a time far from our clock is not believed.
 */

import type { IpAddress } from '../lib/ip-address.ts';
import { type Duration, inSeconds, microseconds, seconds, type Utc } from '../lib/time.ts';
import { signs } from './authentication.ts';
import { LAST_AH_SEQUENCE } from './authentication-header.ts';
import type { Authentication } from './parameters.ts';

/** The number of a sender that knows nothing else. */
export const FIRST_SEQUENCE = 1n;

/** What a router remembers of numbers. */
export interface Memory {
  /** The last number sent; with AH the last one sent or accepted. Undefined before the first. */
  readonly last: bigint | undefined;
  /** The last numbers accepted with trailers, by sender, the most recent one last. */
  readonly heard: readonly Mark[];
}

interface Mark {
  readonly source: IpAddress;
  readonly sequence: bigint;
}

export const NO_MEMORY: Memory = { last: undefined, heard: [] };

/** Only who has the key can have a mark; more than one speaks for long only while routers disagree. */
const MARKS_KEPT = 4;

/** Whether our advertisements carry a number at all. */
export function isCounted(authentication: Authentication): boolean {
  return authentication.type === 'ah' || signs(authentication);
}

/** The number of the next advertisement. */
export function nextSequence(authentication: Authentication, { last }: Memory, now: Utc): bigint {
  if (authentication.type === 'ah') return nextInHeader(last ?? 0n, now);
  return nextInTrailer(last, now, authentication.type === 'hmac' ? authentication.window : undefined);
}

/** After the last number comes the first (keepalived starts anew, too): rivals that remember more lose one election, then follow. */
function nextInHeader(last: bigint, now: Utc): bigint {
  const counted = last >= LAST_AH_SEQUENCE ? FIRST_SEQUENCE : last + 1n;
  const clock = secondsOf(timeSequence(now));
  return counted > clock ? counted : clock;
}

/** The time, or one more than last time; a clock that was set back far enough begins again, since nobody believes the future. */
function nextInTrailer(last: bigint | undefined, now: Utc, window: Duration | undefined): bigint {
  const clock = timeSequence(now);
  if (last === undefined || isAfter(clock, last)) return clock;
  const stranded = window !== undefined && timeBetween(now, last) > window;
  return stranded ? clock : BigInt.asUintN(64, last + 1n);
}

/** How far the time of a trailer's number lies after a moment; negative before it. Whole seconds, as receivers compare. */
export function timeBetween(now: Utc, sequence: bigint): Duration {
  const apart = BigInt.asIntN(32, secondsOf(sequence) - secondsOf(timeSequence(now)));
  return seconds(Number(apart));
}

/** Whether a number of an authentication header was used before. */
export function isRepeatedInHeader({ last }: Memory, sequence: number): boolean {
  return BigInt(sequence) <= (last ?? 0n);
}

/**
 * Whether a number of a trailer was used before. A mark outside the window is forgotten: the window keeps out all that it
 * could, and a sender whose clock was set right must be heard again.
 */
export function isRepeatedInTrailer(
  { heard }: Memory,
  source: IpAddress,
  sequence: bigint,
  window: Duration | undefined,
  now: Utc | undefined,
): boolean {
  const mark = heard.find(one => one.source === source);
  if (mark === undefined) return false;
  const expired =
    window !== undefined && now !== undefined && Math.abs(timeBetween(now, mark.sequence)) > window;
  return !expired && !isAfter(sequence, mark.sequence);
}

/** The memory with one more number accepted. */
export function remember({ last, heard }: Memory, source: IpAddress, sequence: bigint): Memory {
  const others = heard.filter(one => one.source !== source);
  return { last, heard: [...others, { source, sequence }].slice(-MARKS_KEPT) };
}

/** RFC 1982, so that the order survives the year 2106. */
const isAfter = (a: bigint, b: bigint): boolean => BigInt.asIntN(64, a - b) > 0n;

const secondsOf = (sequence: bigint): bigint => sequence >> 32n;

/** Seconds in the upper 32 bits, then 1/65536 s in 16; the counter below is zero. */
function timeSequence(now: Utc): bigint {
  const whole = Math.floor(inSeconds(microseconds(now)));
  const fraction = Math.floor(((now % 1_000_000) * 65_536) / 1_000_000);
  return (BigInt.asUintN(32, BigInt(whole)) << 32n) | (BigInt(fraction) << 16n);
}
