/** A container that is sent the signal to end is out at once, and back when it survives or starts again. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ContainerAction, ContainerEvent } from '../../src/docker/events.ts';
import {
  forgetSurvivors,
  type Going,
  NOBODY_GOES,
  nextSurvival,
  noteEvent,
  whoGoes,
} from '../../src/docker/going.ts';
import { instant } from '../../src/lib/time.ts';

const at = (second: number) => instant(second * 1_000_000);
const event = (id: string, action: ContainerAction, signal?: string): ContainerEvent => ({
  id,
  name: id,
  action,
  signal,
  exitCode: undefined,
});
const after = (...events: readonly ContainerEvent[]): Going =>
  events.reduce((going, each) => noteEvent(going, each, at(0)), NOBODY_GOES);

describe('who goes', () => {
  it('is who was sent a signal that ends, not one that asks for something else', () => {
    const going = after(
      event('a', 'kill', '15'),
      event('b', 'kill', '1'),
      event('c', 'kill', '9'),
      event('d', 'pause'),
    );
    assert.deepEqual([...whoGoes(going, at(1))], ['a', 'c']);
  });

  it('is nobody who started again, or is gone', () => {
    for (const end of ['start', 'destroy'] as const)
      assert.equal(whoGoes(after(event('a', 'kill', '15'), event('a', end)), at(1)).size, 0);
    assert.equal(
      whoGoes(after(event('a', 'kill', '15'), event('a', 'die')), at(1)).size,
      1,
      'until a list says so',
    );
  });

  it('is nobody who survived for half a minute', () => {
    const going = after(event('a', 'kill', '15'));
    assert.equal(whoGoes(going, at(29)).size, 1);
    assert.equal(whoGoes(going, at(30)).size, 0);
    assert.equal(nextSurvival(going, at(29)), at(30));
    assert.equal(nextSurvival(going, at(30)), undefined);
    assert.equal(forgetSurvivors(going, at(29)), going);
    assert.equal(forgetSurvivors(going, at(30)).size, 0);
  });

  it('is who was sent what stops few images, and for little longer than a stop takes', () => {
    for (const signal of ['28', '37']) {
      const going = after(event('a', 'kill', signal));
      assert.equal(whoGoes(going, at(11)).size, 1, signal);
      assert.equal(whoGoes(going, at(12)).size, 0, signal);
    }
    const both = after(event('a', 'kill', '15'), event('a', 'kill', '28'));
    assert.equal(whoGoes(both, at(29)).size, 1, 'a doubt does not shorten what was sure');
    for (const reload of ['1', '10', '12', '18']) assert.equal(after(event('a', 'kill', reload)).size, 0);
  });

  it('is a bounded number', () => {
    const many = Array.from({ length: 5_000 }, (_, i) => event(`c${i}`, 'kill', '15'));
    assert.equal(after(...many).size, 4_096);
  });
});
