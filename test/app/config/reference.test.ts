/** The reference is what the schema says, no setting is missing in it, and its examples load. `LOCUM_REWRITE=1` writes it. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { jsonSchema } from '../../../src/app/config/json-schema.ts';
import { referenceMarkdown } from '../../../src/app/config/reference.ts';
import { EXAMPLES } from '../../../src/app/config/reference-texts.ts';
import { ROOT } from '../../support/paths.ts';
import { load, SMALLEST } from './support.ts';

const REFERENCE = join(ROOT, 'src', 'app', 'config', 'REFERENCE.md');

test('src/app/config/REFERENCE.md is what the schema says', () => {
  if (process.env['LOCUM_REWRITE'] === '1') writeFileSync(REFERENCE, referenceMarkdown());
  else assert.equal(readFileSync(REFERENCE, 'utf8'), referenceMarkdown(), '`npm run reference` writes it');
});

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
}

/** Every path of the JSON Schema that is one value. */
function pathsOf(node: Node, path: readonly string[]): string[] {
  const { properties, additionalProperties, anyOf = [], oneOf = [] } = node;
  const named = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  const below = [
    ...Object.entries(properties ?? {}).flatMap(([name, child]) => pathsOf(child, [...path, name])),
    ...(named === undefined ? [] : pathsOf(named, [...path, 'NAME'])),
    ...[...anyOf, ...oneOf].flatMap(option => pathsOf(option, path)),
  ];
  return below.length > 0 ? below : [path.join('.')];
}

describe('the reference', () => {
  const rows = referenceMarkdown()
    .split('\n')
    .filter(line => line.startsWith('| `'))
    .map(line => line.slice(2, -2).split(/ (?<!\\)\| /));

  test('has every setting of the JSON Schema, and no other', () => {
    const { properties = {} } = jsonSchema() as Node;
    const router = properties['vrrp']?.additionalProperties;
    const short = Object.keys((typeof router === 'object' && router.properties) || {});
    const long = Object.entries(properties).filter(([name]) => name === 'track' || !short.includes(name));
    const paths = new Set(long.flatMap(([name, node]) => pathsOf(node, [name])));
    assert.ok(paths.size > 100, `${paths.size} settings`);
    assert.deepEqual([...new Set(rows.map(([path]) => path?.replaceAll('`', '')))].sort(), [...paths].sort());
  });

  test('says of each what it means and what it may be', () => {
    for (const cells of rows) {
      const [path, value, standard, meaning] = cells;
      assert.equal(cells.length, 6, path);
      assert.ok(value !== '' && meaning !== '' && standard !== undefined, cells.join(' '));
    }
  });

  test('spells them as the sources read them', () => {
    const spelled = new Map(rows.map(([path, , , , label, variable]) => [path, [label, variable]]));
    assert.deepEqual(spelled.get('`vrrp.NAME.advert-interval`'), [
      '`locum.vrrp.NAME.advert-interval`',
      '`LOCUM_VRRP__NAME__ADVERT_INTERVAL`',
    ]);
    for (const path of [
      '`notify.NAME.command`',
      '`notify.NAME.url`',
      '`track.NAME.command`',
      '`docker.host`',
      '`control.socket`',
    ])
      assert.equal(spelled.get(path)?.[0], 'no', path);
  });

  test('says of what a group needs that the group may be left out', () => {
    const standards = new Map(rows.map(([path, , standard]) => [path, standard]));
    assert.equal(standards.get('`vrrp.NAME.unicast.peers`'), 'needed with `unicast`');
    assert.equal(standards.get('`upstream.NAME.server.NAME.address`'), 'needed with `server.NAME`');
    assert.equal(standards.get('`vrrp.NAME.vrid`'), 'needed');
    assert.equal(standards.get('`track.NAME.type`'), 'needed');
  });

  for (const [key, yaml] of Object.entries(EXAMPLES))
    test(`has an example of ${key} that loads`, () => {
      assert.ok(referenceMarkdown().includes(yaml.trim()));
      const { config, problems } = load({ environment: yaml.includes('vrrp:') ? {} : SMALLEST, yaml });
      const others =
        yaml.includes('webhook') || yaml.includes('notify') || yaml.includes('vrrp:') ? [] : problems;
      assert.deepEqual(others, []);
      assert.ok(config !== undefined, JSON.stringify(problems));
    });

  test('has an example of every type of tracker and hook', () => {
    const types = [...referenceMarkdown().matchAll(/^#+ `((?:track|notify)\.NAME)` of type `([a-z]+)`$/gm)];
    assert.ok(types.length >= 12);
    for (const [, path, type] of types)
      assert.ok(EXAMPLES[`${path} ${type}`] !== undefined, `${path} ${type}`);
  });
});
