/** Scenarios that are the same on every run: none of them may trouble a checker, and each plays the same way every time. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SPEEDS } from './config.ts';
import { describeFinding } from './findings.ts';
import { type Outcome, runScenario } from './scenario.ts';
import type { Observer, SimEvent } from './trace.ts';
import { Transcript } from './transcript.ts';

const SEEDS = 300;
const GROUP_SEEDS = 30;

const outcomes: Outcome[] = [];

test(`no checker fires with the seeds 1 to ${SEEDS}`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const outcome = await runScenario(seed);
    outcomes.push(outcome);
    if (outcome.violation !== undefined) assert.fail(await describeFinding(outcome));
  }
});

test(`nor does any in a sync group with the seeds 1 to ${GROUP_SEEDS}`, async () => {
  const seen = new Set<string>();
  const observer: Observer = {
    kinds: ['stepped'],
    observe(event) {
      if (event.kind === 'stepped') seen.add(event.input.type);
    },
  };
  for (let seed = 1; seed <= GROUP_SEEDS; seed++) {
    const { violation } = await runScenario(seed, { grouped: true, observer });
    assert.equal(violation, undefined, `seed ${seed}`);
  }
  for (const input of ['rise', 'stepDown']) assert.ok(seen.has(input), input);
});

test('every advertisement interval was among them', () => {
  for (const { name } of SPEEDS)
    assert.ok(
      outcomes.some(({ speed }) => speed === name),
      name,
    );
});

test('one seed, one history, to the last event', async () => {
  const histories: string[] = [];
  for (const seed of [7, 7, 8]) {
    const transcript = new Transcript(Number.POSITIVE_INFINITY);
    await runScenario(seed, { observer: transcript });
    histories.push(transcript.lines.join('\n'));
  }
  assert.ok((histories[0]?.length ?? 0) > 10_000);
  assert.equal(histories[0], histories[1]);
  assert.notEqual(histories[0], histories[2]);
});

test('every kind of event, input and transition occurs', async () => {
  const seen = new Set<string>();
  const observer: Observer = {
    observe(event) {
      seen.add(event.kind);
      for (const word of wordsOf(event)) seen.add(word);
    },
  };
  for (let seed = 1; seed <= 40; seed++) await runScenario(seed, { observer });
  const expected =
    'blocked killed left unblocked swept expired deleted released accept checksum ttl own-address interval ' +
    'startup shutdown timeout advert parameters fault faultCleared addressLost effectFailed up down';
  const told = [
    'check true',
    'check false',
    'check undefined',
    'notice true',
    'notice false',
    'timeout false',
  ];
  const drains = ['drained', 'failed', 'cancelled', 'refused'].map(word => `drain ${word}`);
  for (const word of [...expected.split(' '), ...told, ...drains])
    assert.ok(seen.has(word), `never: ${word}`);
  for (const from of ['backup', 'master', 'fault'])
    for (const to of ['backup', 'master', 'fault', 'init'])
      if (`${from} ${to}` !== 'fault master')
        assert.ok(seen.has(`${from} to ${to}`), `never: ${from} to ${to}`);
});

function wordsOf(event: SimEvent): readonly string[] {
  switch (event.kind) {
    case 'removed':
      return [event.cause];
    case 'heard':
      return [event.received?.kind === 'discard' ? event.received.reason : 'accept'];
    case 'stepped':
      return [event.input.type, `${event.before.state.name} to ${event.after.state.name}`];
    case 'found':
      return [`${event.occasion} ${event.ok}`];
    case 'health':
      return [event.health];
    case 'drainEnded':
      return [`drain ${event.outcome}`];
    default:
      return [];
  }
}
