/** Which lines of a log are complaints, from logs that were seen. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CELLS } from './cells.ts';
import { isComplaintOfKeepalived, isWarningOfLocum, verdictOn } from './complaints.ts';

describe('a complaint', () => {
  test('of keepalived', () => {
    for (const line of [
      '(web) expected PASS authentication type but got type AH',
      '(web): received an invalid passwd!',
      '(web) Invalid VRRPv3 checksum',
      '(web) IPSEC-AH : sequence number 17 already processed. Packet dropped. Local(17)',
      '(web) ip address associated with VRID 51 not present in MASTER advert : 198.18.51.100 is missing',
    ])
      assert.ok(isComplaintOfKeepalived(line), line);
    for (const line of [
      '(web) Entering BACKUP STATE (init)',
      '(web) received lower priority (100) advert from 198.18.51.1 - discarding',
      'NOTICE: setting config option max_auto_priority should result in better keepalived performance',
    ])
      assert.ok(!isComplaintOfKeepalived(line), line);
  });

  test('of Locum', () => {
    for (const line of [
      '{"level":"warn","router":"web","reason":"checksum","msg":"a packet was dropped"}',
      '{"level":"error","msg":"the daemon ends"}',
      'Error: a stack trace',
    ])
      assert.ok(isWarningOfLocum(line), line);
    for (const line of [
      '{"level":"info","msg":"locum runs"}',
      '{"level":"warn","path":"vrrp.web.auth.type","msg":"pass does not protect"}',
      '',
    ])
      assert.ok(!isWarningOfLocum(line), line);
  });
});

describe('the verdict', () => {
  const ah = CELLS.find(({ protocol }) => protocol === 'v2 AH');
  const plain = CELLS.find(({ protocol }) => protocol === 'v2');
  assert.ok(ah !== undefined && plain !== undefined);
  const crossing = '(web) IPSEC-AH : sequence number 17 already processed. Packet dropped. Local(17)';

  test('nothing is well', () => assert.deepEqual(verdictOn([], plain), {}));

  test('what is known of a cell is told, and is no failure', () => {
    const { failure, known } = verdictOn([crossing, crossing], ah);
    assert.equal(failure, undefined);
    assert.equal(known?.length, 1);
  });

  test('in another cell it is one, and a counter that grew is one everywhere', () => {
    assert.equal(verdictOn([crossing], plain).failure, crossing);
    assert.equal(verdictOn(['discarded: 2 auth-replay'], ah).failure, 'discarded: 2 auth-replay');
  });
});
