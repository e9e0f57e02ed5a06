/** What each adapter says when a capability is missing. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { moduleUrl, runInChild, WITHOUT_CAPABILITIES } from './child.ts';
import { enterNewNetwork, indexOf, makeCable } from './namespace.ts';

const skip = enterNewNetwork();

async function errorOf(source: string): Promise<string> {
  const { output } = await runInChild(
    `${source}
    try {
      await attempt();
    } catch (error) {
      console.log(error.name, error.code, error.message);
    }`,
    WITHOUT_CAPABILITIES,
  );
  return output;
}

describe('without capabilities', { skip }, () => {
  test('raw sockets are refused with EPERM, and the message names NET_RAW', async () => {
    const options = `{ interfaceName: 'lo', interfaceIndex: 1, admissions: new Map([[1, { leastTtl: 255 }]]), families: new Set([4, 6]), onPacket() {}, onError() {} }`;
    for (const [module, open] of [
      ['advert-receiver', 'openAdvertReceiver'],
      ['advert-sender', 'openAdvertSender'],
    ]) {
      const said = await errorOf(`
        import { ${open} } from '${moduleUrl(`net/${module}`)}';
        const attempt = () => ${open}(${options});`);
      assert.match(said, /^OperatingError EPERM .*NET_RAW/);
    }
  });

  test('packet sockets are refused with EPERM, and the message names NET_RAW', async () => {
    const said = await errorOf(`
      import { openPacketSocket } from '${moduleUrl('native/packet-socket')}';
      const attempt = () => openPacketSocket(1);`);
    assert.match(said, /^OperatingError EPERM .*NET_RAW/);
  });

  test('addresses are refused with EPERM, and the message names NET_ADMIN; reading still works', async () => {
    makeCable('eth0', 'far', '198.18.51.1/24');
    const said = await errorOf(`
      import { openRouteNetlink } from '${moduleUrl('net/rtnetlink')}';
      const netlink = openRouteNetlink(console.error);
      const attempt = async () => {
        console.log((await netlink.readLink('eth0')).name);
        await netlink.putAddress({ address: '198.18.51.100', prefixLength: 24 }, ${indexOf('eth0')}, 5, 'create');
      };`);
    assert.match(said, /^eth0\nOperatingError EPERM .*198\.18\.51\.100\/24.*NET_ADMIN/);
  });
});
