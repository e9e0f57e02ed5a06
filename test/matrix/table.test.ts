/** The table as it is printed: what went well, what failed, what was not reached, what was not chosen, what cannot be. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CELLS, type Cell } from './cells.ts';
import { CHECKS, type Outcome } from './checks.ts';
import { draw } from './table.ts';

const WELL: Outcome = Object.fromEntries(CHECKS.map(check => [check, {}]));

function cellOf(part: Partial<Cell>): Cell {
  const found = CELLS.find(cell => Object.entries(part).every(([name, value]) => cell[name] === value));
  assert.ok(found !== undefined);
  return found;
}

test('a selection', () => {
  const lines = draw(
    [
      [
        cellOf({ protocol: 'v2', vmac: 'no VMAC', role: 'master', keepalived: '2.2.7' }),
        { ...WELL, 'handed over': { seconds: 0.614 }, 'took over': { seconds: 3.2 } },
      ],
      [
        cellOf({ protocol: 'v3 rfc9568', vmac: 'VMAC', role: 'backup' }),
        {
          elected: {},
          'handed over': {
            failure: 'not within 5000 ms: it became master\nwhat it said\nand more\nand too much',
          },
          'no complaint': { known: ['it is known'] },
          tshark: {},
        },
      ],
    ],
    CELLS,
  );
  assert.deepEqual(lines, [
    '1 elected   2 handed over   3 came back   4 took over   5 no complaint   6 tshark',
    '✔ well   ✖ FAILED   – not reached   · not chosen',
    '',
    'Locum is                                              master        backup        master        backup',
    'beside keepalived                                     2.2.7         2.2.7         2.3.3         2.3.3',
    '                                                      1 2 3 4 5 6   1 2 3 4 5 6   1 2 3 4 5 6   1 2 3 4 5 6',
    'v2              IPv4  group    no VMAC                ✔ ✔ ✔ ✔ ✔ ✔   · · · · · ·   · · · · · ·   · · · · · ·',
    'v3 rfc9568      IPv4  group    VMAC                                               · · · · · ·   ✔ ✖ – – ✔ ✔',
    '',
    'handed over after 0.61 to 0.61 s',
    'took over after 3.20 to 3.20 s',
    'known, in 1: it is known',
    '✖ v3 rfc9568, IPv4, group, VMAC: Locum is backup, keepalived 2.3.3: handed over: not within 5000 ms: it became master',
    '    what it said',
    '    and more',
  ]);
});

test('all of it says what cannot be', () => {
  const lines = draw(
    CELLS.map(cell => [cell, WELL]),
    CELLS,
  );
  assert.equal(lines.filter(line => line.startsWith('no cell: ')).length, 5);
  assert.doesNotMatch(lines.slice(3).join('\n'), /[·–✖]/);
});
