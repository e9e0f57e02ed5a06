/** From the frames of a capture to what the issue of adverts is judged by: the gaps between them, and who sent them. Pure. */

import type { Frame } from '../support/pcap.ts';
import { type Stall, standstill } from './stalls.ts';

const ETHERTYPE_AT = 12;
const ETHERTYPE_IPV4 = 0x0800;
const IPV4_AT = 14;
const IPPROTO_VRRP = 112;
const WORST_KEPT = 10;

export interface Advert {
  /** µs, on any clock. */
  readonly atUs: number;
  readonly source: string;
  readonly priority: number;
}

/** The VRRP adverts among the frames. */
export function advertsIn(frames: readonly Frame[]): Advert[] {
  return frames.flatMap(({ atUs, bytes }) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < IPV4_AT + 20 || view.getUint16(ETHERTYPE_AT) !== ETHERTYPE_IPV4) return [];
    const payload = IPV4_AT + 4 * (view.getUint8(IPV4_AT) & 0xf);
    if (view.getUint8(IPV4_AT + 9) !== IPPROTO_VRRP || bytes.length < payload + 3) return [];
    const source = [...bytes.subarray(IPV4_AT + 12, IPV4_AT + 16)].join('.');
    return [{ atUs, source, priority: view.getUint8(payload + 2) }];
  });
}

export interface Gap {
  /** Seconds from the first advert to the end of the gap. */
  readonly atS: number;
  readonly ms: number;
  /** For how much of it a processor of the machine itself stood still; 0 where that was not watched. */
  readonly stalledMs: number;
}

export interface Gaps {
  readonly adverts: number;
  /** How often an advert came from another router than the one before. */
  readonly takeovers: number;
  readonly meanMs: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly worstMs: number;
  /** The longest gap without what the machine stood still in it. */
  readonly worstOwnMs: number;
  /** The longest, longest first. */
  readonly worst: readonly Gap[];
}

/** Between adverts of whoever is master: a takeover does not hide the silence before it. At least two adverts. */
export function gapsOf(adverts: readonly Advert[], stalls: readonly Stall[] = []): Gaps {
  const [first] = adverts;
  if (first === undefined || adverts.length < 2) throw new Error(`${adverts.length} adverts have no gap`);
  const stalled = standstill(stalls);
  let before = first;
  let takeovers = 0;
  const gaps: Gap[] = [];
  for (const advert of adverts.slice(1)) {
    if (advert.source !== before.source) takeovers += 1;
    gaps.push({
      atS: (advert.atUs - first.atUs) / 1e6,
      ms: (advert.atUs - before.atUs) / 1e3,
      stalledMs: stalled(before.atUs / 1e3, advert.atUs / 1e3),
    });
    before = advert;
  }
  const longestFirst = gaps.sort((a, b) => b.ms - a.ms);
  const quantile = (share: number): number =>
    longestFirst[Math.floor(longestFirst.length * (1 - share))]?.ms ?? 0;
  return {
    adverts: adverts.length,
    takeovers,
    meanMs: (before.atUs - first.atUs) / 1e3 / gaps.length,
    medianMs: quantile(0.5),
    p99Ms: quantile(0.99),
    p999Ms: quantile(0.999),
    worstMs: longestFirst[0]?.ms ?? 0,
    worstOwnMs: gaps.reduce((worst, { ms, stalledMs }) => Math.max(worst, ms - stalledMs), 0),
    worst: longestFirst.slice(0, WORST_KEPT),
  };
}
