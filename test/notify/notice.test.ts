/** The words of keepalived's notify scripts. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { noticeState, notifyArguments } from '../../src/notify/notice.ts';
import { notice } from './support.ts';

it('a hook is called with TYPE NAME STATE PRIORITY', () => {
  const told = (['backup', 'master', 'fault', 'init'] as const).map(entered =>
    notifyArguments(notice(noticeState(entered), 'web', { priority: 98 })).join(' '),
  );
  assert.deepEqual(told, [
    'INSTANCE web BACKUP 98',
    'INSTANCE web MASTER 98',
    'INSTANCE web FAULT 98',
    'INSTANCE web STOP 98',
  ]);
});
