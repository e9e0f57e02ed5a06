/** The kernel's tables as they are printed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultRoutesOf, listenersOn } from '../../src/doctor/proc-net.ts';
import { ip, VIP } from './support.ts';

const HEADING =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const line = (at: number, local: string, state: string): string =>
  `   ${at}: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 1234 1`;

test('listeners on an address: not those on every address, not connections', () => {
  const table = [
    HEADING,
    line(0, '643312C6:0050', '0A'),
    line(1, '00000000:0050', '0A'),
    line(2, '643312C6:01BB', '01'),
    line(3, '643312C6:0050', '0A'),
  ].join('\n');
  assert.deepEqual(listenersOn(table, [ip(VIP)], true), [`${VIP}:80`]);
  assert.deepEqual(listenersOn(table, [ip(VIP)], false), []);
  assert.deepEqual(listenersOn(line(0, 'C6123364:0050', '0A'), [ip(VIP)], false), [`${VIP}:80`]);
});

test('default routes: destination and mask are zero', () => {
  const table = [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
    'eth0\t00000000\t013312C6\t0003\t0\t0\t0\t00000000\t0\t0\t0',
    'eth1\t003312C6\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    'eth0\t00000000\t023312C6\t0003\t0\t0\t9\t00000000\t0\t0\t0',
  ].join('\n');
  assert.deepEqual(defaultRoutesOf(table), ['eth0']);
  assert.deepEqual(defaultRoutesOf(''), []);
});
