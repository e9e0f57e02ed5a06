/**
 * The page's beginning in the browser: listens to the node it came from and to the nodes that this one names, and draws what they say. A
 * hidden page listens to nobody: a browser has six connections to a host, and the seventh tab would wait for ever.
 */

import { render } from 'preact';
import { peerUrls } from '../view/node.ts';
import { App } from './app.tsx';
import { Listener } from './listener.ts';

/** What is silent must look silent, and ages go on; what nodes say is drawn as it comes. */
const REDRAW_AFTER_MS = 900;
const LOOK_EVERY_MS = 300;

const root = document.getElementById('page') ?? document.body;
const own = new Listener(null, changed);
let peers: readonly Listener[] = [];
let drawing = false;
let drawnAt = 0;

function draw(): void {
  drawing = false;
  drawnAt = performance.now();
  const feeds = [own, ...peers].map(({ feed }) => feed);
  render(<App feeds={feeds} now={drawnAt} />, root);
  const answer = root.querySelector('h1')?.textContent ?? '';
  if (answer !== '') document.title = `${answer} · Locum`;
}

/** What comes in one turn of the browser is drawn once, right after it. */
function changed(): void {
  follow(peerUrls(own.feed.status?.peerPages ?? [], document.baseURI));
  if (drawing) return;
  drawing = true;
  setTimeout(draw);
}

/** Listens to exactly these, beside the own node. */
function follow(urls: readonly string[]): void {
  for (const listener of peers) if (!urls.includes(listener.feed.url ?? '')) listener.close();
  peers = urls.map(url => peers.find(({ feed }) => feed.url === url) ?? new Listener(url, changed));
}

document.addEventListener('visibilitychange', () => {
  for (const listener of [own, ...peers])
    if (document.hidden) listener.close();
    else listener.open();
});
setInterval(() => {
  if (performance.now() - drawnAt >= REDRAW_AFTER_MS) draw();
}, LOOK_EVERY_MS);
root.replaceChildren();
draw();
