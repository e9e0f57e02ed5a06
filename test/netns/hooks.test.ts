/** Being told: a pair and a hook that writes down what it is called with; keepalived's own calls beside; and hooks that hang. */

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Keepalived } from '../support/keepalived.ts';
import { type Host, Lan } from '../support/lan.ts';
import { LocumNode, masterIs, VIP, VIP_CIDR } from '../support/node.ts';
import { monotonicUs, Observer } from '../support/observer.ts';
import { waitFor } from '../support/wait.ts';

/** A hand-over takes milliseconds; what a busy machine adds is not what these tests are about. */
const PROMPT_MS = 1_000;
/** Docker waits 10 s before it kills. */
const STOP_WITHIN_MS = 9_000;

const recordOf = (host: Host) => join(host.folder, 'told');

/** A program that writes down its arguments, and then does what it is given to do. */
async function writeHook(host: Host, body = ''): Promise<string> {
  const path = join(host.folder, 'hook.sh');
  await writeFile(path, `#!/bin/sh\necho "$@" >> ${recordOf(host)}\n${body}\n`, { mode: 0o755 });
  return path;
}

const tellThrough = (command: string, more = {}) => ({ notify: { it: { type: 'exec', command, ...more } } });

/** The first one without its priority, which depends on whether the trackers have reported by then. */
const toldTo = async (host: Host): Promise<string[]> => {
  const text = await readFile(recordOf(host), 'utf8').catch(() => '');
  const lines = text.split('\n').filter(line => line !== '');
  return lines.map((line, at) => (at === 0 ? line.replace(/ \d+$/, '') : line));
};

/** Waits until exactly these were told. */
async function isTold(host: Host, expected: readonly string[]): Promise<void> {
  let told: string[] = [];
  await waitFor(
    async () => {
      told = await toldTo(host);
      return told.length >= expected.length;
    },
    { what: `${host.name} is told ${expected}`, deadlineMs: 15_000, context: () => told.join('\n') },
  );
  assert.deepEqual(told, expected);
}

describe('a pair that tells', () => {
  let lan: Lan;
  let a: LocumNode;
  let b: LocumNode;
  const expected: Record<'a' | 'b', string[]> = { a: [], b: [] };
  const nowTold = async (more: { readonly a?: readonly string[]; readonly b?: readonly string[] }) => {
    expected.a.push(...(more.a ?? []));
    expected.b.push(...(more.b ?? []));
    await Promise.all([isTold(a.host, expected.a), isTold(b.host, expected.b)]);
  };

  before(async () => {
    lan = await Lan.create();
    const start = async (name: string, address: string, priority: number) => {
      const node = await LocumNode.create(lan, name, { address, priority });
      const command = await writeHook(node.host);
      await node.configure({ priority, sections: tellThrough(command) });
      await node.nginx.start();
      await node.startDaemon();
      return node;
    };
    a = await start('node-a', '198.18.51.11/24', 100);
    await masterIs(a, [a]);
    b = await start('node-b', '198.18.51.12/24', 98);
    await masterIs(a, [a, b]);
  });
  after(() => lan.close());

  test('says BACKUP, then MASTER where a node becomes it', async () => {
    await nowTold({ a: ['INSTANCE web BACKUP', 'INSTANCE web MASTER 100'], b: ['INSTANCE web BACKUP'] });
  });

  test('says on both sides that nginx died, with the priority that is left', async () => {
    a.nginx.kill();
    await nowTold({ a: ['INSTANCE web BACKUP 70'], b: ['INSTANCE web MASTER 98'] });
  });

  test('says that it came back', async () => {
    await a.nginx.start();
    await nowTold({ a: ['INSTANCE web MASTER 100'], b: ['INSTANCE web BACKUP 98'] });
  });

  test('says FAULT when the cable is pulled, and what comes after it', async () => {
    await lan.setCable(a.host, 'down');
    await nowTold({ a: ['INSTANCE web FAULT 100'], b: ['INSTANCE web MASTER 98'] });
    await lan.setCable(a.host, 'up');
    await nowTold({
      a: ['INSTANCE web BACKUP 100', 'INSTANCE web MASTER 100'],
      b: ['INSTANCE web BACKUP 98'],
    });
  });

  test('shows in its status whom it told', async () => {
    const hook = await waitFor(async () => (await a.status()).hooks.find(({ running }) => running === null), {
      what: 'the hook rests',
      deadlineMs: 5_000,
    });
    assert.deepEqual(
      { ...hook, last: { ...hook.last, when: undefined } },
      {
        name: 'it',
        type: 'exec',
        runs: 7,
        failures: 0,
        dropped: 0,
        waiting: 0,
        running: null,
        last: { when: undefined, ok: true, detail: 'web MASTER: exit code 0' },
      },
    );
  });

  test('says STOP at the end', async () => {
    assert.equal((await a.daemon.stop()).code, 0);
    await nowTold({ a: ['INSTANCE web STOP 100'], b: ['INSTANCE web MASTER 98'] });
  });
});

test("keepalived's notify script is called with the same words", async () => {
  const lan = await Lan.create();
  try {
    const host = await lan.host('peer', '198.18.51.21/24');
    const hook = await writeHook(host);
    const keepalived = new Keepalived(host);
    await keepalived.run(notifying(hook));
    await keepalived.becomes('MASTER', 10_000);
    await isTold(host, ['INSTANCE web BACKUP', 'INSTANCE web MASTER 100']);
    await keepalived.stop();
    await isTold(host, ['INSTANCE web BACKUP', 'INSTANCE web MASTER 100', 'INSTANCE web STOP 100']);
  } finally {
    await lan.close();
  }
});

const notifying = (script: string) => `
global_defs {
  script_user root
}
vrrp_instance web {
  state BACKUP
  interface eth0
  version 3
  virtual_router_id 51
  priority 100
  advert_int 1
  virtual_ipaddress {
    ${VIP_CIDR}
  }
  notify ${script}
}
`;

describe('hooks that hang', () => {
  let lan: Lan;
  let a: LocumNode;
  let b: LocumNode;
  let client: Observer;

  before(async () => {
    lan = await Lan.create();
    const start = async (name: string, address: string, priority: number) => {
      const node = await LocumNode.create(lan, name, { address, priority });
      const command = await writeHook(node.host, 'sleep 600');
      await node.configure({ priority, sections: tellThrough(command, { timeout: '10m' }) });
      await node.nginx.start();
      await node.startDaemon();
      return node;
    };
    [a, b] = await Promise.all([
      start('node-a', '198.18.51.11/24', 100),
      start('node-b', '198.18.51.12/24', 98),
    ]);
    await masterIs(a, [a, b]);
    client = await Observer.start(await lan.host('client', '198.18.51.50/24'), { address: VIP });
    await client.answerOf('node-a', 0, 5_000);
  });
  after(() => lan.close());

  test('delay no hand-over, there and back', async () => {
    await client.answerOf('node-b', a.nginx.kill(), PROMPT_MS);
    await masterIs(b, [a, b]);
    await a.nginx.start();
    await client.answerOf('node-a', monotonicUs(), 3 * PROMPT_MS);
    await masterIs(a, [a, b]);
    const [hook] = (await a.status()).hooks;
    assert.deepEqual([hook?.runs, hook?.running?.what, hook?.waiting], [1, 'web BACKUP', 3]);
  });

  test('delay the address at no stop, and the stop by a bounded time; the last word is said', async () => {
    const stoppedUs = monotonicUs();
    const stopped = a.daemon.stop(3 * STOP_WITHIN_MS);
    await client.answerOf('node-b', stoppedUs, PROMPT_MS);
    assert.equal(await a.holds(), false);
    assert.equal((await stopped).code, 0);
    assert.ok(monotonicUs() - stoppedUs < STOP_WITHIN_MS * 1_000);
    assert.deepEqual(await toldTo(a.host), ['INSTANCE web BACKUP', 'INSTANCE web STOP 100']);
    assert.equal((await a.host.inside.exec('pgrep', ['-x', 'sleep', '-a'])).stdout.includes('600'), false);
  });
});
