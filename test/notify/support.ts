/** Notices for tests, of which only a part matters. */

import { utc } from '../../src/lib/time.ts';
import type { Notice, NoticeState } from '../../src/notify/notice.ts';

export const notice = (state: NoticeState, router = 'web', more: Partial<Notice> = {}): Notice => ({
  router,
  vrid: 51,
  from: 'backup',
  state,
  reason: 'master-silent',
  detail: 'nobody was heard for 3.6s',
  priority: 100,
  at: utc(1_790_000_000_123_456),
  ...more,
});
