/** Webhooks of a real pair: a receiver in the LAN gets every state, signed and in order, to the last; one that is down delays no hand-over. */

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Host, Lan } from '../support/lan.ts';
import { LocumNode, masterIs } from '../support/node.ts';
import { waitFor } from '../support/wait.ts';

const SECRET = 'a secret of thirty-two octets..!';
const PORT = 8_080;

/** Writes every request as one line of JSON, and answers 204. */
const RECEIVER = `
  const { createServer } = require('node:http');
  const { appendFileSync } = require('node:fs');
  createServer((request, response) => {
    let body = '';
    request.on('data', chunk => { body += chunk; });
    request.on('end', () => {
      appendFileSync(process.argv[1], JSON.stringify({ headers: request.headers, body }) + '\\n');
      response.writeHead(204).end();
    });
  }).listen(${PORT}, () => console.log('listening'));`;

interface Received {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

describe('a pair with webhooks', () => {
  let lan: Lan;
  let receiver: Host;
  let a: LocumNode;
  let b: LocumNode;

  const received = async (): Promise<Received[]> => {
    const text = await readFile(join(receiver.folder, 'received'), 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line));
  };
  const states = async () => (await received()).map(({ body }) => JSON.parse(body).state);
  const told = (expected: readonly string[]) =>
    waitFor(async () => (await states()).join(' ') === expected.join(' '), {
      what: `the receiver is told ${expected}`,
      deadlineMs: 15_000,
    });

  before(async () => {
    lan = await Lan.create();
    receiver = await lan.host('receiver', '198.18.51.9/24');
    const listening = await receiver.inside.spawn(process.execPath, [
      '-e',
      RECEIVER,
      join(receiver.folder, 'received'),
    ]);
    await waitFor(() => listening.output.includes('listening'), { what: 'it listens', deadlineMs: 15_000 });
    const secretFile = join(receiver.folder, 'secret');
    await writeFile(secretFile, SECRET, { mode: 0o600 });
    const url = `http://198.18.51.9:${PORT}/hook`;
    const up = { type: 'webhook', url, 'secret-file': secretFile };
    // Nobody has the address: a connection is not refused, it hangs.
    const down = { type: 'webhook', url: `http://198.18.51.250:${PORT}/hook`, timeout: '2s' };
    const refused = { type: 'webhook', url: `http://198.18.51.9:${PORT + 1}/hook` };
    a = await LocumNode.start(lan, 'a', {
      address: '198.18.51.1/24',
      priority: 100,
      sections: { notify: { up, down, refused } },
    });
    await masterIs(a, [a]);
    b = await LocumNode.start(lan, 'b', {
      address: '198.18.51.2/24',
      priority: 90,
      sections: { notify: { down, refused } },
    });
    await masterIs(a, [a, b]);
  });
  after(() => lan?.close());

  test('the receiver knows each state, from whom and why, and that nobody made it up', async () => {
    await told(['backup', 'master']);
    const all = await received();
    for (const { headers, body } of all) {
      const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
      const expected = createHmac('sha256', SECRET).update(signed).digest('base64');
      assert.equal(headers['webhook-signature'], `v1,${expected}`);
    }
    const { node, router, vrid, from, reason, priority, seq, folded } = JSON.parse(all[1]?.body ?? '{}');
    assert.deepEqual(
      [node, router, vrid, from, priority, seq, folded],
      ['a', 'web', 51, 'backup', 100, 2, 0],
    );
    assert.ok(reason.length > 0);
  });

  test('a hand-over waits for no target that is down, and status says which it is', async () => {
    const began = performance.now();
    await a.nginx.kill();
    await masterIs(b, [a, b], 2_000);
    assert.ok(performance.now() - began < 2_000);
    await told(['backup', 'master', 'backup']);
    const hooks = new Map(((await b.status())?.hooks ?? []).map(hook => [hook.name, hook]));
    assert.match(hooks.get('refused')?.last?.detail ?? '', /ECONNREFUSED.*attempt \d+ of 10/);
    assert.ok((hooks.get('down')?.runs ?? 0) >= 1);
    assert.ok(!JSON.stringify([...hooks.values()]).includes('/hook'), 'no URL is shown');
  });

  test('the last word is told at the stop, whatever the other targets do', async () => {
    const began = performance.now();
    await a.daemon.stop(15_000);
    assert.ok(performance.now() - began < 9_000, 'Docker waits 10 s before it kills');
    await told(['backup', 'master', 'backup', 'stop']);
  });
});
