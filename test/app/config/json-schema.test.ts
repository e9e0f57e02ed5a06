/** The JSON Schema names every setting, says what it means, and requires nothing. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { jsonSchema } from '../../../src/app/config/json-schema.ts';

interface Node {
  readonly type?: unknown;
  readonly description?: string;
  readonly default?: unknown;
  readonly writeOnly?: boolean;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
}

const schema = jsonSchema() as Node;
const router = schema.properties?.['vrrp']?.additionalProperties as Node;

it('holds the sections and the short form', () => {
  const names = Object.keys(schema.properties ?? {});
  for (const name of ['vrrp', 'track', 'notify', 'docker', 'nginx', 'control', 'log', 'vip', 'vrid', 'auth'])
    assert.ok(names.includes(name), name);
  assert.equal(schema.additionalProperties, false);
});

it('says what each setting of a router means, with its default as YAML has it', () => {
  for (const [name, node] of Object.entries(router.properties ?? {}))
    assert.ok(name === 'auth' || node.description !== undefined, name);
  const defaults = Object.entries(router.properties ?? {}).map(([name, node]) => [name, node.default]);
  assert.deepEqual(Object.fromEntries(defaults.filter(([, value]) => value !== undefined)), {
    priority: 100,
    version: 3,
    'advert-interval': '1s',
    preempt: true,
    'preempt-delay': '0s',
    'start-delay': '0s',
    checksum: 'pseudo-header',
    timing: 'fast',
  });
  assert.deepEqual(router.properties?.['version']?.enum, [2, 3]);
});

it('requires nothing, for labels may fill any gap, and marks the password', () => {
  const text = JSON.stringify(schema);
  assert.ok(!text.includes('"required"'));
  assert.match(text, /"password":\{[^}]*"writeOnly":true/);
});
