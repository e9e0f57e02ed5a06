/** Chromium without a screen, as Debian packages it: a profile of its own, nothing fetched in the background. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What was said on the page's console or thrown there, of all its pages. */
export interface Browser {
  readonly context: BrowserContext;
  readonly complaints: string[];
  open(url: string): Promise<Page>;
  close(): Promise<void>;
}

export async function openBrowser(options: BrowserContextOptions = {}): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'locum-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    args: FLAGS,
    chromiumSandbox: false,
    ...options,
  });
  const complaints: string[] = [];
  context.on('weberror', problem => void complaints.push(String(problem.error())));
  return {
    context,
    complaints,
    async open(url) {
      const page = await context.newPage();
      page.on('console', message => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      await page.goto(url);
      return page;
    },
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
