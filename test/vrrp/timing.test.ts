/** The times of both versions in numbers. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { centiseconds, milliseconds, seconds } from '../../src/lib/time.ts';
import {
  handOverSkew,
  leaseSeconds,
  masterDownInterval,
  reassertSpacing,
  renewInterval,
  skewTime,
} from '../../src/vrrp/timing.ts';
import { parameters } from './support.ts';

test('version 2 skews in 256ths of a second, whatever the interval', () => {
  assert.equal(skewTime(2, 100, seconds(1)), 609_375);
  assert.equal(skewTime(2, 100, seconds(10)), 609_375);
  assert.equal(skewTime(2, 255, seconds(1)), 3_906);
});

test('version 3 skews in 256ths of the master interval', () => {
  assert.equal(skewTime(3, 100, seconds(1)), 609_375);
  assert.equal(skewTime(3, 100, seconds(10)), 6_093_750);
  assert.equal(skewTime(3, 254, centiseconds(1)), 78);
  assert.equal(skewTime(3, 1, seconds(1)), 996_094);
});

test('the master-down interval is three intervals and the skew', () => {
  assert.equal(masterDownInterval(3, 100, seconds(1)), 3_609_375);
  assert.equal(masterDownInterval(2, 200, seconds(5)), 15_218_750);
  assert.equal(masterDownInterval(3, 255, centiseconds(4095)), 123_009_961);
});

test('the hand-over skew is 40 µs a step of priority and 10.2 ms at most', () => {
  assert.equal(handOverSkew(3, 254, seconds(1)), 80);
  assert.equal(handOverSkew(3, 100, seconds(1)), 6_240);
  assert.equal(handOverSkew(2, 1, seconds(1)), 10_200);
});

test('the hand-over skew never exceeds what the RFC would wait', () => {
  assert.equal(handOverSkew(3, 100, centiseconds(1)), skewTime(3, 100, centiseconds(1)));
});

test('re-assertions are an interval apart, 100 ms at most', () => {
  assert.equal(reassertSpacing(seconds(1)), milliseconds(100));
  assert.equal(reassertSpacing(centiseconds(1)), milliseconds(10));
});

test('the lease is the master-down interval in whole seconds, two at least', () => {
  assert.equal(leaseSeconds(parameters()), 4);
  assert.equal(leaseSeconds(parameters({ advertisementInterval: centiseconds(1) })), 2);
  assert.equal(leaseSeconds(parameters({ advertisementInterval: seconds(10) })), 37);
});

test('a lease is renewed after a third, and an interval fits into the rest', () => {
  assert.equal(renewInterval(parameters()), 1_333_333);
  for (const interval of [centiseconds(1), centiseconds(50), seconds(1), seconds(40.95)]) {
    const p = parameters({ advertisementInterval: interval });
    assert.ok(renewInterval(p) + interval < leaseSeconds(p) * seconds(1), `${interval}`);
  }
});
