/** The page drawn as HTML text: what others say is text in it, whatever it looks like, and no message makes it fail. */

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { readStatus } from '../../src/page/view/read-status.ts';
import { SNAPSHOT } from '../control/support.ts';
import { loadPage, type RenderPage } from './bundled.ts';
import { many, wellPair } from './scenes.ts';
import { feed, feeds, NOW } from './support.ts';

let draw: RenderPage;

before(async () => {
  draw = await loadPage();
});

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onclick='alert(1)",
  'javascript:alert(1)',
  '</style><svg onload=alert(1)>',
  '&lt;b&gt;',
];

/** A copy with every text in it replaced. */
function withTexts(value: unknown, text: string): unknown {
  if (typeof value === 'string') return text;
  if (Array.isArray(value)) return value.map(item => withTexts(item, text));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withTexts(item, text)]));
}

describe('what labels, packets and peers say', () => {
  for (const text of HOSTILE)
    test(`is text: ${text}`, () => {
      const status = readStatus(JSON.stringify(withTexts(SNAPSHOT, text)));
      assert.ok(status !== undefined);
      const html = draw([{ ...feed(null), status, receivedAt: NOW }], NOW);
      const inertForm = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
      assert.ok(html.includes(inertForm), 'it is shown');
      // What stands between quotes is a value, and no quote of the text is left as one.
      const tags = html.replaceAll(/"[^"]*"/g, '""').match(/<[^>]*>/g) ?? [];
      const live = tags.filter(tag => /^<(?:script|img|style|svg)|\s(?:on\w+|href)=/.test(tag));
      assert.deepEqual(live, []);
    });
});

test('any JSON with a list of routers is drawn, and nothing else is taken for a status', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.array(fc.jsonValue()), (anything, routers) => {
      const message = JSON.stringify({ ...(typeof anything === 'object' ? anything : {}), routers });
      const status = readStatus(message);
      assert.ok(status !== undefined);
      assert.ok(draw([{ ...feed(null), status, receivedAt: NOW }], NOW).includes('<h1>'));
    }),
    { numRuns: 60 },
  );
  for (const message of ['', '{', 'null', '[]', '{}', '{"routers":{}}', '"x"', '7'])
    assert.equal(readStatus(message), undefined, message);
});

test('a status with something missing or of another kind in any place is drawn', () => {
  const text = JSON.stringify(SNAPSHOT);
  const keys = [...new Set([...text.matchAll(/"(\w+)":/g)].map(match => match[1] ?? ''))];
  for (const key of keys)
    for (const put of ['null', '"x"', '[]', '-1', '{"a":[]}']) {
      const broken = JSON.stringify(JSON.parse(text), (name, value: unknown) =>
        name === key && key !== 'routers' ? JSON.parse(put) : value,
      );
      const status = readStatus(broken);
      assert.ok(status !== undefined);
      assert.ok(draw([{ ...feed(null), status, receivedAt: NOW }], NOW).includes('<h1>'), `${key}: ${put}`);
    }
});

test('both nodes are shown beside one another', () => {
  const html = draw(feeds(...wellPair()), NOW);
  assert.match(html, /<h1>node-a holds 198\.18\.51\.100<\/h1>/);
  assert.equal(html.match(/aria-label="node-b"/g)?.length, 4);
});

test('with 255 virtual routers, closed ones are one line each', () => {
  const html = draw(feeds(...many(255)), NOW);
  assert.equal(html.match(/<details class="card/g)?.length, 255);
  assert.match(html, /node-a holds all 255 virtual routers/);
  assert.ok(html.length < 400_000, `${html.length} characters`);
});

test('every sign has a word for those who do not see it', () => {
  const html = draw(feeds(...wellPair()), NOW);
  const signs = html.match(/<span class="sign \w+">/g) ?? [];
  const worded = html.match(
    /<span class="sign \w+"><span aria-hidden="true">.<\/span><span class="unseen">\w/g,
  );
  assert.ok(signs.length > 5);
  assert.equal(worded?.length, signs.length);
});
