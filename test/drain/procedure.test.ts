/** The drain, step by step: what it does in which order, and what it says when something does not work out. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DrainInput } from '../../src/drain/state.ts';
import { Walk } from './support.ts';

const quiet = { handshakes: 0, queued: 0, connections: 0 };
const busy = { ...quiet, connections: 3 };
const looked = (census: typeof quiet): DrainInput => ({ type: 'looked', census });

describe('between two Locum nodes', () => {
  test('new connections are held off, old ones end, priority 1, the address goes, the hold goes', () => {
    const walk = new Walk({ masters: ['web'], others: ['spare'] });
    assert.deepEqual(walk.take(), ['stand spare away', 'holdOff 750ms']);
    walk.at(8).answer('heldOff');
    assert.deepEqual(walk.take(), []);
    // Twenty milliseconds for requests on their way.
    walk.timeout();
    assert.equal(walk.nowMs, 28);
    assert.deepEqual(walk.take(), ['look']);
    walk.at(29).feed(looked({ ...busy, handshakes: 1 }));
    walk.timeout();
    assert.deepEqual([walk.nowMs, walk.take()], [39, ['look']]);
    walk.at(40).feed(looked(busy));
    assert.deepEqual(walk.take(), ['reload', 'look']);
    walk.at(41).feed(looked(busy));
    walk.at(45).answer('reloaded');
    walk.timeout();
    assert.deepEqual([walk.nowMs, walk.take()], [51, ['look']]);
    walk.at(52).feed(looked(quiet));
    assert.deepEqual(walk.take(), ['stand web yielding']);
    walk.at(60).left('web');
    assert.deepEqual(walk.take(), ['stand web away', 'letIn', 'save']);
    walk.at(61).answer('saved');
    assert.deepEqual(walk.take(), []);
    walk.at(70).answer('letIn');
    assert.deepEqual(walk.take(), ['finish drained']);
    assert.equal(walk.state.name, 'drained');
    assert.deepEqual(walk.outcome?.warnings, []);
  });

  test('several virtual routers go one by one, and the hold ends with the last', () => {
    const walk = yielded({ masters: ['web', 'mail'] });
    walk.left('mail');
    assert.deepEqual(walk.take(), ['stand mail away']);
    walk.left('mail');
    assert.deepEqual(walk.take(), []);
    walk.left('web');
    assert.deepEqual(walk.take(), ['stand web away', 'letIn', 'save']);
  });

  test('an address that leaves by itself, before it was offered, is gone as well', () => {
    const walk = new Walk({ masters: ['web'] });
    walk.at(3).left('web');
    assert.deepEqual(walk.take(), ['holdOff 750ms', 'stand web away', 'letIn', 'save']);
    // The answer to the hold comes after it is over.
    walk.answer('heldOff');
    walk.answer('letIn').answer('saved');
    assert.equal(walk.outcome?.kind, 'drained');
  });
});

test('a node that holds nothing is kept away at once', () => {
  const walk = new Walk({ masters: [], others: ['web'] });
  assert.deepEqual(walk.take(), ['stand web away', 'save']);
  walk.answer('saved');
  assert.deepEqual(walk.take(), ['finish drained']);
  assert.match(walk.outcome?.text ?? '', /did not hold the addresses/);
});

describe('a limit passes', () => {
  test('handshakes that do not end: nginx is told all the same', () => {
    const walk = new Walk({ masters: ['web'] });
    walk.answer('heldOff');
    walk.whileBusy({ ...quiet, handshakes: 1 }, 'emptying');
    assert.equal(walk.nowMs, 100);
  });

  test('what no server accepts: it is waited for before nginx is told, not after', () => {
    const walk = new Walk({ masters: ['web'] });
    walk.answer('heldOff');
    walk.whileBusy({ ...quiet, queued: 1 }, 'yielding');
    assert.equal(walk.nowMs, 100);
    assert.deepEqual(walk.warnings, []);
  });

  test('connections that do not end: the addresses go, and how many were cut is told', () => {
    const walk = new Walk({ masters: ['web'] });
    walk.answer('heldOff');
    walk.whileBusy(busy, 'yielding');
    assert.equal(walk.nowMs, 500);
    assert.deepEqual(walk.warnings, ['3 connections were still open when the time for them was over']);
  });

  test('a packet filter that does not answer', () => {
    const walk = new Walk({ masters: ['web'] });
    walk.take();
    walk.timeout();
    assert.deepEqual([walk.nowMs, walk.take()], [500, ['stand web yielding']]);
    assert.deepEqual(walk.warnings, ['the packet filter did not answer in time']);
  });

  test('a peer that waits out its timer: connections are let in again meanwhile', () => {
    const walk = yielded({ masters: ['web'] });
    walk.timeout();
    assert.deepEqual([walk.nowMs, walk.take()], [750, ['letIn']]);
    walk.answer('letIn');
    walk.timeout();
    assert.match(walk.said.at(-1) ?? '', /^nobody took over yet: waiting for 1s of at most 5s$/);
    walk.at(3_600).left('web');
    assert.deepEqual(walk.take(), ['stand web away', 'letIn', 'save']);
  });
});

describe('nobody takes over', () => {
  test('the priority comes back, and it says why that may be', () => {
    const walk = yielded({ masters: ['web'] });
    const begunMs = walk.nowMs;
    walk.untilState('idle');
    assert.equal(walk.nowMs, begunMs + 5_000);
    assert.deepEqual(walk.take(), ['letIn', 'stand all full', 'letIn', 'finish failed']);
    assert.equal(walk.outcome?.kind, 'failed');
    assert.match(
      walk.outcome?.text ?? '',
      /took over web within 5s .*no other node runs.*preempt: false.*--force/,
    );
  });

  test('forced: it resigns, and warns', () => {
    const walk = yielded({ masters: ['web'], force: true });
    walk.untilState('resigning');
    assert.deepEqual(walk.take(), ['letIn', 'stand web away']);
    walk.left('web').answer('letIn').answer('saved');
    assert.equal(walk.outcome?.kind, 'drained');
    assert.match(walk.warnings.join(), /nobody may serve them/);
  });
});

describe('without', () => {
  test('a packet filter: the rest is done, and told', () => {
    const walk = new Walk({ masters: ['web'] });
    walk.answer('heldOff', 'no nft').untilLook().feed(looked(quiet)).feed(looked(quiet)).left('web');
    walk.answer('letIn').answer('saved');
    assert.deepEqual([walk.outcome?.kind, walk.outcome?.warnings], ['drained', ['no nft']]);
  });

  test('a view of the connections: they get the time that they may take', () => {
    const blind: DrainInput = { type: 'looked', census: undefined, problem: 'cannot look' };
    const walk = new Walk({ masters: ['web'] });
    walk.answer('heldOff').untilLook().feed(blind).feed(blind);
    assert.equal(walk.state.name, 'emptying');
    walk.timeout();
    assert.deepEqual([walk.nowMs, walk.state.name, walk.warnings], [500, 'yielding', ['cannot look']]);
  });

  test('nginx: the connections are watched all the same', () => {
    const walk = new Walk({ masters: ['web'] });
    walk.answer('heldOff').untilLook().feed(looked(quiet)).answer('reloaded', 'no nginx').feed(looked(quiet));
    assert.deepEqual([walk.state.name, walk.warnings], ['yielding', ['no nginx']]);
  });

  test('a place to write: the node is drained, and a restart will forget it', () => {
    const walk = yielded({ masters: ['web'] });
    walk.left('web').answer('saved', 'read-only').answer('letIn');
    assert.deepEqual([walk.outcome?.kind, walk.outcome?.warnings], ['drained', ['read-only']]);
  });
});

describe('undrain', () => {
  test('brings a drained node back', () => {
    const walk = yielded({ masters: ['web'] });
    walk.left('web').answer('saved').answer('letIn').take();
    walk.feed({ type: 'undrain' });
    assert.deepEqual(walk.take(), ['stand all full', 'forget']);
    assert.equal(walk.state.name, 'idle');
  });

  test('cancels a drain at any step', () => {
    const steps: ((walk: Walk) => unknown)[] = [
      () => {},
      walk => walk.answer('heldOff'),
      walk => walk.answer('heldOff').untilLook().feed(looked(quiet)),
      walk => walk.answer('heldOff').untilLook().feed(looked(quiet)).feed(looked(quiet)),
      walk => walk.left('web'),
    ];
    for (const advance of steps) {
      const walk = new Walk({ masters: ['web'] });
      advance(walk);
      const { name } = walk.state;
      walk.take();
      walk.feed({ type: 'undrain' });
      assert.deepEqual(walk.take(), ['stand all full', 'forget', 'letIn', 'finish cancelled'], name);
      assert.equal(walk.state.name, 'idle');
    }
  });
});

/** A drain that has come as far as priority 1. */
function yielded(begin: ConstructorParameters<typeof Walk>[0]): Walk {
  const walk = new Walk(begin);
  walk.answer('heldOff').untilLook().feed(looked(quiet)).feed(looked(quiet));
  assert.equal(walk.state.name, 'yielding');
  walk.take();
  return walk;
}
