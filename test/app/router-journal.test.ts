/** What a router's journal logs: what the RFC says should be told, and no more often than it helps. */

import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { RouterJournal } from '../../src/app/router-journal.ts';
import type { Logger } from '../../src/lib/logger.ts';
import { instant } from '../../src/lib/time.ts';
import { receive } from '../../src/vrrp/receive.ts';
import { encodePacket, PEER, parameters, US } from '../vrrp/support.ts';

const at = (s: number) => instant(s * 1_000_000);

describe('the journal', () => {
  let warnings: Readonly<Record<string, unknown>>[];
  let journal: RouterJournal;

  beforeEach(() => {
    warnings = [];
    const nothing = () => undefined;
    const log: Logger = {
      debug: nothing,
      info: nothing,
      error: nothing,
      warn: (fields, message) => warnings.push({ ...fields, message }),
    };
    journal = new RouterJournal('web', log, nothing);
  });

  const hear = (theirs: number, ours: number, s: number): void => {
    const own = parameters({ primaryAddress: US, priority: ours });
    const packet = encodePacket(parameters({ primaryAddress: PEER }), theirs);
    journal.received(receive(packet, own), at(s), own);
  };

  const oddities = () => warnings.map(({ source, oddity }) => [source, oddity]);

  test('R26: the owner logs that it hears an advertisement, once a minute', () => {
    for (const s of [0, 1, 59]) hear(100, 255, s);
    assert.deepEqual(oddities(), [[PEER, 'owner-hears']]);
    hear(100, 255, 60);
    assert.equal(warnings.length, 2);
  });

  test('R62: a second owner is logged, and so are equal priorities; different ones are not', () => {
    hear(100, 150, 0);
    assert.deepEqual(oddities(), []);
    hear(255, 255, 1);
    hear(100, 100, 2);
    assert.deepEqual(oddities(), [
      [PEER, 'second-owner'],
      [PEER, 'equal-priority'],
    ]);
  });

  const takeOver = (reason: 'master-silent' | 'master-resigned', s: number): void =>
    journal.stateChanged(
      { type: 'stateChanged', from: 'backup', to: 'master', reason, detail: 'as it is' },
      at(s),
    );

  test('R63: three takeovers from silence within a minute are logged', () => {
    for (const s of [0, 30, 61]) takeOver('master-silent', s);
    for (const s of [62, 63, 64]) takeOver('master-resigned', s);
    assert.deepEqual(warnings, []);
    takeOver('master-silent', 80);
    assert.equal(warnings.length, 1);
    assert.match(String(warnings[0]?.['message']), /took over from silence again and again/);
  });

  test('takeovers that were logged are not logged again', () => {
    for (let s = 0; s < 6; s++) takeOver('master-silent', s);
    assert.equal(warnings.length, 2);
  });
});
