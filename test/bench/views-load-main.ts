/**
 * The readers of the bench of views, in a process of their own inside a test host: pages that are open on each address and a scraper that asks
 * for the metrics without pause. Prints a JSON line of what it was given so far each second; the first one when every page is open.
 *
 *     node views-load-main.js PAGES SCRAPE_EVERY_MS PORT ADDRESS…
 */

import { get } from 'node:http';

const [pages = '50', every = '100', port = '9112', ...addresses] = process.argv.slice(2);

const counts = { open: 0, messages: 0, scrapes: 0, slowestScrapeMs: 0, failures: 0 };

function openPage(host: string): void {
  const lost = (): void => {
    counts.failures += 1;
    setTimeout(() => openPage(host), 100);
  };
  get({ host, port: Number(port), path: '/live', agent: false }, answer => {
    counts.open += 1;
    answer.on('data', (chunk: Buffer) => {
      if (chunk.includes('\n\n')) counts.messages += 1;
    });
    answer.on('close', () => {
      counts.open -= 1;
      lost();
    });
    answer.on('error', () => undefined);
  }).on('error', lost);
}

function scrape(host: string): void {
  const begunMs = performance.now();
  const again = (): void =>
    void setTimeout(() => scrape(host), Math.max(0, begunMs + Number(every) - performance.now()));
  get({ host, port: Number(port), path: '/metrics', agent: false }, answer => {
    answer.resume();
    answer.on('end', () => {
      counts.scrapes += 1;
      counts.slowestScrapeMs = Math.max(counts.slowestScrapeMs, Math.round(performance.now() - begunMs));
      again();
    });
  }).on('error', () => {
    counts.failures += 1;
    again();
  });
}

for (const address of addresses) {
  for (let page = 0; page < Number(pages); page += 1) openPage(address);
  scrape(address);
}

const report = (): void => void process.stdout.write(`${JSON.stringify(counts)}\n`);
const opening = setInterval(() => {
  if (counts.open < Number(pages) * addresses.length) return;
  clearInterval(opening);
  report();
  setInterval(report, 1_000);
}, 20);
