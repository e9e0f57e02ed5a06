/**
 * The status page in Chromium, fed with snapshots: what it says in each state, how soon, when nodes fall silent, and that nothing of a
 * hostile status runs. The policy is the real one, so whatever it forbids shows up as a complaint of the browser.
 */

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { Status } from '../../src/control/status.ts';
import { SNAPSHOT } from '../control/support.ts';
import { ensureAssets } from '../page/bundled.ts';
import { fault, handedOver, many, twoMasters, wellPair } from '../page/scenes.ts';
import { waitFor } from '../support/wait.ts';
import { type Browser, openBrowser } from './browser.ts';
import { type PageServer, servePage } from './page-server.ts';

/** Far beyond what the page takes, for a machine that is busy with other things. */
const DEADLINE_MS = 15_000;

let browser: Browser;
let nodeB: PageServer;
let nodeA: PageServer;

before(async () => {
  ensureAssets();
  nodeB = await servePage();
  nodeA = await servePage([nodeB.url]);
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await nodeA?.close();
  await nodeB?.close();
});

afterEach(async () => {
  await Promise.all(browser.context.pages().map(page => page.close()));
  assert.deepEqual(browser.complaints.splice(0), []);
});

function play([a, b]: readonly [Status, Status]): void {
  nodeA.play(a);
  nodeB.play(b);
}

const headline = async (page: Page): Promise<string> => (await page.textContent('h1')) ?? '';

async function showsHeadline(page: Page, text: string): Promise<void> {
  await waitFor(async () => (await headline(page)) === text, { what: text, deadlineMs: DEADLINE_MS });
}

async function shows(page: Page, text: string): Promise<void> {
  await waitFor(async () => (await page.innerText('body')).includes(text), {
    what: text,
    deadlineMs: DEADLINE_MS,
  });
}

describe('it says who holds the address', () => {
  const scenes: [what: string, scene: readonly [Status, Status], headline: string, mood: string][] = [
    ['master and backup', wellPair(), 'node-a holds 198.18.51.100', 'All is well'],
    ['after a hand-over', handedOver(), 'node-b holds 198.18.51.100', 'Needs a look'],
    ['fault', fault(), 'node-b holds 198.18.51.100', 'Needs a look'],
    ['two masters', twoMasters(), '2 nodes hold 198.18.51.100', 'Needs action'],
  ];
  for (const [what, scene, text, mood] of scenes)
    test(what, async () => {
      play(scene);
      const page = await browser.open(nodeA.url);
      await showsHeadline(page, text);
      await shows(page, mood);
      assert.equal(await page.locator('.router .column').count(), 2);
      assert.equal(await page.locator('a', { hasText: 'node-b' }).getAttribute('href'), nodeB.url);
    });
});

test('a hand-over shows on the pages of both nodes as soon as it is told', async t => {
  play(wellPair());
  const pages = [await browser.open(nodeA.url), await browser.open(nodeB.url)];
  await showsHeadline(pages[0] as Page, 'node-a holds 198.18.51.100');
  await showsHeadline(pages[1] as Page, '198.18.51.2 holds 198.18.51.100');
  // The page's own clock, read when the words change: the way to the test takes longer than the page.
  for (const page of pages)
    await page.evaluate(`
      new MutationObserver((_, observer) => {
        if (!document.querySelector('h1').textContent.startsWith('node-b')) return;
        window.seenAt ??= Date.now();
        observer.disconnect();
      }).observe(document.body, { subtree: true, childList: true, characterData: true })`);
  const toldAt = Date.now();
  play(handedOver(0));
  for (const [i, page] of pages.entries()) {
    await showsHeadline(page, 'node-b holds 198.18.51.100');
    const tookMs = Number(await page.evaluate('window.seenAt')) - toldAt;
    t.diagnostic(`page ${i + 1} showed it ${tookMs} ms after it was told`);
    assert.ok(tookMs >= 0 && tookMs < 5_000, `${tookMs} ms`);
  }
});

describe('silence', () => {
  test('of the peer: old data look old, and the node that answers decides', async () => {
    play(wellPair());
    const page = await browser.open(nodeA.url);
    await showsHeadline(page, 'node-a holds 198.18.51.100');
    nodeB.fallSilent();
    await shows(page, 'No word from node-b');
    assert.equal(await page.locator('article.old[aria-label="node-b"]').count(), 4);
    assert.equal(await page.locator('article.old[aria-label="node-a"]').count(), 0);
    nodeB.play(wellPair()[1]);
    await waitFor(async () => (await page.locator('.old').count()) === 0, {
      what: 'node-b is believed again',
      deadlineMs: DEADLINE_MS,
    });
  });

  test('of both: nothing is claimed, and the page goes on asking', async () => {
    play(wellPair());
    const page = await browser.open(nodeA.url);
    await showsHeadline(page, 'node-a holds 198.18.51.100');
    nodeA.fallSilent();
    nodeB.fallSilent();
    await showsHeadline(page, 'No word from node-a and node-b');
    play(handedOver());
    await showsHeadline(page, 'node-b holds 198.18.51.100');
  });
});

test('nothing in a status runs, and all of it is shown as text', async () => {
  const evil = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>';
  const [a] = wellPair();
  const routers = a.routers.map(router => ({ ...router, name: evil, reason: evil, interface: evil }));
  nodeA.play({ ...SNAPSHOT, ...a, node: evil, routers, peerPages: [] });
  const page = await browser.open(nodeA.url);
  await shows(page, evil);
  assert.equal(await page.evaluate('window.ran'), undefined);
  assert.equal(await page.locator('img').count(), 0);
  assert.equal(await page.locator('script').count(), 1);
});

test('255 virtual routers: one is found, opened by keyboard, and stays open while the status comes', async () => {
  const scene = many(255);
  play(scene);
  const page = await browser.open(nodeA.url);
  await showsHeadline(page, 'node-a holds all 255 virtual routers');
  assert.equal(await page.locator('details.router').count(), 255);
  await page.getByPlaceholder('Name, VRID or address').fill('web-117');
  await waitFor(async () => (await page.locator('details.router').count()) === 1, {
    what: 'one is left',
    deadlineMs: DEADLINE_MS,
  });
  await page.locator('details.router > summary').focus();
  await page.keyboard.press('Enter');
  await shows(page, 'here, without end');
  play(scene);
  play(scene);
  assert.equal(await page.locator('details.router[open]').count(), 1);
});

test('on a phone nothing is wider than the screen', async () => {
  play([SNAPSHOT, wellPair()[1]]);
  const page = await browser.open(nodeA.url);
  await page.setViewportSize({ width: 340, height: 700 });
  await showsHeadline(page, 'node-a holds 198.18.51.100 and 198.18.51.101');
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 340);
});
