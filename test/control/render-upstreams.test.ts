/** What `locum upstreams` prints. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderUpstreams } from '../../src/control/render-upstreams.ts';
import type { UpstreamsStatus } from '../../src/control/status.ts';
import { SNAPSHOT } from './support.ts';

test('every container stands there: in, with its line, or out, with reason and fix', () => {
  const upstreams = SNAPSHOT.upstreams as UpstreamsStatus;
  const nameless = { upstream: null, container: 'x\u001b[2J', reason: 'names no upstream', fix: 'label it' };
  const text = renderUpstreams({ ...upstreams, leftOut: [...upstreams.leftOut, nameless] });
  assert.equal(
    text,
    `app (round_robin)
  in   app-1  198.18.51.20:8080 weight=5
  in   app-2  198.18.51.21:8080 backup
  out  db     label locum.port="x": must be 1 to 65535
              fix: correct its labels

empty (round_robin): no server, answers 502

In no upstream
  out  x?[2J  names no upstream
              fix: label it

Without a label that asks for it: cron

warning: container app-1: unknown label "locum.prot"; did you mean locum.port?
Rendered into /etc/nginx/locum/upstreams.conf`,
  );
});
