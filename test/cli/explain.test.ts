/**
 * `locum explain` over files. Each case under explain/ is a file to read: the nodes' files, the command, and what it prints.
 * `LOCUM_REWRITE=1` writes the answers anew; read the difference.
 */

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ROOT } from '../support/paths.ts';
import { locum, type Outcome } from './support.ts';

const CASES = join(ROOT, 'test', 'cli', 'explain');

/** Files are named as a user names them: from the folder in which they lie. */
let folder = '';
const home = process.cwd();
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'locum-explain-test-'));
  process.chdir(folder);
});
after(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

/** Words in quotes are one. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}

/** The environment must not matter. */
async function explain(command: string): Promise<Outcome> {
  return locum(['explain', ...wordsOf(command)], { environment: { LOCUM_PRIORITY: '7', LOCUM_VRID: '0' } });
}

function write(name: string, content: string): void {
  writeFileSync(join(folder, name), content);
}

/** Sections that begin with `== name`: files, then commands with their answers. */
async function answered(text: string): Promise<string> {
  const parts = text.split(/^== /m).slice(1);
  const answers = await parts.reduce<Promise<string[]>>(async (earlier, part) => {
    const done = await earlier;
    const [title = '', ...lines] = part.split('\n');
    if (title.startsWith('locum explain ')) {
      const { out, err } = await explain(title.slice('locum explain '.length));
      for (const line of out.split('\n')) assert.ok(line.length <= 100, `too wide: ${line}`);
      return [...done, `== ${title}\n${err}${out}`];
    }
    write(title, lines.join('\n'));
    return [...done, `== ${part}`];
  }, Promise.resolve([]));
  return answers.join('');
}

describe('explain', () => {
  for (const name of readdirSync(CASES).sort())
    it(`answers ${name}`, async () => {
      const path = join(CASES, name);
      const written = readFileSync(path, 'utf8');
      const answer = await answered(written);
      if (process.env['LOCUM_REWRITE'] === '1') writeFileSync(path, answer);
      else assert.equal(answer, written);
    });
});

interface Answer {
  readonly vrid: number;
  readonly usualMaster: string;
  readonly folded: number;
  readonly rows: readonly unknown[];
}

const NODE = 'vrid: 51\nvip: 198.18.51.100/24\n';

describe('explain --json', () => {
  it('is the whole table, and nothing secret', async () => {
    const secret = 'version: 2\nauth: { type: pass, password: geheim }\n';
    write('a.yaml', `${NODE}${secret}priority: 100\n`);
    write('b.yaml', `${NODE}${secret}priority: 98\n`);
    const { code, out, err } = await explain('a.yaml b.yaml --json');
    assert.deepEqual([code, err], [0, '']);
    assert.ok(!out.includes('geheim'));
    const { ok, routers } = JSON.parse(out) as { ok: boolean; routers: Answer[] };
    assert.equal(ok, true);
    const [router] = routers;
    assert.deepEqual([router?.vrid, router?.usualMaster, router?.folded], [51, 'a', 0]);
    assert.deepEqual(router?.rows[1], {
      failures: [{ node: 'a', tracker: 'nginx' }],
      standings: [
        { node: 'a', priority: 70, absent: null },
        { node: 'b', priority: 98, absent: null },
      ],
      master: 'b',
      cause: 'sank',
      why: 'sinks below: 70 < 98',
      handOverMs: { least: 6.32, typical: 6.32, worst: 11.32 },
      otherwise: [],
      equals: [],
      recovery: {
        master: 'a',
        cause: 'risen',
        why: '100 > 98',
        timeMs: { least: 6.24, typical: 1006.24, worst: 3006.24 },
      },
    });
  });

  it('tells problems too', async () => {
    const { code, out, err } = await explain('none.yaml --json');
    assert.deepEqual([code, err], [2, '']);
    const { ok, problems } = JSON.parse(out) as { ok: boolean; problems: unknown[] };
    assert.deepEqual([ok, problems.length], [false, 1]);
  });
});

describe('explain refuses', () => {
  async function refused(command: string): Promise<string> {
    const { code, out, err } = await explain(command);
    assert.deepEqual([code, out], [2, ''], err);
    assert.match(err, /\n {4}from: \S.*\n {4}fix: {2}\S.*\nNothing can be explained\.\n$/);
    return err;
  }

  before(() => {
    write('good.yaml', NODE);
    write('other.yaml', NODE.replace('51', '52'));
    write('old.yaml', `${NODE}version: 2\n`);
    write('bad.yaml', 'vrid: 0\nvip: 198.18.51.100/24\nprioritty: 100\n');
  });

  it('nothing at all, where the engine has no node', async () => {
    assert.match(await refused(''), /no container of unix:\/\/\/var\/run\/docker\.sock is a Locum node/);
  });

  it('a file that is missing', async () => {
    assert.match(await refused('good.yaml none.yaml'), /there is no such file\n {4}from: the command line/);
  });

  it('every problem of every file, with its source', async () => {
    const message = await refused('bad.yaml none.yaml');
    assert.equal(message.match(/^error:/gm)?.length, 3);
    assert.match(message, /vrid: must be a whole number from 1 to 255 \(is "0"\)\n {4}from: .*bad\.yaml:1/);
    assert.match(message, /prioritty: is not a setting\n {4}from: .*bad\.yaml:3/);
  });

  it('one file given twice, whatever its name', async () => {
    assert.match(await refused('good.yaml good.yaml'), /good\.yaml is given twice/);
    symlinkSync(join(folder, 'good.yaml'), join(folder, 'same.yaml'));
    assert.match(await refused('good.yaml same.yaml'), /same\.yaml is given twice/);
  });

  it('nodes that are no pair', async () => {
    assert.match(
      await refused('good.yaml other.yaml'),
      /no VRID in common.*\n {4}from: good \(.*good\.yaml:1\), other \(.*other\.yaml:1\)/,
    );
    assert.match(
      await refused('good.yaml old.yaml'),
      /version: is 3 on good and 2 on old: each discards.*both are master\n {4}from: good: default, old: .*old\.yaml:3/,
    );
  });

  it('more trackers than it can explain', async () => {
    const trackers = Array.from({ length: 129 }, (_, i) => `  t${i}: { type: process, name: p${i} }\n`);
    write('many.yaml', `${NODE}track:\n${trackers.join('')}`);
    assert.match(await refused('many.yaml'), /have 129 trackers together; 128 at most/);
  });

  it('rules that cannot be read, or cannot be', async () => {
    write('peer.yaml', `${NODE}priority: 90\n`);
    const files = 'good.yaml peer.yaml --suggest';
    assert.match(
      await refused(`${files} 'nginx is important'`),
      /a rule that cannot be read: nginx is important/,
    );
    assert.match(await refused(`${files} 'nginx moves, nginx stays'`), /cannot all be/);
    assert.match(await refused(`${files} 'ngnx moves'`), /ngnx is not tracked on good; there are nginx/);
  });
});
