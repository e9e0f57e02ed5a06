/** Errors with a code, facts and a cause. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageOf, OperatingError } from '../../src/lib/errors.ts';

test('an operating error carries a stable code, the facts and the cause', () => {
  const cause = new Error('EPERM');
  const error = new OperatingError('raw-socket', 'no raw socket', { interface: 'eth0' }, cause);
  assert.ok(error instanceof Error);
  assert.equal(error.name, 'OperatingError');
  assert.equal(error.code, 'raw-socket');
  assert.deepEqual(error.context, { interface: 'eth0' });
  assert.equal(error.cause, cause);
  assert.equal('cause' in new OperatingError('x', 'y'), false);
});

test('anything that was thrown has a message', () => {
  assert.equal(messageOf(new Error('gone')), 'gone');
  assert.equal(messageOf('gone'), 'gone');
  assert.equal(messageOf(undefined), 'undefined');
});
