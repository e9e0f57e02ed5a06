/** Whatever a file holds: the reading ends, throws nothing, stays within its bounds; and the layout of a file does not matter. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Line, linesOf } from '../../src/keepalived/lines.ts';
import { MOST_REMARKS, Report } from '../../src/keepalived/remarks.ts';
import { type Statement, treeOf } from '../../src/keepalived/tree.ts';
import { err, ok } from '../../src/lib/result.ts';
import { readFiles, readText } from './support.ts';

const RUNS = { numRuns: 2_000 };

/** A reference to the definition `$A=…`. */
const A = ['$', '{A}'].join('');

/** Pieces of real files, so that random text gets past the first word. */
const PIECE = fc.constantFrom(
  ...`vrrp_instance vrrp_script vrrp_sync_group global_defs track_file vrrp_track_process virtual_ipaddress track_script
    track_interface track_process authentication auth_pass auth_type PASS AH script notify notify_master interval weight rise
    priority 100 255 -30 0 4294967296 0.5 reverse state MASTER interface eth0 virtual_router_id 51 unicast_peer 198.18.51.1
    198.18.51.2/24 fe80::1/64 group include more.conf @id @^id $A=1 $A ${'$'}{A} $B=${'$'}{B} $C= \\ ~SEQ(A,1,9) ~LST(A,1,2)
    __proto__ constructor toString virtual_server A B`
    .split(/\s+/)
    .filter(word => word !== ''),
);
const GLUE = fc.constantFrom(
  ' ',
  '\n',
  ' {\n',
  '\n}\n',
  ' { ',
  ' } ',
  '"',
  "'",
  '#',
  '!',
  '\\',
  '\t',
  '\0',
  '{',
  '}',
  '',
);

const textOfPieces = fc
  .array(fc.tuple(fc.oneof({ weight: 9, arbitrary: PIECE }, { weight: 1, arbitrary: fc.string() }), GLUE), {
    maxLength: 120,
  })
  .map(pairs => pairs.flat().join(''));

function endsWell(text: string, more = ''): void {
  const { configuration, remarks } = readFiles([
    { name: 'keepalived.conf', text },
    { name: 'more.conf', text: more },
  ]);
  assert.ok(remarks.length <= MOST_REMARKS + 1);
  for (const { setting, what, fix, at } of remarks) {
    assert.ok(setting !== '' && what !== '' && fix !== '' && at.line >= 1);
    assert.doesNotMatch(`${setting}${what}${fix}`, /\p{Cc}/u);
  }
  for (const { vrid, priority, advertInterval, follows } of configuration.instances) {
    assert.ok(vrid >= 1 && vrid <= 255 && priority >= 1 && priority <= 255 && advertInterval >= 10_000);
    for (const { weight } of follows) assert.ok(Math.abs(weight) <= 254);
  }
}

describe('any file', () => {
  test('of random bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 2_000 }).map(octets => new TextDecoder('latin1').decode(octets));
    fc.assert(
      fc.property(bytes, text => endsWell(text)),
      RUNS,
    );
  });

  test('of random characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), text => endsWell(text)),
      RUNS,
    );
  });

  test('of pieces of real files', () => {
    fc.assert(fc.property(textOfPieces, textOfPieces, endsWell), RUNS);
  });

  test('that is long', () => {
    const long = fc.constantFrom(
      '{',
      '}',
      '"',
      "'",
      'a ',
      'a{',
      '$A',
      '$A=$A$A\n$A\n',
      '~SEQ(A,1,99999)',
      '~SEQ(A,1,99999)\n',
      'a{\n}\n',
      '\\',
      '@a ',
    );
    fc.assert(
      fc.property(long, fc.integer({ min: 0, max: 20_000 }), (text, n) => endsWell(text.repeat(n))),
      {
        numRuns: 60,
      },
    );
  });
});

describe('bounds', () => {
  const refused = (text: string, pattern: RegExp): void => {
    const told = readText(text).remarks.filter(({ severity }) => severity === 'refused');
    assert.match(told.map(({ what }) => what).join('\n'), pattern);
  };

  test('on the depth of blocks', () => refused('a {\n'.repeat(40), /more than 32 deep/));
  test('on the length of a line', () => refused('x'.repeat(70_000), /longer than 65536/));
  test('on lines', () =>
    refused(`$A= \\\n${'x\\\n'.repeat(9)}x\n~SEQ(B,1,15000) $A`, /more than 100000 lines/));
  test('on rounds', () => refused('~SEQ(B,1,30000) x', /more than 20000 times/));
  test('on rounds that make no line', () =>
    refused('~SEQ(A,1,999999999) $X=1', /takes too long|is repeated/));
  test('on definitions that grow', () => refused(`$A=${A}${A}\n${A}`, /grows without end/));
  test('on definitions that go in circles', () =>
    refused('$A=@^x $A\n$A', /grows without end|refers to itself/));
  test('on files that include themselves', () =>
    refused('include keepalived.conf', /does one include itself/));
  test('on files of one include', () => {
    const report = new Report();
    const files = Array.from({ length: 2_000 }, (_, i) => ({ name: `${i}`, text: 'x' }));
    linesOf({ name: 'a', text: 'include *' }, { include: () => ok(files), configId: undefined }, report);
    assert.match(report.remarks.map(({ what }) => what).join(), /more than 1000 files/);
  });
  test('on remarks', () => {
    const { remarks } = readText('nonsense\n'.repeat(MOST_REMARKS + 7));
    assert.equal(remarks.length, MOST_REMARKS + 1);
    assert.match(remarks.at(-1)?.what ?? '', /has 7 more remarks/);
  });
});

/** A tree whose words need no quotes, or do. */
interface Sketch {
  readonly keyword: string;
  readonly words: readonly string[];
  readonly block: readonly Sketch[] | undefined;
}

const keyword = fc
  .stringMatching(/^[a-z_]{1,8}$/)
  .filter(word => !/^(?:include|script|process|file|notify)/.test(word));
const word = fc.oneof(fc.stringMatching(/^[a-z0-9./:-]{1,8}$/), fc.stringMatching(/^[a-z #!{}'\\]{0,8}$/));

const { sketch } = fc.letrec<{ sketch: Sketch }>(tie => ({
  sketch: fc
    .tuple(
      keyword,
      fc.array(word, { maxLength: 3 }),
      fc.option(fc.array(tie('sketch'), { maxLength: 4 }), { nil: undefined, depthIdentifier: 'tree' }),
    )
    .map(([first, words, block]): Sketch => ({ keyword: first, words, block })),
}));

interface Layout {
  readonly open: string;
  readonly end: string;
}

const layout = fc.record<Layout>({
  open: fc.constantFrom(' {\n', '\n{\n', '{ ', ' # {\n\n {\t'),
  end: fc.constantFrom('\n', ' # comment }\n', '\n\n \t\n', '!\n'),
});

/** Every statement with a layout of its own. */
function written(sketches: readonly Sketch[], layouts: readonly Layout[]): string {
  let next = 0;
  const text = ({ keyword, words, block }: Sketch): string => {
    const { open, end } = layouts[next++ % layouts.length] ?? { open: ' {\n', end: '\n' };
    const line = [keyword, ...words.map(quoted)].join(' ');
    return block === undefined ? `${line}${end}` : `${line}${open}${block.map(text).join('')}}${end}`;
  };
  return sketches.map(text).join('');
}

const quoted = (text: string): string => (/^[a-z0-9./:-]+$/.test(text) ? text : `"${text}"`);

const sketchOf = ({ keyword, words, block }: Statement): Sketch => ({
  keyword,
  words,
  block: block?.map(sketchOf),
});

function readTree(text: string): { tree: readonly Sketch[]; report: Report } {
  const report = new Report();
  const lines: Line[] = linesOf(
    { name: 'a', text },
    { include: () => err('none'), configId: undefined },
    report,
  );
  return { tree: treeOf(lines, report).map(sketchOf), report };
}

test('the layout of a tree does not matter', () => {
  fc.assert(
    fc.property(
      fc.array(sketch, { maxLength: 4 }),
      fc.array(layout, { minLength: 1, maxLength: 7 }),
      (tree, layouts) => {
        const read = readTree(written(tree, layouts));
        assert.deepEqual(read.tree, tree);
        assert.deepEqual(read.report.remarks, []);
      },
    ),
  );
});

test('a name with control characters is told on one line', () => {
  endsWell(
    'vrrp_instance a {\n interface eth0\n virtual_router_id 5\n track_interface {\n \u0000 eth1 weight 5\n }\n}\n',
  );
  endsWell(
    'vrrp_instance \u001b {\n interface 0\n virtual_router_id 5\n}\nvrrp_instance b {\n interface 0\n virtual_router_id 5\n}\n',
  );
});
