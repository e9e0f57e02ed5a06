/** Lines of a recording: what is written is read back, no secret is in it, and whatever else is read is refused in words. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { instant } from '../../src/lib/time.ts';
import { encodeLine } from '../../src/recording/line.ts';
import { canonicalState, readLine } from '../../src/recording/read-line.ts';
import { routerLine } from '../../src/recording/take-down.ts';
import { passAuthentication } from '../../src/vrrp/authentication.ts';
import { HEADER } from '../support/recording.ts';
import { anyState } from '../vrrp/arbitraries.ts';
import { ah, hmac, parameters } from '../vrrp/support.ts';
import { anyLine } from './arbitraries.ts';

test('property: what is written is read back as it was', () => {
  fc.assert(
    fc.property(anyLine, line => {
      const read = readLine(encodeLine(line));
      assert.ok(read.ok, read.ok ? '' : `${read.error}: ${encodeLine(line)}`);
      // A copy has the prototype that a reader's objects have.
      assert.deepEqual(read.value, structuredClone(line));
    }),
  );
});

test('property: one line is one line, and no longer than a reader keeps', () => {
  fc.assert(
    fc.property(anyLine, line => {
      const text = encodeLine(line);
      assert.equal(text.indexOf('\n'), text.length - 1);
      assert.ok(text.length < 65_536);
    }),
  );
});

test('property: any JSON is a line or is refused in words', () => {
  fc.assert(
    fc.property(fc.json(), text => {
      const read = readLine(text);
      assert.ok(!read.ok && read.error.length > 0);
    }),
  );
});

test('property: a line with one thing changed is read or refused, never an exception', () => {
  const value = fc.constantFrom<unknown>(null, -1, 1.5, 1e300, '', 'x', true, [], [null], {}, { type: 1 });
  fc.assert(
    fc.property(anyLine, fc.nat(30), value, (line, at, other) => {
      const paths = pathsOf(line);
      const [parent, key] = paths[at % paths.length] ?? [];
      const copy = structuredClone(line);
      const target = parent?.reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], copy);
      if (key !== undefined) (target as Record<string, unknown>)[key] = other;
      const read = readLine(JSON.stringify(copy));
      assert.ok(read.ok || read.error.length > 0);
    }),
  );
});

type Path = readonly [parent: readonly string[], key: string];

function pathsOf(value: unknown, above: readonly string[] = []): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) => [
    [above, key] as const,
    ...pathsOf(below, [...above, key]),
  ]);
}

test('property: a state is the same however its fields are ordered', () => {
  fc.assert(
    fc.property(anyState, state => {
      const reversed = Object.fromEntries(Object.entries(state).reverse()) as unknown as typeof state;
      assert.equal(canonicalState(reversed), canonicalState(state));
    }),
  );
});

describe('no secret is in a line', () => {
  const secret = 'geheim-9';
  const authentications = {
    pass: passAuthentication(new TextEncoder().encode(secret)),
    ah: ah(secret),
    hmac: hmac(),
  };
  for (const [type, authentication] of Object.entries(authentications)) {
    test(`${type}: only the type of the authentication`, () => {
      const router = { parameters: parameters({ authentication }), state: { name: 'init' as const } };
      const text = encodeLine(routerLine('web', router, instant(0)));
      const { parameters: written } = JSON.parse(text) as { parameters: Record<string, unknown> };
      assert.equal(written['authentication'], type);
      assert.doesNotMatch(text, /geheim|digest|keys?"/);
    });
  }
});

describe('what is refused, and in which words', () => {
  const cases: readonly (readonly [what: string, text: string, error: string])[] = [
    ['no JSON', '{"kind":"rec', 'is no JSON'],
    [
      'another format',
      JSON.stringify({ ...HEADER, format: 2 }),
      'is of format 2, this version reads 1: replay it with the Locum that wrote it',
    ],
    [
      'a format that is no number',
      '{"kind":"recording","format":{"toString":{}}}',
      'cannot be read: format is an object, not 1',
    ],
    [
      'an unknown kind',
      '{"kind":"sermon"}',
      'cannot be read: kind is "sermon", not one of recording, router, input, discard, note',
    ],
    ['no object', '[1]', 'cannot be read: the line is a list of 1, not an object'],
    [
      'a field that is missing',
      '{"kind":"note","at":1,"about":"x","subject":"y"}',
      'cannot be read: text is missing; it must be a text of at most 10000 characters',
    ],
    [
      'a text that is too long, of which the beginning is shown',
      JSON.stringify({ ...HEADER, node: 'x'.repeat(10_001) }),
      `cannot be read: node is "${'x'.repeat(39)}…, not a text of at most 10000 characters`,
    ],
    [
      'what is nested deeper than a stack',
      `{"kind":"note","at":${'['.repeat(400_000)}${']'.repeat(400_000)}}`,
      'cannot be read: at is a list of 1, not a whole number from -9007199254740991 to 9007199254740991',
    ],
    [
      'a field deep inside',
      '{"kind":"input","at":1,"router":"web","effects":[],"input":{"type":"advert","source":"198.18.0.256"}}',
      'cannot be read: input.source is "198.18.0.256", not an IP address',
    ],
  ];
  for (const [what, text, error] of cases)
    test(what, () => assert.deepEqual(readLine(text), { ok: false, error }));
});
