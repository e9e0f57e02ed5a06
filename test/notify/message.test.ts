/** The JSON of a webhook: its fields, and that its id is one of a kind. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { messageId, messageJson } from '../../src/notify/message.ts';
import { notice } from './support.ts';

const TELLER = { node: 'node-a', series: '7c0e' };

it('a message says all that is known of the change, in one object', () => {
  const message = { notice: notice('master'), seq: 7, folded: 2 };
  assert.deepEqual(JSON.parse(messageJson(message, TELLER, '2026-09-21T14:13:20.123Z')), {
    version: 1,
    id: '7c0e-7',
    seq: 7,
    folded: 2,
    node: 'node-a',
    router: 'web',
    vrid: 51,
    from: 'backup',
    state: 'master',
    reason: 'master-silent',
    priority: 100,
    at: '2026-09-21T14:13:20.123Z',
    text: 'web on node-a is master now: nobody was heard for 3.6s',
  });
});

it('a router that was stopped is stopped', () => {
  const { text } = JSON.parse(messageJson({ notice: notice('stop'), seq: 1, folded: 0 }, TELLER, ''));
  assert.match(text, /^web on node-a is stopped now: /);
});

it('two messages of a series, and of two series, have different ids', () => {
  const ids = [messageId(TELLER, 1), messageId(TELLER, 2), messageId({ ...TELLER, series: '7c0f' }, 1)];
  assert.equal(new Set(ids).size, 3);
});
