/** The test hosts themselves: what every other test here relies on. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { dissect } from '../support/capture.ts';
import { addressesOf, type Host, Lan } from '../support/lan.ts';
import { Nginx } from '../support/nginx.ts';
import { Observer } from '../support/observer.ts';
import { waitFor } from '../support/wait.ts';

describe('a LAN of hosts in namespaces', () => {
  let lan: Lan;
  let a: Host;
  let b: Host;
  before(async () => {
    lan = await Lan.create();
    a = await lan.host('a', '198.18.51.1/24');
    b = await lan.host('b', '198.18.51.2/24');
  });
  after(() => lan.close());

  const reaches = async (from: Host, to: string): Promise<boolean> => {
    const script = `require('net').connect(9, '${to}').on('error', e => process.exit(e.code === 'ECONNREFUSED' ? 0 : 1));
      setTimeout(() => process.exit(2), 300)`;
    return (await from.inside.exec(process.execPath, ['-e', script])).code === 0;
  };

  test('hosts have their address, and processes of their own only', async () => {
    assert.deepEqual([...(await addressesOf(a))], [['198.18.51.1/24', Number.POSITIVE_INFINITY]]);
    const names = (await a.inside.run('ps', ['-e', '-o', 'comm='])).trim().split('\n');
    assert.deepEqual(names.sort(), ['ps', 'sh', 'sleep']);
  });

  test('reach each other until cut, and again when healed', async () => {
    assert.equal(await reaches(a, '198.18.51.2'), true);
    await lan.cutBothWays(a, b);
    assert.equal(await reaches(a, '198.18.51.2'), false);
    await lan.heal();
    assert.equal(await reaches(a, '198.18.51.2'), true);
  });

  test('a cut in one direction lets the other pass', async () => {
    await lan.cut(a, b);
    const capture = await lan.capture('icmp');
    await b.inside.exec(process.execPath, [
      '-e',
      "require('dgram').createSocket('udp4').send('x', 9, '198.18.51.1', () => process.exit())",
    ]);
    await waitFor(async () => !(await reaches(a, '198.18.51.2')), { what: 'cut', deadlineMs: 2_000 });
    await capture.stop();
    await lan.heal();
    const unreachable = await dissect(capture.file, ['ip.src', 'icmp.type']);
    assert.deepEqual(unreachable, [{ 'ip.src': '198.18.51.1,198.18.51.2', 'icmp.type': '3' }]);
  });

  test('nginx answers, and after SIGKILL refuses at once', async () => {
    const nginx = new Nginx(a);
    await nginx.start();
    const observer = await Observer.start(b, { address: '198.18.51.1' });
    await observer.answerOf('a', 0, 5_000);
    const killedUs = nginx.kill();
    const refused = await waitFor(() => observer.sights.find(sight => sight.what === '!ECONNREFUSED'), {
      what: 'the connection is refused',
      deadlineMs: 2_000,
    });
    await observer.stop();
    assert.ok(refused.atUs - killedUs < 100_000, `${refused.atUs - killedUs} µs`);
  });

  test('a process is stopped, goes on, and its end is seen', async () => {
    const sleeper = await a.inside.spawn('sleep', ['60']);
    sleeper.signal('SIGSTOP');
    sleeper.signal('SIGCONT');
    sleeper.signal('SIGINT');
    assert.equal((await sleeper.exit).signal, 'SIGINT');
    assert.equal((await (await a.inside.spawn('sh', ['-c', 'exit 3'])).exit).code, 3);
  });
});
