/**
 * Two daemons in namespaces, and the pages of both in Chromium: nginx dies, and both pages show who holds the address now. The browser
 * stays on the loopback interface; relays carry its connections to the views of each node.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { ensureAssets } from '../page/bundled.ts';
import { Lan } from '../support/lan.ts';
import { LocumNode, masterIs, VIP } from '../support/node.ts';
import { BUILD } from '../support/paths.ts';
import { waitFor } from '../support/wait.ts';
import { type Browser, openBrowser } from './browser.ts';

const DEADLINE_MS = 20_000;
/** It takes less than 200; what a busy machine adds is not what this test is about. */
const SHOWN_WITHIN_MS = 5_000;
const HTTP_PORT = 9112;

/** A loopback port that leads to a node's views, once its relay runs. */
class Door {
  readonly #server: Server;
  #socket = '';

  constructor() {
    this.#server = createServer(outside => {
      const inside = connect(this.#socket);
      const end = (): void => {
        outside.destroy();
        inside.destroy();
      };
      for (const socket of [outside, inside]) socket.on('error', end).on('close', end);
      outside.pipe(inside).pipe(outside);
    });
  }

  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async leadsTo(node: LocumNode): Promise<void> {
    this.#socket = join(node.host.folder, 'door.sock');
    const relay = await node.host.inside.spawn(process.execPath, [
      join(BUILD, 'test', 'browser', 'relay-main.js'),
      this.#socket,
      String(HTTP_PORT),
    ]);
    await waitFor(() => relay.output.includes('ready'), {
      what: 'the relay listens',
      deadlineMs: DEADLINE_MS,
    });
  }

  close(): void {
    this.#server.close();
  }
}

const doors = [new Door(), new Door()] as const;
let lan: Lan;
let a: LocumNode;
let b: LocumNode;
let urls: string[];
let browser: Browser;

before(async () => {
  ensureAssets();
  urls = await Promise.all(doors.map(door => door.open()));
  lan = await Lan.create();
  const sections = { http: { listen: `127.0.0.1:${HTTP_PORT}`, peers: urls } };
  [a, b] = await Promise.all([
    LocumNode.start(lan, 'node-a', { address: '198.18.51.11/24', priority: 100, sections }),
    LocumNode.start(lan, 'node-b', { address: '198.18.51.12/24', priority: 98, sections }),
  ]);
  await Promise.all([doors[0].leadsTo(a), doors[1].leadsTo(b)]);
  await masterIs(a, [a, b]);
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await lan?.close();
  for (const door of doors) door.close();
});

async function showsHolder(page: Page, name: string): Promise<void> {
  await waitFor(async () => (await page.textContent('h1')) === `${name} holds ${VIP}`, {
    what: `the page says that ${name} holds ${VIP}`,
    deadlineMs: DEADLINE_MS,
    context: () => `--- ${a.daemon.output}\n--- ${b.daemon.output}`,
  });
}

test('nginx is killed: the pages of both nodes show both nodes, and the hand-over', async t => {
  const pages = await Promise.all(urls.map(url => browser.open(url)));
  for (const page of pages) {
    await showsHolder(page, 'node-a');
    await waitFor(async () => (await page.locator('.router .column').count()) === 2, {
      what: 'both nodes are shown',
      deadlineMs: DEADLINE_MS,
    });
    await page.evaluate(`
      new MutationObserver(() => {
        if (document.querySelector('h1').textContent.startsWith('node-b')) window.seenAt ??= Date.now();
      }).observe(document.body, { subtree: true, childList: true, characterData: true })`);
  }
  a.nginx.kill();
  for (const page of pages) await showsHolder(page, 'node-b');
  const { since } = await b.becomes('master');
  for (const [i, page] of pages.entries()) {
    const afterMs = Number(await page.evaluate('window.seenAt')) - Date.parse(since.at);
    t.diagnostic(`page ${i + 1} showed the new master ${afterMs} ms after it was one`);
    assert.ok(afterMs > -100 && afterMs < SHOWN_WITHIN_MS, `${afterMs} ms`);
    assert.match(await page.innerText('.troubles'), /Tracker nginx is down on node-a/);
  }
  assert.deepEqual(browser.complaints, []);
});

test('a daemon is started anew: the pages of both nodes hear it again', async () => {
  const pages = await Promise.all(urls.map(url => browser.open(url)));
  const heard = (page: Page, count: number) =>
    waitFor(async () => (await page.locator('.nodes .live').count()) === count, {
      what: `the page hears ${count} nodes`,
      deadlineMs: DEADLINE_MS,
    });
  for (const page of pages) await heard(page, 2);
  await a.daemon.stop();
  for (const page of pages) await heard(page, 1);
  await a.startDaemon();
  for (const page of pages) await heard(page, 2);
  // The browser says itself that nobody answered meanwhile.
  assert.deepEqual(
    browser.complaints.splice(0).filter(text => !/ERR_|Failed to load resource/.test(text)),
    [],
  );
});
