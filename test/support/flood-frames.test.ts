/** Each kind of the flood is wrong in the one way that it is named for: everything before that rung of the ladder it passes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DiscardReason, receive } from '../../src/vrrp/receive.ts';
import { AH, HMAC, hearing, OURS, PASS } from '../vrrp/discards.ts';
import { FLOOD_KINDS, type FloodAuthentication, type FloodKind, floodFrames } from './flood-frames.ts';

const ETHERNET_HEADER = 14;
const PAIR: Readonly<Record<FloodAuthentication, typeof OURS>> = {
  none: OURS,
  pass: PASS,
  ah: AH,
  hmac: HMAC,
};
const REFUSED: Readonly<Record<FloodKind, DiscardReason>> = {
  'foreign-vrid': 'vrid',
  ttl: 'ttl',
  version: 'version',
  checksum: 'checksum',
  spoofed: 'checksum',
  password: 'auth-password',
  'forged-password': 'auth-password',
  'forged-ah': 'auth-digest',
  'forged-hmac': 'auth-digest',
};

for (const [kind, reason] of Object.entries(REFUSED) as [FloodKind, DiscardReason][])
  test(`${kind} is refused for ${reason}`, () => {
    const source = { mac: new Uint8Array(6), master: '198.18.0.1', nowMs: 30_000 };
    for (const frame of floodFrames(kind, source, 3)) {
      const received = receive(frame.subarray(ETHERNET_HEADER), PAIR[FLOOD_KINDS[kind]], hearing({}));
      assert.equal(received.kind === 'discard' && received.reason, reason);
    }
  });
