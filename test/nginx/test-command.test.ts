/** How a running nginx is asked to test its configuration: its own arguments again, or nothing. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TITLE_LIMIT } from '../../src/lib/process-table.ts';
import { testCommand } from '../../src/nginx/test-command.ts';

const of = (title: string) => testCommand({ pid: 7, title });
const TEST = ['/proc/7/exe', '-t', '-q'];

describe('the test of a running nginx', () => {
  it('has the arguments that it was started with', () => {
    assert.deepEqual(of('nginx: master process nginx'), TEST);
    assert.deepEqual(of('nginx: master process /usr/sbin/nginx -g daemon off;'), [
      ...TEST,
      '-g',
      'daemon off;',
    ]);
    assert.deepEqual(
      of('nginx: master process nginx -p /srv -c /srv/a.conf -g daemon off; user www; -e stderr'),
      [...TEST, ...['-p', '/srv', '-c', '/srv/a.conf', '-g', 'daemon off; user www;', '-e', 'stderr']],
    );
  });

  it('is not run when they are not told for sure', () => {
    for (const title of [
      'nginx: worker process',
      'nginx',
      '',
      'nginx: master process nginx -c nginx.conf',
      'nginx: master process nginx -p srv',
      'nginx: master process nginx -c',
      'nginx: master process nginx -c -p /srv',
      'nginx: master process nginx -g',
      'nginx: master process nginx -c/etc/a.conf',
      'nginx: master process nginx stop',
      `nginx: master process nginx -g ${'x'.repeat(TITLE_LIMIT)}`,
    ])
      assert.equal(of(title), undefined, title);
  });
});
