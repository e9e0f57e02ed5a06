/** The comparison's parts at work: each fault strikes a pair as it should, Locum's and keepalived's alike, and the pair settles again. */

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { measureRuns } from '../bench/compare/cell.ts';
import { CUT_OFF, DAEMON_STOPPED, FROZEN, NGINX_KILLED } from '../bench/compare/faults.ts';
import { KEEPALIVED } from '../bench/compare/keepalived.ts';
import { LOCUM } from '../bench/compare/locum.ts';
import { Pair } from '../bench/compare/pair.ts';

const INTERVAL_MS = 100;
/** Three intervals and the skew of priority 100, without the part of an interval that had passed. */
const SHORTEST_SILENCE_MS = 300;
const LONGEST_MS = 5_000;

const never = new AbortController().signal;

for (const contender of [LOCUM, KEEPALIVED]) {
  describe(contender.title, () => {
    let pair: Pair | undefined;
    after(() => pair?.close());

    for (const fault of [NGINX_KILLED, DAEMON_STOPPED, CUT_OFF, FROZEN]) {
      test(fault.title, async () => {
        pair ??= await Pair.start(contender, INTERVAL_MS);
        const [run] = await measureRuns(pair, fault, 1, never);
        assert.ok(run !== undefined);
        assert.ok(run.advertMs > 0 && run.advertMs < LONGEST_MS, `first advert after ${run.advertMs} ms`);
        assert.ok(run.answerMs > 0 && run.answerMs < LONGEST_MS, `first answer after ${run.answerMs} ms`);
        if (fault === CUT_OFF) {
          assert.ok(run.silenceMs >= SHORTEST_SILENCE_MS, `the heir waited ${run.silenceMs} ms only`);
          assert.ok(run.lost > 0, 'the client noticed');
        }
        if (fault === FROZEN) {
          const goes = Number.isFinite(run.releasedMs);
          assert.equal(goes, contender === LOCUM, `the old address went after ${run.releasedMs} ms`);
        }
      });
    }
  });
}
