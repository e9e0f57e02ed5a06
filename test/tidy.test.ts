/** The rules of the architecture, held against the sources on every run; and the checks themselves, held against bad samples. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { PACKAGES, PARTS } from './support/architecture.ts';
import { ROOT } from './support/paths.ts';
import {
  checkCircles,
  checkImports,
  checkLength,
  checkOpening,
  checkPurity,
  checkWords,
  type SourceFile,
} from './support/tidy.ts';

const NOT_OURS = /^(?:node_modules|dist[^/]*|\.git|package-lock\.json)(?:\/|$)/;
/** They hold the forbidden words because they forbid them. */
const OWN_WORDS = ['test/tidy.test.ts', 'test/support/tidy.ts'];
const TEXTS =
  /(?:\.(?:tsx?|mjs|js|css|json|md|yaml|yml|conf|txt|sh|env|example)|Dockerfile|LICENSE|\.ci\/run)$/;

function filesBelow(folder: string, wanted: RegExp): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(path => wanted.test(path) && !NOT_OURS.test(path))
    .map(path => ({ path, text: readFileSync(join(ROOT, folder, path), 'utf8') }));
}

const sources = filesBelow('src', /\.tsx?$/);
const tests = filesBelow('test', /\.(?:ts|mjs)$/);

function assertClean(findings: readonly string[]): void {
  assert.equal(findings.join('\n'), '');
}

describe('the sources', () => {
  test('are there', () => {
    assert.ok(sources.length > 20, `${sources.length} files`);
  });

  test('import along the layers, and packages in one place only', () => {
    assertClean(sources.flatMap(checkImports));
  });

  test('import each other in no circle', () => {
    assertClean([sources, tests].flatMap(checkCircles));
  });

  test('decide without I/O, clock and randomness', () => {
    assertClean(sources.flatMap(checkPurity));
  });

  test('have files of readable length', () => {
    assertClean([...sources, ...tests].flatMap(checkLength));
  });

  test('say at the top what each file is', () => {
    assertClean([...sources, ...tests].flatMap(checkOpening));
  });

  test('name nobody else: no foreign host, no path of a machine, no unfinished business', () => {
    assertClean(
      filesBelow('.', TEXTS)
        .filter(file => !OWN_WORDS.includes(file.path))
        .flatMap(checkWords),
    );
  });

  test('use every package that package.json brings, in the place that the table says', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    assert.deepEqual(Object.keys(dependencies).sort(), Object.keys(PACKAGES).sort());
  });
});

test('the table of parts is itself in order: each imports parts that exist, and none in a circle', () => {
  const seen = new Set<string>();
  for (const part of PARTS) {
    for (const name of part.imports)
      assert.ok(seen.has(name), `${part.name} imports ${name}, which comes later or not at all`);
    seen.add(part.name);
  }
});

describe('the checks find', () => {
  const imports: [what: string, path: string, text: string][] = [
    ['a sibling', 'vrrp/timing.ts', "import { x } from '../tracking/priority.ts';"],
    ["a sibling's type", 'vrrp/timing.ts', "import type { X } from '../tracking/priority.ts';"],
    ['Node in what decides', 'vrrp/timing.ts', "import { readFile } from 'node:fs';"],
    ['Node in a pure file of a mixed part', 'docker/labels.ts', "import 'node:fs';"],
    ['a package in the wrong place', 'docker/watcher.ts', "import Docker from 'dockerode';"],
    ['a package that no place is set for', 'app/daemon.ts', "import _ from 'lodash';"],
    ['lib reaching up', 'lib/time.ts', "import type { Config } from '../app/config/config.ts';"],
    [
      'a function, not a type, taken by an adapter',
      'net/links.ts',
      "import { decode } from '../vrrp/advertisement.ts';",
    ],
    [
      'one function among types',
      'net/links.ts',
      "import { type A, decode } from '../vrrp/advertisement.ts';",
    ],
    ['app reaching for the command line', 'app/daemon.ts', "import { run } from '../cli/run.ts';"],
    ['what decides knowing its adapter', 'docker/labels.ts', "import type { Client } from './client.ts';"],
    ['an import over several lines', 'vrrp/a.ts', "import {\n  x,\n  type Y,\n} from '../net/links.ts';"],
    ['an export from elsewhere', 'vrrp/a.ts', "export * from '../net/links.ts';"],
    ['a dynamic import', 'vrrp/a.ts', "const x = await import('../net/links.ts');"],
    ['a type import in place', 'vrrp/a.ts', "type X = import('../net/links.ts').X;"],
    ['a file of no part', 'stray.ts', ''],
    [
      'an import after a comment marker in a text',
      'vrrp/a.ts',
      "const a = 'http://x'; import '../net/links.ts';",
    ],
  ];
  for (const [what, path, text] of imports) {
    test(what, () => assert.equal(checkImports({ path, text }).length, 1));
  }

  const circles: [what: string, ...files: [path: string, text: string][]][] = [
    ['itself', ['lib/a.ts', "import { x } from './a.ts';"]],
    [
      'another, by a type alone',
      ['lib/a.ts', "import { x } from './b.ts';"],
      ['lib/b.ts', "import type { Y } from './a.ts';"],
    ],
    [
      'one on the way round, through a folder and by an export',
      ['app/a.ts', "import { x } from './config/b.ts';"],
      ['app/config/b.ts', "export * from './c.ts';"],
      ['app/config/c.ts', "type Y = import('../a.ts').Y;"],
      ['app/d.ts', "import { x } from './a.ts';"],
    ],
  ];
  for (const [what, ...files] of circles) {
    test(`a file that imports ${what}`, () =>
      assert.equal(checkCircles(files.map(([path, text]) => ({ path, text }))).length, 1));
  }

  test('two circles that share no file, and each once', () => {
    const pair = (a: string, b: string): SourceFile[] => [
      { path: `lib/${a}.ts`, text: `import './${b}.ts';` },
      { path: `lib/${b}.ts`, text: `import './${a}.ts';` },
    ];
    assert.deepEqual(
      checkCircles([...pair('a', 'b'), ...pair('c', 'd')]).map(finding => finding.split(':')[0]),
      ['lib/a.ts → lib/b.ts → lib/a.ts', 'lib/c.ts → lib/d.ts → lib/c.ts'],
    );
  });

  const worldly = [
    'const t = Date.now();',
    'const t = new Date();',
    'setTimeout(f, 1);',
    'const r = Math.random();',
    'if (process.env.X) f();',
    'const t = performance.now();',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a sample of source text
    'const t = `at ${Date.now()}`;',
    "const a = '//'; Date.now();",
  ];
  for (const text of worldly) {
    test(`in what decides: ${text}`, () => assert.equal(checkPurity({ path: 'vrrp/a.ts', text }).length, 1));
  }

  test('a file too long', () => {
    assert.equal(checkLength({ path: 'a.ts', text: 'x\n'.repeat(401) }).length, 1);
  });

  test('a file without an opening comment', () => {
    assert.equal(checkOpening({ path: 'a.ts', text: "import 'x';\n/** late */" }).length, 1);
  });

  for (const text of [
    '// TODO later',
    'see /work/x',
    'from /home/someone',
    'https://registry.example.net/x',
  ]) {
    test(`the words ${text}`, () => assert.equal(checkWords({ path: 'a.md', text }).length, 1));
  }
});

describe('the checks let pass', () => {
  const imports: [what: string, path: string, text: string][] = [
    ['lib for all', 'vrrp/timing.ts', "import { x } from '../lib/time.ts';"],
    ["a neighbour in one's own part", 'vrrp/timing.ts', "import { x } from './parameters.ts';"],
    [
      'types of those who decide, for an adapter',
      'net/links.ts',
      "import type { A } from '../vrrp/advertisement.ts';",
    ],
    [
      'the same, named one by one',
      'net/links.ts',
      "import { type A, type B } from '../vrrp/advertisement.ts';",
    ],
    ['explain reading its two parts', 'explain/e.ts', "import { x } from '../tracking/priority.ts';"],
    ['a package in its place', 'docker/client.ts', "import Docker from 'dockerode';"],
    ['Node in an adapter', 'docker/client.ts', "import { once } from 'node:events';"],
    ['an import in a comment', 'vrrp/a.ts', "/** like import 'node:fs' */ // import 'node:fs'"],
  ];
  for (const [what, path, text] of imports) {
    test(what, () => assertClean(checkImports({ path, text })));
  }

  test('two ways to one file, which is no circle', () => {
    const files = [
      { path: 'lib/a.ts', text: "import './b.ts'; import './c.ts';" },
      { path: 'lib/b.ts', text: "import './d.ts';" },
      { path: 'lib/c.ts', text: "import './d.ts'; // import './a.ts'" },
      { path: 'lib/d.ts', text: "import 'node:fs';" },
    ];
    assertClean(checkCircles(files));
  });

  const harmless = [
    '/** Date, process, setTimeout */',
    "const type = 'process';",
    'const x: Kind = { process: 1, Date: 2 };',
    'f(tracker.process);',
    'const processed = update;',
    'interface A { readonly process: string }',
  ];
  for (const text of harmless) {
    test(`in what decides: ${text}`, () => assertClean(checkPurity({ path: 'vrrp/a.ts', text })));
  }
});
