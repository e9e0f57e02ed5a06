/**
 * Questions over HTTP under fire: methods, paths, queries, Host and Origin as a browser, a proxy or somebody else may send them. Each has
 * one answer that fits on the wire; nothing changes but by POST on the control socket; and nobody is taken for a browser of this node, or
 * may read across origins, whom a second reading of the same text does not find to be one.
 */

import { validateHeaderValue } from 'node:http';
import { type Desk, type Question, type Reply, replyTo, type Whole } from '../../src/control/routes.ts';
import { allowedOrigin, isForUs, SAFETY, type WebRules } from '../../src/control/web-rules.ts';
import { deskWith, SNAPSHOT } from '../control/support.ts';
import type { Random } from '../sim/random.ts';
import { brokenText, HOSTILE_TEXTS } from './json.ts';
import { type Fails, type Judgement, type Target, withoutNeedless } from './target.ts';

export interface QuestionInput extends Question {
  /** Over TCP, where nobody is an operator. */
  readonly overTcp: boolean;
  readonly host: string | undefined;
  readonly origin: string | undefined;
}

/** The answering under fire; a test puts a broken one in its place. */
export interface Answering {
  readonly replyTo: typeof replyTo;
  readonly isForUs: typeof isForUs;
  readonly allowedOrigin: typeof allowedOrigin;
}

export const ANSWERING: Answering = { replyTo, isForUs, allowedOrigin };

export function questionTarget(name: string, answering = ANSWERING): Target<QuestionInput> {
  return {
    name,
    boundMs: 100,
    make: makeInput,
    judge: input => judge(input, answering),
    minimise: minimiseQuestion,
    show: input => JSON.stringify(input),
  };
}

export const QUESTIONS = questionTarget('question');

const ROUTERS = ['web', 'mail'];
const [WEB] = SNAPSHOT.routers;
const STATUS = { ...SNAPSHOT, routers: WEB === undefined ? [] : ROUTERS.map(name => ({ ...WEB, name })) };
const { views, operator } = deskWith({ status: async () => STATUS });
const ON_SOCKET: Desk = { views, operator };
const OVER_TCP: Desk = { views, operator: undefined };

const RULES: WebRules = {
  peers: ['http://198.18.51.12:9112', 'https://lb-b.example.com/locum', 'http://[fd00:198:18::12]:9112'],
  names: ['lb-a.example.com'],
};
const ORIGINS = RULES.peers.map(peer => new URL(peer).origin);
const NAMES = ['lb-a.example.com', 'lb-b.example.com'];

const VIEWS = ['/', '/status', '/live', '/events', '/metrics', '/healthz', '/readyz', '/active'];
const WORDS = ['/drain', '/undrain', '/reload'];
const METHODS = [
  'GET',
  'GET',
  'GET',
  'HEAD',
  'POST',
  'POST',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'get',
  '',
  '__proto__',
];
const QUERIES = [
  '',
  '?',
  '?force',
  '?follow',
  '?router=web',
  '?router=mail&router=x',
  '?router=',
  '?force=1',
];
const HOSTS = [
  '198.18.51.11:9112',
  '[fd00:198:18::11]:9112',
  'node-a',
  ...NAMES,
  'example.org',
  'localhost:1',
];

const oneOf = (list: readonly string[], random: Random): string =>
  random.weighted([
    [7, random.pick(list)],
    [3, brokenText(random.pick(list), random).slice(0, 200)],
    [1, random.pick(HOSTILE_TEXTS)],
  ]);

function makeInput(random: Random): QuestionInput {
  const path = oneOf([...VIEWS, ...WORDS], random);
  const before = random.chance(0.1) ? `http://${oneOf(HOSTS, random)}` : '';
  const given = (list: readonly string[]): string | undefined =>
    random.chance(0.1) ? undefined : oneOf(list, random);
  return {
    method: random.chance(0.9) ? random.pick(METHODS) : oneOf(METHODS, random),
    target: `${before}${path}${oneOf(QUERIES, random)}`,
    hasBody: random.chance(0.05),
    overTcp: random.chance(0.5),
    host: given(HOSTS),
    origin: given([...ORIGINS, 'null', 'http://example.org', 'https://lb-b.example.com.example.org']),
  };
}

async function judge(input: QuestionInput, answering: Answering): Promise<Judgement> {
  const reply = await answering.replyTo(input, input.overTcp ? OVER_TCP : ON_SOCKET);
  const problem =
    (reply.kind === 'whole' ? unfitAnswer(reply) : undefined) ??
    unexpected(input, reply) ??
    mistakenHost(input.host, answering) ??
    mistakenOrigin(input.origin, answering);
  return { outcome: reply.kind === 'whole' ? String(reply.code) : reply.kind, problem };
}

/** What names a resource: the part before the first question mark, without a scheme and a host. */
function pathAndQuery(target: string): readonly [path: string, query: string] {
  const scheme = ['http://', 'https://'].find(each => target.startsWith(each)) ?? '';
  const rest = target.slice(scheme.length);
  const from = scheme === '' ? 0 : rest.search(/[/?]|$/);
  const mark = rest.indexOf('?', from);
  return mark === -1 ? [rest.slice(from), ''] : [rest.slice(from, mark), rest.slice(mark + 1)];
}

function unfitAnswer({ code, contentType, body, headers }: Whole): string | undefined {
  for (const [name, value] of Object.entries({ ...SAFETY, ...headers, 'content-type': contentType }))
    validateHeaderValue(name, value);
  if (contentType === 'application/json') {
    JSON.parse(body);
    if (body.indexOf('\n') !== body.length - 1) return `the answer is not one line: ${body}`;
  }
  return code >= 200 && code < 600 ? undefined : `the code is ${code}`;
}

/** Another reply than the question must have. */
function unexpected(question: QuestionInput, reply: Reply): string | undefined {
  const code = reply.kind === 'whole' ? reply.code : 200;
  const wanted = codeFor(question);
  if (code !== wanted) return `answered with ${code}, not ${wanted}`;
  const isWork = reply.kind === 'work';
  const mayWork = question.method === 'POST' && !question.overTcp;
  return isWork && !mayWork ? 'something changes' : undefined;
}

/** Of a node that is ready, and master everywhere. */
function codeFor({ method, target, hasBody, overTcp }: QuestionInput): number {
  const [path, query] = pathAndQuery(target);
  if (hasBody) return 413;
  if (VIEWS.includes(path)) {
    if (method !== 'GET' && method !== 'HEAD') return 405;
    return path === '/active' ? activeCode(query) : 200;
  }
  if (!WORDS.includes(path)) return 404;
  if (overTcp) return 403;
  if (method !== 'POST') return 405;
  return query === '' || (path === '/drain' && query === 'force') ? 200 : 400;
}

/** Nothing that is broken spells a known name in another way; a second question mark says nothing. */
function activeCode(query: string): number {
  const pairs = query.replace(/^\?/, '').split('&');
  const named = pairs.find(pair => pair.split('=', 1)[0] === 'router');
  return named === undefined || ROUTERS.includes(named.slice('router='.length)) ? 200 : 404;
}

/** Whom a browser would have asked, had it been led to a name with a dot: only a known one, or an address. */
function mistakenHost(host: string | undefined, answering: Answering): string | undefined {
  if (!answering.isForUs(host, RULES)) return undefined;
  if (host === undefined || !URL.canParse(`http://${host}/`)) return undefined;
  const { hostname } = new URL(`http://${host}/`);
  const name = hostname.replace(/\.$/, '');
  const isKnown = !name.includes('.') || NAMES.includes(name) || /^(?:[\d.]+|\[.*\])$/.test(name);
  return isKnown ? undefined : `${host} is taken for this node, and means ${hostname}`;
}

function mistakenOrigin(origin: string | undefined, answering: Answering): string | undefined {
  const allowed = answering.allowedOrigin(origin, RULES);
  const isPeer = ORIGINS.some(peer => peer === origin);
  if (allowed === (isPeer ? origin : undefined)) return undefined;
  return `the origin ${origin} is answered with ${allowed}`;
}

async function minimiseQuestion(input: QuestionInput, fails: Fails<QuestionInput>): Promise<QuestionInput> {
  let smaller = input;
  for (const change of [{ host: undefined }, { origin: undefined }, { hasBody: false }, { method: 'GET' }])
    if (await fails({ ...smaller, ...change })) smaller = { ...smaller, ...change };
  for (const part of ['target', 'host', 'origin'] as const) {
    const left = await withoutNeedless([...(smaller[part] ?? '')], fewer =>
      fails({ ...smaller, [part]: fewer.join('') }),
    );
    if (smaller[part] !== undefined) smaller = { ...smaller, [part]: left.join('') };
  }
  return smaller;
}
