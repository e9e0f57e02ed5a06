/** The event log: bounded, numbered without gaps, told to whoever listens; and the line that people read. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Event, type News, renderEvent } from '../../src/control/event.ts';
import { EVENTS_KEPT, EventLog } from '../../src/control/event-log.ts';

const AT = '2026-01-31T12:00:00.000Z';
const NEWS: News = { kind: 'state', subject: 'web', text: 'web is master now', from: 'backup', to: 'master' };

test('events have a number and a time', () => {
  const log = new EventLog(() => AT);
  log.tell(NEWS);
  assert.deepEqual(log.recent(), [{ seq: 1, at: AT, ...NEWS }]);
});

test('the last are kept, oldest first, and numbers go on', () => {
  const log = new EventLog(() => AT);
  for (let at = 0; at < EVENTS_KEPT + 50; at++) log.tell(NEWS);
  const numbers = log.recent().map(({ seq }) => seq);
  assert.equal(numbers.length, EVENTS_KEPT);
  assert.deepEqual([numbers[0], numbers.at(-1)], [51, EVENTS_KEPT + 50]);
});

test('what was handed out does not change', () => {
  const log = new EventLog(() => AT);
  log.tell(NEWS);
  const before = log.recent();
  log.tell(NEWS);
  assert.equal(before.length, 1);
});

test('listeners hear every event from then on, until they end it', () => {
  const log = new EventLog(() => AT);
  const heard: Event[] = [];
  log.tell(NEWS);
  const end = log.subscribe(event => heard.push(event));
  log.tell(NEWS);
  end();
  log.tell(NEWS);
  assert.deepEqual(
    heard.map(({ seq }) => seq),
    [2],
  );
});

test('a line for people holds no control character of a stranger', () => {
  const event: Event = { seq: 1, at: AT, kind: 'docker', subject: 'a\u001bb', text: 'line\nbreak' };
  assert.equal(renderEvent(event), `${AT}  docker     a?b: line?break`);
});
