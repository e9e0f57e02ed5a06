/** The tables and what goes into them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cell, Run } from './cell.ts';
import { configuration } from './keepalived.ts';
import { median, worst } from './statistics.ts';
import { faultTable, loadTable } from './table.ts';
import { parseAdvert } from './wire.ts';

const TITLES = [
  { name: 'locum', title: 'Locum' },
  { name: 'keepalived', title: 'keepalived' },
] as const;

function cell(contender: Cell['contender'], fault: string, intervalMs: number, ...runs: Run[]): Cell {
  return { contender, fault, intervalMs, runs };
}

const run = (answerMs: number, rest: Partial<Run> = {}): Run => ({
  answerMs,
  advertMs: answerMs / 2,
  silenceMs: answerMs,
  lost: 3,
  ...rest,
});

test('contenders stand one above the other, faults in order, long intervals first', () => {
  const never = Number.POSITIVE_INFINITY;
  const lines = faultTable(
    [
      cell('locum', 'frozen', 1_000, run(3_100, { releasedMs: 4_100 })),
      cell('locum', 'nginx-killed', 10, run(9), run(12)),
      cell('locum', 'nginx-killed', 1_000, run(8), run(11), run(50)),
      cell('keepalived', 'frozen', 1_000, run(3_200, { releasedMs: never })),
      cell('keepalived', 'nginx-killed', 1_000, run(3_600), run(never)),
      cell('keepalived', 'nginx-killed', 10, run(500)),
    ],
    TITLES,
  );
  assert.deepEqual(lines, [
    'fault          adverts                 first answer    first advert   requests lost   old address gone',
    'nginx killed   1 s       Locum          11.0 / 50.0      5.5 / 25.0           3 / 3',
    '                         keepalived   never / never   never / never           3 / 3',
    'nginx killed   10 ms     Locum          10.5 / 12.0       5.3 / 6.0           3 / 3',
    '                         keepalived       500 / 500       250 / 250           3 / 3',
    'node frozen    1 s       Locum          3100 / 3100     1550 / 1550           3 / 3        4100 / 4100',
    '                         keepalived     3200 / 3200     1600 / 1600           3 / 3              stays',
  ]);
});

test('what a master costs', () => {
  const load = { routers: 255, allHeldMs: 5_149, cpuPercent: 3.21, packetsPerSecond: 255.04, leftBehind: 0 };
  const lines = loadTable(
    [
      { ...load, contender: 'locum', residentMib: 114.7, stoppedMs: 214 },
      { ...load, contender: 'keepalived', residentMib: 13.4, stoppedMs: 1_680 },
    ],
    TITLES,
  );
  assert.match(lines[1] ?? '', /^255 +Locum +3\.2 +115 +255 +5\.1 +0\.2$/);
  assert.match(lines[2] ?? '', /^ +keepalived +3\.2 +13 +255 +5\.1 +1\.7$/);
});

test('median and worst', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([1, Number.POSITIVE_INFINITY]), Number.POSITIVE_INFINITY);
  assert.equal(worst([1, 3, 2]), 3);
  assert.ok(Number.isNaN(median([])));
  assert.ok(Number.isNaN(worst([])));
});

test("tcpdump's lines are read, and others are not", () => {
  const line =
    '1795335507.486463 IP 198.18.51.12 > 224.0.0.18: VRRPv3, Advertisement, vrid 51, prio 100, intvl 100cs, length 12';
  assert.deepEqual(parseAdvert(line), { atUs: 1_795_335_507_486_463, source: '198.18.51.12', priority: 100 });
  assert.equal(
    parseAdvert('listening on lan0, link-type EN10MB (Ethernet), snapshot length 262144 bytes'),
    undefined,
  );
});

test('keepalived gets fractions of a second, and every virtual router its block', () => {
  const routers = [1, 2].map(vrid => ({ name: `vr${vrid}`, vrid, vip: `198.18.52.${vrid}/16` }));
  const text = configuration({ address: '198.18.51.11/16', intervalMs: 10, routers });
  assert.equal(text.match(/advert_int 0\.01$/gm)?.length, 2);
  assert.match(text, /vrrp_instance vr2 \{[^}]*virtual_router_id 2\n/);
});
