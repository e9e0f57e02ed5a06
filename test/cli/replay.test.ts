/** `locum replay` and `run --record` at the command line: what is shown, which end is which, and one clear answer to each bad input. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { ROOT } from '../support/paths.ts';
import { locum, SMALLEST } from './support.ts';

const HAND_OVER = join(ROOT, 'test', 'vrrp', 'recordings', 'hand-over-node-a.jsonl');
const whole = readFileSync(HAND_OVER, 'utf8');
const lines = whole.trimEnd().split('\n');

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'locum-replay-'));
  path = join(folder, 'web.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function written(text: string, to = path): string {
  writeFileSync(to, text);
  return to;
}

describe('shows', () => {
  test('what changed something, with time, reason and effects', async () => {
    const { code, out, err } = await locum(['replay', HAND_OVER]);
    assert.equal(code, 0, err);
    assert.match(out, /^\S+ +\+0\.000000 {2}-- recorded on node-a by Locum \S+ from \S+Z on\n/);
    assert.match(out, / web: priority 100 -> 70 \[advertise 70\]\n/);
    assert.match(
      out,
      / web: master -> backup \(higher-priority\): 198\.18\.51\.12 advertises 98, we 70 \[release, advertise 0\]\n/,
    );
    assert.match(out, / tracker nginx: nginx is down: /);
    assert.match(
      out,
      /\n-- \d+ inputs, the last \S+ s after the beginning: the replay agrees with what was recorded\n$/,
    );
    const { out: all } = await locum(['replay', '--all', HAND_OVER]);
    assert.ok(all.split('\n').length > out.split('\n').length);
  });

  test('the same as JSON lines', async () => {
    const { code, out } = await locum(['replay', '--json', '--all', HAND_OVER]);
    assert.equal(code, 0);
    const told = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>);
    assert.equal(told.length, lines.length + 1);
    assert.ok(told.some(({ from, to, agrees }) => from === 'master' && to === 'backup' && agrees === true));
    const inputs = told.filter(({ kind }) => kind === 'step').length;
    assert.deepEqual(told.at(-1), { kind: 'summary', routers: ['web'], inputs, differences: 0 });
  });

  test('standard input', async () => {
    const { code, out } = await locum(['replay', '-'], { stdin: whole });
    assert.equal(code, 0);
    assert.match(out, /agrees/);
  });

  test('a part of it, by time since the beginning, and one virtual router', async () => {
    const { out: late } = await locum(['replay', '--from', '1s', '--router', 'web', HAND_OVER]);
    assert.doesNotMatch(late, /init -> backup/);
    assert.match(late, /master -> backup/);
    const { out: early } = await locum(['replay', '--until', '1s', HAND_OVER]);
    assert.match(early, /init -> backup/);
    assert.doesNotMatch(early, /master -> backup/);
    const { out: none } = await locum(['replay', '--from', '2099-01-01T00:00:00Z', HAND_OVER]);
    assert.equal(none, '-- no input in it\n');
  });

  test('no control character of a foreign text, and no line that it would make', async () => {
    const note = `{"kind":"note","at":1,"about":"tracker","subject":"x","text":"\\u001b[31mred\\n-- agrees"}\n`;
    const header = String(lines[0]).replace(/"version":"/, '"version":"\\u001b[2J');
    const input = String(lines.at(-1)).replace(/"effects":\[[^\]]*\]/, '"effects":["\\nadvertise"]');
    const { code, out } = await locum([
      'replay',
      written(`${[header, ...lines.slice(1, -1), input].join('\n')}\n${note}`),
    ]);
    assert.equal(code, 1);
    assert.match(out, /tracker x: \?\[31mred\?-- agrees\n/);
    assert.match(out, /\n {2}DIFFERS in line \d+\n {4}recorded: .*\?advertise\n {4}replayed: /);
    assert.match(out, /recorded by \?\[2J/);
    assert.doesNotMatch(out, /(?!\n)\p{Cc}/u);
  });
});

describe('a time that no clock shows', () => {
  for (const [what, time, shown] of [
    ['beyond four digits of a year', '+275760-09-13T00:00:00.000Z', '23:59:59.000000'],
    ['before the first year', '-271821-04-20T00:00:00.000Z', '00:00:00.000000'],
  ])
    test(`${what} is shown as the nearest that one does`, async () => {
      const header = String(lines[0]).replace(/"time":"[^"]*"/, `"time":"${time}"`);
      const { code, out } = await locum(['replay', written(`${[header, ...lines.slice(1)].join('\n')}\n`)]);
      assert.equal(code, 0);
      assert.ok(out.startsWith(`${shown}      +0.000000  -- recorded on node-a `), out.slice(0, 100));
    });
});

describe('a recording that ends early is shown as far as it goes', () => {
  test('in the middle of a line', async () => {
    const { code, out } = await locum(['replay', written(whole.slice(0, -30))]);
    assert.equal(code, 0);
    assert.match(out, new RegExp(`-- the recording ends in the middle of line ${lines.length}\n`));
    assert.match(out, /agrees/);
  });

  test('in a rotation: the predecessor is there alone', async () => {
    renameSync(written(whole), `${path}.1`);
    const { code, out } = await locum(['replay', path]);
    assert.equal(code, 0);
    assert.match(out, /^-- there is no .*web\.jsonl, it ended in a rotation: this is .*web\.jsonl\.1\n/);
    assert.match(out, /agrees/);
  });

  test('before its first input', async () => {
    for (const text of ['', `${lines[0]}\n`]) {
      const { code, out } = await locum(['replay', written(text)]);
      assert.equal(code, 0);
      assert.match(out, /-- no input in it\n$/);
    }
  });
});

describe('a difference', () => {
  const changed = lines.map(line => line.replaceAll('"advertise 70"', '"advertise 71"')).join('\n');

  test('is shown where it arises, and exits with 1', async () => {
    const { code, out } = await locum(['replay', written(`${changed}\n`)]);
    assert.equal(code, 1);
    const at = lines.findIndex(line => line.includes('"advertise 70"')) + 1;
    assert.match(
      out,
      new RegExp(`\n {2}DIFFERS in line ${at}\n {4}recorded: .*advertise 71\n {4}replayed: .*advertise 70\n`),
    );
    assert.match(out, /: 1 DIFFER from what was recorded; it was recorded by \S+, this is 9\.8\.7\n$/);
  });

  test('is a bug when both are of one version', async () => {
    const same = changed.replace(/"version":"[^"]+"/, '"version":"9.8.7"');
    const { out } = await locum(['replay', written(`${same}\n`)]);
    assert.match(out, /both are of this version, so this is a bug: please report it with the recording\n$/);
  });
});

describe('is refused with one line', () => {
  const cases: readonly (readonly [what: string, text: string, error: RegExp])[] = [
    [
      'no JSON',
      `${lines[0]}\n{"kind":\n${lines[1]}\n`,
      /^error: .*web\.jsonl:2: the line is no JSON; it was recorded by /,
    ],
    [
      'an input of a later version',
      `${String(lines[0]).replace(/"version":"[^"]*"/, '"version":"10.0.0"')}\n${String(lines[4]).replace('"startup"', '"thaw"')}\n`,
      /:2: the line cannot be read: input\.type is "thaw", not one of startup, .*; it was recorded by 10\.0\.0, this is 9\.8\.7\n$/,
    ],
    [
      'a line that is broken in the middle of a recording of this version',
      `${String(lines[0]).replace(/"version":"[^"]*"/, '"version":"9.8.7"')}\n${String(lines[1]).slice(0, 50)}\n${lines[2]}\n`,
      /^error: .*web\.jsonl:2: the line is no JSON\n$/,
    ],
    [
      'another format, without a line break',
      (lines[0] ?? '').replace('"format":1', '"format":7'),
      /^error: .*:1: the line is of format 7, this version reads 1: replay it with the Locum that wrote it\n$/,
    ],
    [
      'another format in a whole line',
      `${(lines[0] ?? '').replace('"format":1', '"format":7')}\n`,
      /^error: .*:1: the line is of format 7, this version reads 1: replay it with the Locum that wrote it\n$/,
    ],
    [
      'no header',
      `${lines[1]}\n`,
      /^error: .*:1: the line comes before any header: the beginning .* is missing\n$/,
    ],
    [
      'a line without end',
      'x'.repeat(3_000_000),
      /line 1 is longer than 1 MiB: this is no recording of Locum\n$/,
    ],
  ];
  for (const [what, text, error] of cases)
    test(what, async () => {
      const { code, err } = await locum(['replay', written(text)]);
      assert.match(err, error);
      assert.equal(code, 2);
    });

  test('a file that is not there, a folder, an unknown virtual router, a time that is none', async () => {
    const tries: readonly (readonly [readonly string[], RegExp])[] = [
      [[path], /^error: .*web\.jsonl cannot be read: ENOENT/],
      [[folder], /^error: .* cannot be read: EISDIR/],
      [['--router', 'mail', HAND_OVER], /^error: there is no virtual router mail in it; there is web\n$/],
      [['--from', 'noon', HAND_OVER], /^error: --from noon is no time: 90s since the first line, /],
    ];
    for (const [args, error] of tries) {
      const { code, err } = await locum(['replay', ...args]);
      assert.match(err, error);
      assert.equal(code, 2);
    }
  });
});

describe('run --record', () => {
  const environment = { ...SMALLEST, LOCUM_DOCKER__ENABLED: 'false', LOCUM_TRACK__X__TYPE: 'docker' };

  test('opens the file before the daemon starts, for its owner alone', async () => {
    const { started, code } = await locum(['run', '--record', path], { environment: SMALLEST });
    assert.equal(code, 0);
    assert.ok(started?.context.recording);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  test('of a file that is something else: refused, and not touched', async () => {
    const { started, code, err } = await locum(['run', '--record', written('precious')], {
      environment: SMALLEST,
    });
    assert.equal(code, 2);
    assert.equal(started, undefined);
    assert.match(err, /is there already and is no recording of Locum; name another file/);
    assert.equal(readFileSync(path, 'utf8'), 'precious');
  });

  test('with a configuration that is refused: no file', async () => {
    const { code } = await locum(['run', '--record', path], {
      environment: { ...environment, LOCUM_VRID: '0' },
    });
    assert.equal(code, 2);
    assert.throws(() => statSync(path));
  });

  test('not asked for: none', async () => {
    const { started } = await locum(['run'], { environment: SMALLEST });
    assert.equal(started?.context.recording, undefined);
  });
});
