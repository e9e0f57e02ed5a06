/** Scenarios that are the same on every run: none of them may trouble a checker, and each plays the same way every time. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SPEEDS } from './config.ts';
import { describeFinding } from './findings.ts';
import { type Outcome, runScenario } from './scenario.ts';
import type { Observer } from './trace.ts';
import { Transcript } from './transcript.ts';

const SEEDS = 300;

const outcomes: Outcome[] = [];

test(`no checker fires with the seeds 1 to ${SEEDS}`, () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const outcome = runScenario(seed);
    outcomes.push(outcome);
    if (outcome.violation !== undefined) assert.fail(describeFinding(outcome));
  }
});

test('every advertisement interval was among them', () => {
  for (const { name } of SPEEDS)
    assert.ok(
      outcomes.some(({ speed }) => speed === name),
      name,
    );
});

test('one seed, one history, to the last event', () => {
  const histories = [7, 7, 8].map(seed => {
    const transcript = new Transcript(Number.POSITIVE_INFINITY);
    runScenario(seed, { observer: transcript });
    return transcript.lines.join('\n');
  });
  assert.ok((histories[0]?.length ?? 0) > 10_000);
  assert.equal(histories[0], histories[1]);
  assert.notEqual(histories[0], histories[2]);
});

test('every kind of event, input and transition occurs', () => {
  const seen = new Set<string>();
  const observer: Observer = {
    observe(event) {
      seen.add(event.kind);
      if (event.kind === 'ends' && event.failure !== undefined) seen.add(`${event.operation} fails`);
      if (event.kind === 'removed') seen.add(event.cause);
      if (event.kind === 'heard')
        seen.add(event.received?.kind === 'discard' ? event.received.reason : 'accept');
      if (event.kind !== 'stepped') return;
      seen.add(event.input.type);
      seen.add(`${event.before.state.name} to ${event.after.state.name}`);
    },
  };
  for (let seed = 1; seed <= 40; seed++) runScenario(seed, { observer });
  const expected =
    'blocked killed left unblocked swept expired deleted released accept checksum ttl own-address interval ' +
    'startup shutdown timeout advert parameters fault faultCleared addressLost effectFailed';
  for (const word of expected.split(' ')) assert.ok(seen.has(word), `never: ${word}`);
  for (const from of ['backup', 'master', 'fault'])
    for (const to of ['backup', 'master', 'fault', 'init'])
      if (`${from} ${to}` !== 'fault master')
        assert.ok(seen.has(`${from} to ${to}`), `never: ${from} to ${to}`);
});
