/**
 * Locum beside real keepalived, in every variant that both speak: each cell plays a pair on a LAN of its own. `npm test` plays a selection
 * in which any two values of the dimensions meet, `npm run test:full` every cell; both print the table.
 */

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { FULL } from '../support/full.ts';
import {
  KEEPALIVED_VERSIONS,
  type KeepalivedVersion,
  keepalivedOf,
  ON_THE_PATH,
  type Program,
} from '../support/keepalived-program.ts';
import { Lan } from '../support/lan.ts';
import { waitFor } from '../support/wait.ts';
import { CELLS, titleOf } from './cells.ts';
import { CHECKS } from './checks.ts';
import { judgeFrames } from './judge.ts';
import { pairwise } from './pairwise.ts';
import { play, wireOf } from './play.ts';
import { KeepalivedPlayer, LocumPlayer } from './players.ts';
import { HIGH, LOW } from './settings.ts';
import { draw, type Played } from './table.ts';

/** A cell waits most of its time: as many at once as keep two processors busy, and no more, for it also measures time. */
const SIDE_BY_SIDE = 8;

const programs = new Map<KeepalivedVersion, Program>();
before(async () => {
  for (const version of KEEPALIVED_VERSIONS) programs.set(version, await keepalivedOf(version));
});

const cells = FULL ? CELLS : pairwise(CELLS);
const title = FULL ? 'every cell of the matrix' : 'a selection in which all pairs of values meet';

test(title, { concurrency: SIDE_BY_SIDE }, async context => {
  const played: Played[] = [];
  await Promise.all(
    cells.map(cell =>
      context.test(titleOf(cell), async () => {
        const program = programs.get(cell.keepalived);
        assert.ok(program !== undefined);
        const outcome = await play(cell, program);
        played.push([cell, outcome]);
        const well = Object.fromEntries(CHECKS.map(check => [check, undefined]));
        assert.deepEqual(Object.fromEntries(CHECKS.map(check => [check, outcome[check]?.failure])), well);
      }),
    ),
  );
  for (const line of draw(played, CELLS)) context.diagnostic(line);
});

test('what is wrong would be seen: in both logs, and by tshark', async () => {
  const [pass, none] = (['v2 PASS', 'v2'] as const).map(protocol =>
    CELLS.find(cell => cell.protocol === protocol),
  );
  assert.ok(pass !== undefined && none !== undefined);
  const lan = await Lan.create();
  try {
    const capture = await lan.capture('ip');
    const [locum, keepalived] = await Promise.all([
      LocumPlayer.create(lan, pass, HIGH),
      KeepalivedPlayer.create(lan, none, LOW, ON_THE_PATH),
    ]);
    await Promise.all([locum.start(), keepalived.start()]);
    await waitFor(() => locum.complaints().length > 0 && keepalived.complaints().length > 0, {
      what: 'both complain',
      deadlineMs: 15_000,
      context: () => `${locum.log()}\n${keepalived.log()}`,
    });
    const wire = await wireOf(locum.host, keepalived.host, HIGH);
    await capture.stop();
    // Both have spoken, each in its own way.
    await assert.rejects(judgeFrames(capture.file, pass, wire), { name: 'AssertionError' });
  } finally {
    await lan.close();
  }
});
