/** The page as one text with its policy: complete in itself, and nothing in it runs but what the policy names. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, test } from 'node:test';
import { pageHtml, pagePolicy } from '../../src/page/page.ts';
import { ensureAssets } from './bundled.ts';

before(ensureAssets);

const contentOf = (tag: string): string =>
  new RegExp(`<${tag}[^>]*>([\\s\\S]*?)</${tag}>`).exec(pageHtml())?.[1] ?? '';

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

test('it holds its script and its style, and asks for nothing from elsewhere', () => {
  const html = pageHtml();
  assert.match(html, /^<!doctype html>/);
  assert.ok(contentOf('script').length > 10_000, 'the script is inside');
  assert.ok(contentOf('style').length > 1_000, 'the style is inside');
  const shell = html.replace(contentOf('script'), '').replace(contentOf('style'), '');
  assert.doesNotMatch(shell, /\ssrc=|href="(?!data:|status")/);
  assert.doesNotMatch(contentOf('style'), /@import|url\(/);
  assert.ok(html.length < 100_000, `${html.length} characters`);
});

test('the policy names exactly this script and this style by their hashes', () => {
  const policy = pagePolicy([]);
  assert.ok(policy.includes(`script-src ${hashOf(contentOf('script'))};`), policy);
  assert.ok(policy.includes(`style-src ${hashOf(contentOf('style'))};`), policy);
  assert.match(policy, /^default-src 'none';/);
  assert.doesNotMatch(policy, /unsafe|\*/);
  assert.equal(pageHtml().match(/<script/g)?.length, 1);
});

test('it may connect to its own node and to the origins of the peers, and to nobody else', () => {
  const policy = pagePolicy(['http://198.18.51.3:9112/lo', 'http://198.18.51.3:9112', 'nonsense']);
  assert.match(policy, /connect-src 'self' http:\/\/198\.18\.51\.3:9112;/);
  assert.match(pagePolicy([]), /connect-src 'self';/);
});
