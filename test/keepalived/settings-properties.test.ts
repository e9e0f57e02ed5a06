/**
 * Whatever a keepalived.conf holds: its translation ends and throws nothing, what it yields loads or is refused with the lines at fault,
 * and the YAML file that `locum convert` prints is the same configuration.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { keepalivedLayer } from '../../src/app/config/keepalived-layer.ts';
import { keepalivedYaml } from '../../src/app/config/keepalived-yaml.ts';
import { type Loaded, loadConfig } from '../../src/app/config/load.ts';
import { MOST_REMARKS } from '../../src/keepalived/remarks.ts';
import { sentenceOf } from '../../src/keepalived/settings/sheet.ts';
import { translate } from '../../src/keepalived/settings/translate.ts';
import { type Place, WORDS } from './keywords.ts';
import { readFiles } from './support.ts';

const RUNS = { numRuns: 300 };
const FILE = 'keepalived.conf';

interface Outcome {
  readonly loaded: Loaded;
  /** Of the YAML file. */
  readonly again: Loaded;
  readonly yaml: string;
}

function through(text: string, more = ''): Outcome {
  const files = [
    { name: FILE, text },
    { name: 'more.conf', text: more },
  ];
  const { configuration, remarks } = readFiles(files);
  const translation = translate(configuration);
  const yaml = keepalivedYaml(translation, ['Opening', ...remarks.map(sentenceOf)]);
  return {
    loaded: loadConfig({ file: keepalivedLayer(translation, FILE), proxy: undefined, environment: {} }),
    again: loadConfig({ file: { name: 'made.yaml', content: yaml }, proxy: undefined, environment: {} }),
    yaml,
  };
}

/** What is refused is refused in a line of the file; only that there is nothing at all is said of no line. */
function endsWell({ loaded, again, yaml }: Outcome): void {
  for (const { severity, path, source } of loaded.problems)
    if (severity === 'error' && path !== 'vrrp')
      assert.match(source, /^(?:keepalived|more)\.conf:\d+$/, `${path}: ${source}`);
  if (loaded.config !== undefined) assert.deepEqual(again.config, loaded.config, yaml);
  else assert.equal(again.config, undefined, yaml);
}

const lineOf = (...wanted: readonly ((place: Place) => boolean)[]) => {
  const lines = Object.values(WORDS)
    .flat()
    .filter(([place]) => wanted.some(accepts => accepts(place)))
    .flatMap(([, all]) => all);
  return fc.array(fc.constantFrom(...lines), { maxLength: 8 });
};

const standsIn = (beginning: RegExp) => (place: Place) => beginning.test(place('X'));
const globalLines = lineOf(standsIn(/^global_defs/));
const instanceLines = lineOf(standsIn(/^vrrp_instance/));
const scriptLines = lineOf(standsIn(/^vrrp_script s[^}]*X/));

/** Names and values as somebody might choose them, or somebody who means harm. */
const word = fc.oneof(
  fc.constantFrom(
    'VI_1',
    'vi-1',
    'VI 1',
    'web',
    '',
    '-',
    '__proto__',
    'constructor',
    'true',
    'null',
    '0x10',
    '~',
  ),
  fc.stringMatching(/^[\w.:/@%#{}$'\\! ü-]{1,40}$/),
);
const quoted = word.map(text => `"${text.replaceAll('"', '')}"`);
const command = fc
  .array(fc.oneof(fc.constantFrom('killall', '-0', 'nginx', '/bin/x', 'pidof', "''", '|'), word), {
    minLength: 1,
    maxLength: 4,
  })
  .map(words => `"${words.join(' ').replaceAll(/["\\]/g, '')}"`);

const file = fc
  .record({
    global: globalLines,
    names: fc.array(quoted, { minLength: 1, maxLength: 3 }),
    scripts: fc.array(fc.tuple(quoted, command, scriptLines), { maxLength: 3 }),
    lines: fc.array(instanceLines, { minLength: 3, maxLength: 3 }),
    weights: fc.array(fc.constantFrom('', ' weight 5', ' weight -20 reverse', ' weight 0'), {
      minLength: 3,
      maxLength: 3,
    }),
    notify: fc.array(command, { maxLength: 2 }),
    password: fc.option(quoted),
  })
  .map(({ global, names, scripts, lines, weights, notify, password }) => {
    const follows = (at: number) => scripts.map(([name]) => `${name}${weights[at] ?? ''}`).join('\n');
    const instances = names.map((name, at) =>
      [
        `vrrp_instance ${name} {\ninterface eth${at}\nvirtual_router_id ${51 + at}`,
        `virtual_ipaddress {\n198.18.${51 + at}.100/24\n}\ntrack_script {\n${follows(at)}\n}`,
        ...notify.map(text => `notify_master ${text}\nnotify ${text}`),
        password === null ? '' : `authentication {\nauth_type AH\nauth_pass ${password}\n}`,
        ...(lines[at] ?? []),
        '}',
      ].join('\n'),
    );
    const blocks = scripts.map(
      ([name, text, more]) => `vrrp_script ${name} {\nscript ${text}\n${more.join('\n')}\n}`,
    );
    const group = `vrrp_sync_group ${names[0]} {\ngroup {\n${names.join('\n')}\n}\n}`;
    return [
      `global_defs {\n${global.join('\n')}\n}`,
      ...blocks,
      ...instances,
      ...(names.length > 2 ? [group] : []),
    ]
      .join('\n')
      .concat('\n');
  });

describe('a file', () => {
  test('of everything that may stand in it', () => {
    let good = 0;
    fc.assert(
      fc.property(file, text => {
        const outcome = through(text);
        if (outcome.loaded.config !== undefined) good++;
        endsWell(outcome);
      }),
      RUNS,
    );
    assert.ok(good > RUNS.numRuns / 10, `${good} of ${RUNS.numRuns} are good`);
  });

  test('of lines in disorder', () => {
    const lines = file.map(text => text.split('\n'));
    fc.assert(
      fc.property(lines, fc.array(fc.nat(200), { maxLength: 20 }), (all, without) => {
        endsWell(through(all.filter((_, at) => !without.includes(at)).join('\n')));
      }),
      RUNS,
    );
  });

  test('of random characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), text => endsWell(through(text))),
      RUNS,
    );
  });
});

test('a comment stays a comment, whatever a name holds', () => {
  const hostile = 'a\u2028vrrp: b\u0085c\u007fd';
  const { again, yaml } = through(
    `vrrp_instance "${hostile}" {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n198.18.51.100/24\n}\n}\n`,
  );
  assert.ok(again.config !== undefined, yaml);
  assert.deepEqual(Object.keys(again.config.vrrp), ['a-vrrp-b-c-d']);
});

test('a file with thousands of blocks is translated soon, with a bounded number of remarks', () => {
  const scripts = Array.from(
    { length: 8_000 },
    (_, i) => `vrrp_script "!${i}" {\nscript "/bin/x"\nuser nobody\n}`,
  );
  const follows = scripts.map((_, i) => `"!${i}" weight 5`).join('\n');
  const text = `${scripts.join('\n')}\nvrrp_instance A {\ninterface eth0\nvirtual_router_id 51\ntrack_script {\n${follows}\n}\n}\n`;
  const began = performance.now();
  const { settings, remarks } = translate(readFiles([{ name: FILE, text }]).configuration);
  assert.ok(performance.now() - began < 10_000);
  assert.equal(new Set(settings.map(({ path }) => path.join('.'))).size, settings.length);
  assert.equal(remarks.length, MOST_REMARKS + 1);
});
