/** The settings of a drain. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configOf, load, onlyProblem, SMALLEST } from './support.ts';

test('are read from every source', () => {
  const { drain } = configOf({
    environment: { ...SMALLEST, LOCUM_DRAIN__STATE_FILE: '/state/drained' },
    yaml: 'drain: {hold: 250ms}',
  });
  assert.deepEqual(drain, { hold: 250_000, stateFile: '/state/drained' });
});

test('a hold has a bound: nobody may be held off for long', () => {
  const fault = (hold: string) =>
    onlyProblem(load({ environment: { ...SMALLEST, LOCUM_DRAIN__HOLD: hold } }).problems, 'drain.hold').what;
  assert.match(fault('11s'), /^must be a time longer than zero and at most 10s/);
  assert.match(fault('0s'), /^must be a time longer than zero and at most 10s/);
  assert.match(fault('500'), /^needs a unit/);
});

test('the state file is a file with an absolute path', () => {
  for (const path of ['drained.json', '/var/lib/', '/'])
    onlyProblem(
      load({ environment: { ...SMALLEST, LOCUM_DRAIN__STATE_FILE: path } }).problems,
      'drain.state-file',
    );
});
