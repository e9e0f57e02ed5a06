/** `locum decode --live` beside a real node: its adverts in plain words, a forged one with the reason, an end by Ctrl-C, and no right to listen. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Lan } from '../support/lan.ts';
import { LocumNode, masterIs } from '../support/node.ts';
import { MAIN } from '../support/paths.ts';
import { waitFor } from '../support/wait.ts';

describe('the wire in plain words', () => {
  let lan: Lan;
  let a: LocumNode;
  let b: LocumNode;

  before(async () => {
    lan = await Lan.create();
    a = await LocumNode.start(lan, 'a', {
      address: '198.18.51.1/24',
      priority: 100,
      router: { 'advert-interval': '100ms' },
    });
    b = await LocumNode.create(lan, 'b', { address: '198.18.51.2/24', priority: 90 });
    await masterIs(a, [a]);
  });
  after(() => lan?.close());

  const live = (node: LocumNode, ...args: string[]) =>
    node.host.inside.spawn(process.execPath, [MAIN, 'decode', '--live', ...args]);

  test('a node hears its own adverts, and another host hears them too', async () => {
    for (const node of [a, b]) {
      const listening = await live(node, 'eth0', '--count', '3');
      const { code } = await listening.exit;
      assert.equal(code, 0, listening.output);
      const adverts = listening.lines.filter(line => line.includes('→'));
      assert.equal(adverts.length, 3, listening.output);
      for (const line of adverts)
        assert.match(
          line,
          /^\d\d:\d\d:\d\d\.\d{3} {2}198\.18\.51\.1 → group: router 51, priority 100, every 100ms, for 198\.18\.51\.100 \(v3, checksum pseudo-header\)$/,
        );
    }
  });

  test('judged by a configuration that differs, they are dropped with the reason', async () => {
    await b.configure({ priority: 90, router: { version: 2 } });
    const listening = await live(b, '--count', '1', '--config', b.configFile);
    await listening.exit;
    assert.match(listening.output, /WRONG: web drops it, version/);
    assert.match(listening.output, /1 packet on eth0, 1 of them wrong/);
  });

  test('Ctrl-C ends it cleanly, with what it counted', async () => {
    const listening = await live(b, 'eth0');
    await waitFor(() => listening.lines.filter(line => line.includes('router 51')).length > 1, {
      what: 'adverts are shown',
      deadlineMs: 15_000,
      context: () => listening.output,
    });
    listening.signal('SIGINT');
    const { code } = await listening.exit;
    assert.equal(code, 0, listening.output);
    assert.match(listening.lines.at(-1) ?? '', /^\d+ packets on eth0, 0 of them wrong$/);
  });

  test('who may not listen is told which capability is missing, and who named no interface of this host too', async () => {
    const without = ['--bounding-set', '-net_raw', '--inh-caps', '-net_raw'];
    const command = [process.execPath, MAIN, 'decode', '--live'];
    const mute = await b.host.inside.exec('setpriv', [...without, ...command, 'eth0']);
    assert.equal(mute.code, 2, mute.stderr);
    assert.match(mute.stderr, /^error: cannot listen on interface \d+: .*NET_RAW/);
    const stray = await b.host.inside.exec(process.execPath, [MAIN, 'decode', '--live', 'eth7']);
    assert.deepEqual([stray.code, stray.stderr], [2, 'error: there is no interface eth7\n']);
  });
});
