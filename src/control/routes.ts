/**
 * What each path answers: the views, which may be read, and an operator's words, which only the control socket takes. A question in, a reply
 * out; how either travels is the server's business (RFC 9110 for methods and codes).
 */

import type { Operator, Snapshot, Views } from './answers.ts';
import type { DrainOutcome } from './drain.ts';
import type { ReloadOutcome } from './reload.ts';
import type { Health } from './status.ts';
import { activity, readiness } from './verdicts.ts';

/** A request as far as it counts. */
export interface Question {
  readonly method: string;
  /** Path and query, as they came. */
  readonly target: string;
  readonly hasBody: boolean;
}

/** What is answered by whom; without an operator's ear, views alone. */
export interface Desk {
  readonly views: Views;
  readonly operator: Operator | undefined;
}

export interface Whole {
  readonly kind: 'whole';
  readonly code: number;
  readonly contentType: string;
  readonly body: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export type Reply =
  | Whole
  /** Every snapshot from now on, as server-sent events. */
  | { readonly kind: 'live' }
  /** The events so far, as JSON lines, and every one from now on. */
  | { readonly kind: 'events' }
  /** Something that is done while the answer is open: JSON lines of progress, then of the outcome. */
  | { readonly kind: 'work'; readonly work: Work };

export type Work = (tell: (progress: string) => void) => Promise<DrainOutcome | ReloadOutcome>;

const JSON_TYPE = 'application/json';
export const JSON_LINES = 'application/jsonl';

type View = (views: Views, query: URLSearchParams) => Promise<Reply> | Reply;

const VIEWS: ReadonlyMap<string, View> = new Map<string, View>([
  ['/', views => page(views)],
  ['/status', async views => whole(200, JSON_TYPE, `${(await views.snapshot()).json()}\n`)],
  ['/live', () => ({ kind: 'live' })],
  ['/events', (views, query) => (query.has('follow') ? { kind: 'events' } : eventsSoFar(views))],
  ['/metrics', async views => metrics(await views.snapshot())],
  ['/healthz', async views => verdict(await views.health())],
  ['/readyz', async views => ready(views)],
  ['/active', async (views, query) => active(await views.snapshot(), query.get('router') ?? undefined)],
]);

interface Word {
  /** The queries that it knows. */
  readonly queries: readonly string[];
  readonly work: (operator: Operator, query: string) => Work;
}

const WORDS: ReadonlyMap<string, Word> = new Map<string, Word>([
  [
    '/drain',
    {
      queries: ['', 'force'],
      work: (operator, query) => tell => operator.drain(query === 'force', tell),
    },
  ],
  ['/undrain', { queries: [''], work: operator => () => operator.undrain() }],
  ['/reload', { queries: [''], work: operator => () => operator.reload() }],
]);

export async function replyTo(question: Question, { views, operator }: Desk): Promise<Reply> {
  if (question.hasBody) return refusal(413, 'requests have no body here');
  const [, path = '', query = ''] = TARGET.exec(question.target) ?? [];
  const view = VIEWS.get(path);
  if (view !== undefined)
    return isReading(question.method)
      ? view(views, new URLSearchParams(query))
      : wrongMethod(path, 'GET, HEAD');
  const word = WORDS.get(path);
  if (word === undefined) return refusal(404, `there is only ${pathsOf(operator).join(', ')}`);
  if (operator === undefined) return refusal(403, `${path} is for the control socket: "locum${words(path)}"`);
  if (question.method !== 'POST') return wrongMethod(path, 'POST');
  return word.queries.includes(query)
    ? { kind: 'work', work: word.work(operator, query) }
    : refusal(400, `${path} is asked in another way: ${path}?${query}`);
}

/** A path and a query; a proxy may put the scheme and the host before them (RFC 9112 §3.2.2). */
const TARGET = /^(?:https?:\/\/[^/?]*)?([^?]*)(?:\?(.*))?$/s;

const words = (path: string): string => path.replaceAll('/', ' ');

const isReading = (method: string): boolean => method === 'GET' || method === 'HEAD';

function pathsOf(operator: Operator | undefined): string[] {
  const views = [...VIEWS.keys()].map(path => `GET ${path}`);
  return operator === undefined ? views : [...views, ...[...WORDS.keys()].map(path => `POST ${path}`)];
}

function whole(code: number, contentType: string, body: string, headers: Whole['headers'] = {}): Whole {
  return { kind: 'whole', code, contentType, body, headers };
}

export function refusal(code: number, error: string, headers: Whole['headers'] = {}): Whole {
  return whole(code, JSON_TYPE, `${JSON.stringify({ error })}\n`, headers);
}

function wrongMethod(path: string, allow: string): Whole {
  return refusal(405, `${path} takes ${allow.replace(', ', ' and ')} only`, { allow });
}

function verdict(health: Health): Whole {
  return whole(health.ok ? 200 : 503, JSON_TYPE, `${JSON.stringify(health)}\n`);
}

async function ready(views: Views): Promise<Whole> {
  const health = await views.health();
  return verdict(health.ok ? readiness((await views.snapshot()).status) : health);
}

function active({ status }: Snapshot, router: string | undefined): Whole {
  const found = activity(status, router);
  if (found !== undefined) return verdict(found);
  const names = status.routers.map(({ name }) => name).join(', ');
  return refusal(404, `there is no virtual router of that name; there are: ${names}`);
}

function eventsSoFar({ events }: Views): Whole {
  return whole(
    200,
    JSON_LINES,
    events
      .recent()
      .map(event => `${JSON.stringify(event)}\n`)
      .join(''),
  );
}

async function metrics(snapshot: Snapshot): Promise<Whole> {
  const { contentType, text } = await snapshot.metrics();
  return whole(200, contentType, text);
}

function page(views: Views): Whole {
  const { html, policy } = views.page();
  return whole(200, 'text/html; charset=utf-8', html, { 'content-security-policy': policy });
}
