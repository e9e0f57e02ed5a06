/** Questions to the daemon in virtual time: each gets its own answer, and none waits for ever. */

import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Questions } from '../../../src/app/views/questions.ts';
import { portable } from '../../../src/lib/portable-error.ts';
import { err, ok } from '../../../src/lib/result.ts';
import { milliseconds } from '../../../src/lib/time.ts';
import { SNAPSHOT } from '../../control/support.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

let clock: VirtualClock;
let posed: string[];
let questions: Questions;

beforeEach(() => {
  clock = new VirtualClock();
  posed = [];
  questions = new Questions((id, asked) => posed.push(`${id} ${asked}`), clock);
});

describe('a question', () => {
  it('gets its own answer, whatever the order', async () => {
    const first = questions.ask('health');
    const second = questions.ask('status');
    assert.deepEqual(posed, ['1 health', '2 status']);
    questions.answered({ type: 'answer', id: 2, answer: ok(SNAPSHOT) });
    questions.answered({ type: 'answer', id: 1, answer: ok({ ok: true, detail: 'running' }) });
    assert.deepEqual([(await first).detail, await second], ['running', SNAPSHOT]);
  });

  it('fails with the reason that the daemon gives', async () => {
    const asked = questions.ask('status');
    questions.answered({ type: 'answer', id: 1, answer: err(portable(new Error('netlink is closed'))) });
    await assert.rejects(asked, { message: 'netlink is closed' });
  });

  it('fails when nobody answers within two seconds, and what comes later is nobody’s', async () => {
    const first = assert.rejects(questions.ask('health'), {
      message: 'the event loop of the daemon has not answered for 2 s',
    });
    await clock.pass(milliseconds(2_000));
    await first;
    const second = questions.ask('health');
    questions.answered({ type: 'answer', id: 1, answer: ok({ ok: true, detail: 'late' }) });
    questions.answered({ type: 'answer', id: 2, answer: ok({ ok: true, detail: 'in time' }) });
    assert.equal((await second).detail, 'in time');
  });

  it('leaves no timer behind once it is answered', async () => {
    const asked = questions.ask('health');
    questions.answered({ type: 'answer', id: 1, answer: ok({ ok: true, detail: 'running' }) });
    await asked;
    assert.equal(clock.armed, 0);
  });
});
