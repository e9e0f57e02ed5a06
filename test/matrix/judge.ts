/**
 * tshark, Wireshark's dissectors, judges every frame that Locum's host sent in a cell: nothing malformed, no warning, every checksum good
 * in the form that was sent and in no other, and every field of advertisements and announcements as the RFCs have it.
 */

import { deepEqual, ok } from 'node:assert/strict';
import { dissect } from '../support/capture.ts';
import type { Cell } from './cells.ts';
import {
  type Expected,
  expectedAdvert,
  expectedAnnouncement,
  FIELDS,
  type Frame,
  isAdvert,
  isAnnouncement,
  isQuotation,
  type Wire,
} from './frames.ts';
import { versionOf } from './settings.ts';

/** Wireshark's severity `warning`; only errors are above it. */
const WARNING = 0x00600000;

/** Throws at the first frame that is not as it should be. */
export async function judgeFrames(file: string, cell: Cell, wire: Wire): Promise<undefined> {
  for (const asInVersion2 of versionOf(cell) === 3 ? [false, true] : [false]) {
    const frames = await dissect(file, FIELDS, {
      preferences: {
        'ip.check_checksum': 'TRUE',
        'arp.detect_duplicate_ips': 'TRUE',
        'vrrp.v3_checksum_as_in_v2': asInVersion2 ? 'TRUE' : 'FALSE',
      },
    });
    const good = checksumIsGood(cell, asInVersion2);
    const expected = { ...expectedAdvert(cell, wire), ...checksumStatus(good) };
    judgeAdverts(frames.filter(isAdvert), cell, expected, wire);
    const announcements = frames.filter(frame => isAnnouncement(frame, cell));
    ok(announcements.length > 0, 'the address is announced');
    for (const frame of announcements) judge(frame, expectedAnnouncement(cell, wire));
    // tshark warns of a checksum that it takes for the other form: that was judged above.
    const judged = (frame: Frame): boolean => isQuotation(frame) || (isAdvert(frame) && !good);
    deepEqual(
      frames.filter(frame => isSuspicious(frame) && !judged(frame)),
      [],
    );
  }
  return undefined;
}

/** tshark checks version 3 over IPv4 in one of two ways: with the pseudo-header, or without as in version 2. */
function checksumIsGood({ protocol, family }: Cell, asInVersion2: boolean): boolean {
  if (protocol === 'v3 old unicast') return false;
  return !protocol.startsWith('v3') || family === 'IPv6' || (protocol === 'v3 rfc9568') === asInVersion2;
}

const checksumStatus = (good: boolean): Expected => ({ 'vrrp.checksum.status': good ? '1' : '0' });

function judgeAdverts(
  adverts: readonly Frame[],
  { protocol }: Cell,
  expected: Expected,
  { locumMac }: Wire,
): void {
  ok(adverts.length >= 3, `${adverts.length} advertisements`);
  for (const advert of adverts) {
    const resigns = advert['vrrp.prio'] === '0';
    // A resignation is told from the others by its priority; who gave way no longer speaks with the virtual MAC.
    const leaves = resigns && advert['eth.src'] === locumMac ? { 'eth.src': locumMac } : {};
    judge(advert, { ...expected, ...leaves, ...(resigns ? { 'vrrp.prio': '0' } : {}) });
  }
  if (protocol !== 'v2 AH') return;
  ok(
    adverts.every(advert => Number(advert['ip.id']) !== 0),
    'the IP id is authenticated, so none is left to the kernel',
  );
  const numbers = adverts.map(advert => Number(advert['ah.sequence']));
  ok(isAscending(numbers), `sequence numbers ${numbers.join(', ')}`);
}

function judge(frame: Frame, expected: Expected): void {
  const entries = Object.entries(frame).filter(([name]) => name in expected);
  deepEqual(Object.fromEntries(entries), expected);
}

/** In each life of the node: one that was started again may count from 1. */
function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, at) => number === 1 || number > (numbers[at - 1] ?? 0));
}

function isSuspicious(frame: Frame): boolean {
  const severities = frame['_ws.expert.severity'].split(',').map(Number);
  return frame['_ws.malformed'] !== '' || severities.some(severity => severity >= WARNING);
}
