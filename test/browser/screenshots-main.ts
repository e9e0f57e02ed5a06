/**
 * Takes pictures of the page in every state, light, dark and as on a phone, for people to look at.
 *
 *     node dist/test/browser/screenshots-main.js FOLDER [part of a picture's name]
 */

import { join } from 'node:path';
import type { BrowserContextOptions } from 'playwright-core';
import type { Status } from '../../src/control/status.ts';
import { SNAPSHOT } from '../control/support.ts';
import { ensureAssets } from '../page/bundled.ts';
import { fault, handedOver, many, node, router, twoMasters, wellPair } from '../page/scenes.ts';
import { waitFor } from '../support/wait.ts';
import { openBrowser } from './browser.ts';
import { servePage } from './page-server.ts';

const [folder = '.', wanted = ''] = process.argv.slice(2);

const SCENES: Readonly<Record<string, readonly [Status, Status]>> = {
  master: wellPair(),
  backup: handedOver(),
  fault: fault(),
  'two-masters': twoMasters(),
  'no-master': [fault()[0], node('node-b', [router({ state: 'fault', forMs: 40_000 })])],
  ill: [SNAPSHOT, wellPair()[1]],
  stale: wellPair(),
  many: many(60),
};

const screen = (width: number, colorScheme: 'light' | 'dark'): BrowserContextOptions => ({
  colorScheme,
  viewport: { width, height: 900 },
});

const LOOKS: Readonly<Record<string, BrowserContextOptions>> = {
  light: screen(1_120, 'light'),
  dark: screen(1_120, 'dark'),
  phone: screen(390, 'light'),
  /** Of `backup`, the picture beside the sources. */
  readme: { ...screen(980, 'light'), viewport: { width: 980, height: 690 } },
};

ensureAssets();
const nodeB = await servePage();
const nodeA = await servePage([nodeB.url]);
for (const [look, options] of Object.entries(LOOKS)) {
  const scenes = Object.entries(SCENES).filter(([name]) => `${name}-${look}`.includes(wanted));
  if (scenes.length === 0) continue;
  const browser = await openBrowser(options);
  for (const [name, [a, b]] of scenes) {
    nodeA.play(a);
    nodeB.play(b);
    const page = await browser.open(nodeA.url);
    const count = (selector: string) => page.locator(selector).count();
    await waitFor(async () => (await count('.nodes .live')) === 2, {
      what: 'both nodes',
      deadlineMs: 20_000,
    });
    if (name === 'stale') {
      nodeB.fallSilent();
      await waitFor(async () => (await count('.old')) > 0, { what: 'old data', deadlineMs: 20_000 });
    }
    await page.screenshot({ path: join(folder, `${name}-${look}.png`), fullPage: look !== 'readme' });
    await page.close();
  }
  await browser.close();
}
await nodeA.close();
await nodeB.close();
