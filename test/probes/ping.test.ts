/** The ping tracker in virtual time, with a network of the test's making. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OperatingError } from '../../src/lib/errors.ts';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import { milliseconds, seconds } from '../../src/lib/time.ts';
import { type OpenEcho, PingProbe } from '../../src/probes/ping.ts';
import type { Outcome } from '../../src/tracking/tracker.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

function setUp(count = 3, replies = 1) {
  const clock = new VirtualClock();
  const sent: number[] = [];
  const net: { opened: number; refuse?: OperatingError; port?: Parameters<OpenEcho>[0] } = { opened: 0 };
  const open: OpenEcho = port => {
    if (net.refuse !== undefined) throw net.refuse;
    net.opened++;
    net.port = port;
    return {
      send: sequence => void sent.push(sequence),
      close: () => {
        net.opened--;
      },
    };
  };
  const address = '198.18.0.1' as IpAddress;
  const options = { address, count, replies, identifier: 7 };
  const probe = new PingProbe(options, open, clock);
  const abort = new AbortController();
  const begin = () => {
    const result: { outcome?: Outcome } = {};
    void probe.check(abort.signal, seconds(1)).then(outcome => {
      result.outcome = outcome;
    });
    return result;
  };
  return { clock, sent, net, begin, abort, answer: (sequence: number) => net.port?.onReply(sequence) };
}

describe('ping probe', () => {
  it('passes with the first answer where one is needed, and is done then', async () => {
    const { clock, sent, net, begin, answer } = setUp();
    const check = begin();
    assert.deepEqual(sent, [0], 'the first goes at once');
    await clock.pass(milliseconds(2));
    answer(0);
    await clock.pass(milliseconds(1));
    assert.deepEqual(check.outcome, { ok: true, detail: '198.18.0.1 answers, 1 of 3 within 2.0 ms' });
    assert.deepEqual([net.opened, clock.armed], [0, 0]);
  });

  it('spreads its requests, and fails shortly before the time is up with what it has', async () => {
    const { clock, sent, begin, answer } = setUp(3, 2);
    const check = begin();
    await clock.pass(milliseconds(299));
    assert.equal(sent.length, 1);
    await clock.pass(milliseconds(400));
    assert.equal(sent.length, 3);
    answer(2);
    answer(2);
    await clock.pass(milliseconds(202));
    assert.deepEqual(check.outcome, {
      ok: false,
      detail: '198.18.0.1: 1 of 3 answered, 2 needed',
    });
  });

  it('counts no late answer to the check before, nor a sequence it never sent', async () => {
    const { clock, sent, begin, answer } = setUp(2);
    begin();
    await clock.pass(seconds(1));
    const second = begin();
    answer(1);
    answer(4_000);
    await clock.pass(milliseconds(1));
    assert.deepEqual(Object.keys(second), []);
    answer(2);
    await clock.pass(milliseconds(1));
    assert.equal(second.outcome?.ok, true);
    assert.deepEqual(sent, [0, 1, 2]);
  });

  it('goes round when the sequence numbers are used up', async () => {
    const { clock, sent, begin, answer } = setUp(20);
    for (let round = 0; round < 3_276; round++) {
      const check = begin();
      answer(round * 20);
      await new Promise(resolve => setImmediate(resolve));
      assert.equal(check.outcome?.ok, true);
    }
    const check = begin();
    await clock.pass(seconds(1));
    assert.deepEqual(sent.slice(-4), [0, 1, 2, 3]);
    assert.equal(check.outcome?.ok, false);
  });

  it('says what the network says', async () => {
    const { clock, net, begin } = setUp(1);
    net.refuse = new OperatingError('ENETUNREACH', 'cannot reach 198.18.0.1: Network is unreachable');
    const refused = begin();
    await clock.pass(milliseconds(1));
    assert.deepEqual(refused.outcome, { ok: false, detail: net.refuse.message });
    delete net.refuse;
    const check = begin();
    net.port?.onError(new OperatingError('EHOSTUNREACH', 'no route to host'));
    await clock.pass(seconds(1));
    assert.match(check.outcome?.detail ?? '', /0 of 1 answered, 1 needed; no route to host/);
  });

  it('ends at the abort, and leaves nothing open', async () => {
    const { clock, net, begin, abort } = setUp();
    const check = begin();
    abort.abort();
    await clock.pass(milliseconds(1));
    assert.deepEqual(check.outcome, { ok: false, detail: 'no answer in time' });
    assert.deepEqual([net.opened, clock.armed], [0, 0]);
  });
});
