/**
 * What comes by `/live` under fire, and what the page shows of it: whatever two nodes send, all that is shown is words, finite numbers
 * and bounded lists, the page is drawn, nothing in it is live, and what nobody touched is read as it was sent.
 */

import type { Status } from '../../src/control/status.ts';
import { answerOf } from '../../src/page/view/answer.ts';
import { type Feed, nodesOf, peerUrls } from '../../src/page/view/node.ts';
import { scaleOf, segmentsOf } from '../../src/page/view/priority.ts';
import { type RouterShown, readStatus, type Shown } from '../../src/page/view/read-status.ts';
import { timelineOf } from '../../src/page/view/timeline.ts';
import { troublesOf } from '../../src/page/view/troubles.ts';
import { type VirtualRouter, virtualRoutersOf } from '../../src/page/view/virtual-routers.ts';
import { FULL, wellNode } from '../control/snapshots.ts';
import { SNAPSHOT } from '../control/support.ts';
import { loadPage, type RenderPage } from '../page/bundled.ts';
import { fault, handedOver, many, twoMasters, wellPair } from '../page/scenes.ts';
import type { Random } from '../sim/random.ts';
import { brokenJson, brokenText, minimiseJson } from './json.ts';
import type { Fails, Judgement, Target } from './target.ts';

export interface LiveInput {
  /** Of the page's own node and of its peer. */
  readonly messages: readonly [string, string];
  /** Since they came. */
  readonly silentMs: number;
  /** As a node sent them. */
  readonly untouched: boolean;
  /** Whether the page is drawn, too. */
  readonly drawn: boolean;
}

/** The reader under fire; a test puts a broken one in its place. */
export type ReadStatus = typeof readStatus;

export function liveTarget(name: string, read: ReadStatus = readStatus): Target<LiveInput> {
  return {
    name,
    boundMs: 1_000,
    make: makeInput,
    judge: input => judge(input, read),
    minimise: minimiseLive,
    show: ({ messages, silentMs }) => `${messages.join('\n')}\nsilent for ${silentMs} ms`,
  };
}

export const LIVE = liveTarget('live');

const PAIRS: readonly (readonly [Status, Status])[] = [
  [SNAPSHOT, FULL],
  [wellNode('a'), wellNode('b')],
  wellPair(),
  handedOver(300),
  twoMasters(),
  fault(),
  many(3),
];

function makeInput(random: Random): LiveInput {
  const [a, b] = random.pick(PAIRS);
  const untouched = random.chance(0.05);
  const silentMs = random.pick([0, 0, 0, 1_000, 3_000, 86_400_000]);
  const sent = (status: Status, other: Status): string =>
    untouched ? JSON.stringify(status) : someMessage(status, other, random);
  return { messages: [sent(a, b), sent(b, a)], silentMs, untouched, drawn: random.chance(0.03) };
}

/** How many things are broken. */
const TIMES = [
  [1, 0],
  [5, 1],
  [4, 3],
  [2, 12],
] as const;

function someMessage(status: Status, other: Status, random: Random): string {
  const text = JSON.stringify(brokenJson(status, random.weighted(TIMES), random, other));
  return random.chance(0.1) ? brokenText(text, random) : text;
}

const NOW = 1e9;
const PEER_URL = 'http://198.18.51.3:9112';

async function judge(
  { messages, silentMs, untouched, drawn }: LiveInput,
  read: ReadStatus,
): Promise<Judgement> {
  const statuses = messages.map(message => read(message));
  const feeds = statuses.map(
    (status, i): Feed => ({
      url: i === 0 ? null : PEER_URL,
      openedAt: NOW - silentMs,
      status: status ?? null,
      receivedAt: status === undefined ? null : NOW - silentMs,
      unreadable: status === undefined,
    }),
  );
  const known = statuses.filter(status => status !== undefined);
  const outcome = ['unreadable', 'one node', 'two nodes'][known.length] ?? '';
  const problem =
    known.map(unfit).find(found => found !== undefined) ??
    (untouched ? unlike(messages, statuses) : undefined) ??
    unfitView(feeds) ??
    (drawn ? unfitPage((await page())(feeds, NOW)) : undefined);
  return { outcome, problem };
}

/** What was sent and what was read of it. */
function unlike(messages: readonly string[], statuses: readonly (Shown | undefined)[]): string | undefined {
  const at = messages.findIndex((message, i) => !holds(JSON.parse(message), statuses[i]));
  return at === -1 ? undefined : `what nobody touched is read as ${JSON.stringify(statuses[at])}`;
}

/** Whether all that was read is what was sent; what the page does not show is not read. */
function holds(sent: unknown, read: unknown): boolean {
  if (typeof read !== 'object' || read === null) return sent === read;
  if (typeof sent !== 'object' || sent === null) return false;
  if (Array.isArray(read) && read.length !== (sent as unknown[]).length) return false;
  return Object.entries(read).every(([key, value]) => holds((sent as Record<string, unknown>)[key], value));
}

/** No number of a status is so large that one could not count on. */
const LARGEST = Number.MAX_SAFE_INTEGER;
const LONGEST_TEXT = 2_000;
const LONGEST_LIST = 1_000;

function unfit(shown: Shown): string | undefined {
  const again = readStatus(JSON.stringify(shown));
  if (JSON.stringify(again) !== JSON.stringify(shown))
    return 'what is shown of what is shown is not the same';
  return unfitValue(shown, 'status');
}

function unfitValue(value: unknown, path: string): string | undefined {
  if (typeof value === 'number') return Math.abs(value) <= LARGEST ? undefined : `${path} is ${value}`;
  if (typeof value === 'string')
    return value.length <= LONGEST_TEXT ? undefined : `${path} has ${value.length} characters`;
  if (typeof value !== 'object' || value === null)
    return value === undefined ? `${path} is undefined` : undefined;
  const items = Object.entries(value);
  if (items.length > LONGEST_LIST) return `${path} has ${items.length} entries`;
  for (const [key, item] of items) {
    const found = unfitValue(item, `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function unfitView(feeds: readonly Feed[]): string | undefined {
  const nodes = nodesOf(feeds, NOW);
  const routers = virtualRoutersOf(nodes);
  const troubles = troublesOf(nodes, routers);
  const { headline, detail } = answerOf(nodes, routers, troubles);
  const words = [headline, detail, ...troubles.flatMap(({ what, detail: why }) => [what, why])];
  const odd = words.find(text => /\b(?:NaN|Infinity|undefined)\b|\[object/.test(text));
  if (odd !== undefined) return `it says ${JSON.stringify(odd)}`;
  if (headline === '') return 'it says nothing';
  const urls = peerUrls(feeds[0]?.status?.peerPages ?? [], 'http://198.18.51.2:9112');
  const bad = urls.find(url => !['http:', 'https:'].includes(new URL(url).protocol));
  if (bad !== undefined) return `it would listen to ${bad}`;
  if (new Set(routers.map(({ key }) => key)).size !== routers.length) return 'two routers have one key';
  return routers.map(unfitRouter).find(found => found !== undefined);
}

function unfitRouter(virtual: VirtualRouter): string | undefined {
  const { windowMs, strips } = timelineOf(virtual);
  const stretches = strips.flatMap(strip => strip.stretches);
  const bad = stretches.find(({ from, to }) => !(from >= 0 && from < to && to <= 1));
  if (bad !== undefined) return `a stretch from ${bad.from} to ${bad.to}`;
  if (!(windowMs > 0)) return `a window of ${windowMs} ms`;
  return unfitBars(virtual.members.flatMap(({ router }) => router ?? []));
}

function unfitBars(routers: readonly RouterShown[]): string | undefined {
  const scale = scaleOf(routers);
  const longest = routers.map(router => segmentsOf(router).reduce((sum, { amount }) => sum + amount, 0));
  const share = Math.max(0, ...longest) / scale;
  return share <= 1 ? undefined : `a bar of ${share} of its scale ${scale}`;
}

let loading: Promise<RenderPage> | undefined;

function page(): Promise<RenderPage> {
  loading ??= loadPage();
  return loading;
}

/** Nothing but shares of a bar or a strip. */
const STYLE = /^(?:(?:left|width):\s?\d[\d.e-]*%;?\s?)+$/;

function unfitPage(html: string): string | undefined {
  if (!/<h1>[^<]/.test(html)) return 'the page has no headline';
  // What stands between quotes is a value, and no quote of a text is left as one.
  const tags = html.replaceAll(/"[^"]*"/g, '""').match(/<[^>]*>/g) ?? [];
  const live = tags.find(tag => /^<(?:script|img|style|svg|iframe|form)\b|\son\w+=/.test(tag));
  if (live !== undefined) return `the page has ${live}`;
  const link = [...html.matchAll(/\shref="([^"]*)"/g)].find(([, url]) => url !== PEER_URL);
  if (link !== undefined) return `the page links to ${link[1]}`;
  const style = [...html.matchAll(/\sstyle="([^"]*)"/g)].find(([, css]) => !STYLE.test(css ?? ''));
  return style && `the page has the style ${style[1]}`;
}

async function minimiseLive(input: LiveInput, fails: Fails<LiveInput>): Promise<LiveInput> {
  const sent = (a: string, b: string): LiveInput => ({ ...input, messages: [a, b], untouched: false });
  const [first, second] = input.messages;
  const a = await minimiseJson(first, text => fails(sent(text, second)));
  const b = await minimiseJson(second, text => fails(sent(a, text)));
  return sent(a, b);
}
