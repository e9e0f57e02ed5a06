/** What each path answers, as data: methods, bodies, queries, and what an asker without the control socket may not say. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventLog } from '../../src/control/event-log.ts';
import { type Desk, type Question, type Reply, replyTo, type Whole } from '../../src/control/routes.ts';
import type { RouterStatus, Status } from '../../src/control/status.ts';
import { deskWith, type Given, SNAPSHOT } from './support.ts';

const get = (target: string): Question => ({ method: 'GET', target, hasBody: false });
const post = (target: string): Question => ({ method: 'POST', target, hasBody: false });

async function wholeOf(question: Question, desk: Desk): Promise<Whole> {
  const reply: Reply = await replyTo(question, desk);
  assert.ok(reply.kind === 'whole', reply.kind);
  return reply;
}

const onSocket = (given: Given = {}): Desk => deskWith(given);
const overTcp = (given: Given = {}): Desk => ({ views: deskWith(given).views, operator: undefined });

function statusOf(...routers: readonly Partial<RouterStatus>[]): Status {
  const [first] = SNAPSHOT.routers;
  assert.ok(first !== undefined);
  return { ...SNAPSHOT, routers: routers.map(router => ({ ...first, ...router })) };
}

const VIEWS = ['/', '/status', '/live', '/events', '/metrics', '/healthz', '/readyz', '/active'];
const WORDS = ['/drain', '/undrain'];

describe('a view', () => {
  it('is the same on the control socket and over TCP', async () => {
    for (const path of VIEWS)
      assert.deepEqual(await replyTo(get(path), onSocket()), await replyTo(get(path), overTcp()), path);
  });

  it('is read with GET and HEAD, and any other method is told so', async () => {
    for (const path of VIEWS) {
      const head = await replyTo({ ...get(path), method: 'HEAD' }, overTcp());
      assert.deepEqual(head, await replyTo(get(path), overTcp()), path);
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', '']) {
        const { code, headers } = await wholeOf({ ...get(path), method }, onSocket());
        assert.deepEqual([code, headers['allow']], [405, 'GET, HEAD'], `${method} ${path}`);
      }
    }
  });

  it('may be asked with a query of no meaning, and with scheme and host before the path', async () => {
    assert.equal((await wholeOf(get('/status?x=1&y'), overTcp())).code, 200);
    assert.equal((await wholeOf(get('http://node-a:9112/status'), overTcp())).code, 200);
  });

  it('with a body, or with another name, is refused', async () => {
    assert.equal((await wholeOf({ ...get('/status'), hasBody: true }, onSocket())).code, 413);
    const names = ['/Status', '/status/', '//status', '/constructor', '/../status', '', '*', '/\n', '/%2e'];
    for (const target of names) {
      const { code, body } = await wholeOf(get(target), onSocket());
      assert.equal(code, 404, target);
      assert.match(body, /there is only GET \/, GET \/status, .*POST \/drain, POST \/undrain/);
    }
  });

  it('never tells of what changes something, over TCP', async () => {
    const { body } = await wholeOf(get('/nothing'), overTcp());
    assert.doesNotMatch(body, /POST/);
  });
});

describe('an operator’s word', () => {
  it('is heard on the control socket alone', async () => {
    for (const path of WORDS) {
      assert.equal((await replyTo(post(path), onSocket())).kind, 'work');
      for (const question of [post(path), get(path), post(`${path}?force`)]) {
        const { code, body } = await wholeOf(question, overTcp());
        assert.equal(code, 403);
        assert.match(body, /is for the control socket: \\"locum (un)?drain\\"/);
      }
    }
  });

  it('is said with POST and in the known way', async () => {
    for (const path of WORDS) {
      const { code, headers } = await wholeOf(get(path), onSocket());
      assert.deepEqual([code, headers['allow']], [405, 'POST']);
    }
    for (const target of ['/drain?farce', '/drain?force=1', '/undrain?force', '/drain?force&x'])
      assert.equal((await wholeOf(post(target), onSocket())).code, 400, target);
    assert.equal((await replyTo(post('/drain?force'), onSocket())).kind, 'work');
  });
});

describe('the short answers', () => {
  const code = async (target: string, status: Status) =>
    (await wholeOf(get(target), overTcp({ status: async () => status }))).code;

  it('/healthz tells of the daemon alone, and needs no snapshot', async () => {
    const status = () => Promise.reject(new Error('no snapshot'));
    assert.equal((await wholeOf(get('/healthz'), overTcp({ status }))).code, 200);
    const stuck = overTcp({ status, health: () => ({ ok: false, detail: 'stuck' }) });
    for (const path of ['/healthz', '/readyz']) {
      const { code, body } = await wholeOf(get(path), stuck);
      assert.deepEqual([code, JSON.parse(body)], [503, { ok: false, detail: 'stuck' }]);
    }
  });

  it('/readyz waits for each tracker that alone means fault, and for no other', async () => {
    const [contribution] = SNAPSHOT.routers[0]?.contributions ?? [];
    assert.ok(contribution !== undefined);
    const follows = (weight: number, health: 'unknown' | 'up' | 'down') =>
      statusOf({}, { contributions: [{ ...contribution, tracker: 'disk', weight, health }] });
    assert.equal(await code('/readyz', follows(0, 'up')), 200);
    assert.equal(await code('/readyz', follows(0, 'down')), 200);
    assert.equal(await code('/readyz', follows(-30, 'unknown')), 200);
    assert.equal(await code('/readyz', follows(0, 'unknown')), 503);
    const waiting = overTcp({ status: async () => follows(0, 'unknown') });
    assert.match((await wholeOf(get('/readyz'), waiting)).body, /not checked yet: disk/);
  });

  it('/active asks every virtual router, or the one that is named', async () => {
    const both = statusOf({ name: 'web', state: 'master' }, { name: 'mail', state: 'backup' });
    assert.equal(await code('/active', both), 503);
    assert.equal(await code('/active?router=web', both), 200);
    assert.equal(await code('/active?router=mail', both), 503);
    assert.equal(await code('/active', statusOf({ state: 'master' }, { state: 'master' })), 200);
    for (const state of ['init', 'backup', 'fault'] as const)
      assert.equal(await code('/active', statusOf({ state })), 503);
    assert.equal(await code('/active', statusOf()), 404);
    const { code: unknown, body } = await wholeOf(
      get('/active?router=constructor'),
      overTcp({ status: async () => both }),
    );
    assert.equal(unknown, 404);
    assert.match(body, /there are: web, mail/);
  });
});

describe('the events', () => {
  const log = new EventLog(() => '2026-01-31T12:00:00.000Z');
  log.tell({ kind: 'state', subject: 'web', text: 'web is\nmaster now' });
  log.tell({ kind: 'tracker', subject: 'nginx', text: 'nginx is up' });

  it('are JSON lines, oldest first, or stay open', async () => {
    const { contentType, body } = await wholeOf(get('/events'), overTcp({ events: log }));
    assert.equal(contentType, 'application/jsonl');
    const lines = body.trimEnd().split('\n');
    assert.deepEqual(
      lines.map(line => JSON.parse(line) as unknown),
      log.recent(),
    );
    assert.equal((await replyTo(get('/events?follow'), overTcp({ events: log }))).kind, 'events');
  });
});
