/** The kernel's own tables, with connections of the test on a loopback address that nobody else has. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { countConnections } from '../../src/drain/socket-table.ts';
import { type IpAddress, parseIpAddress } from '../../src/lib/ip-address.ts';
import { waitFor } from '../support/wait.ts';

const ADDRESS = parseIpAddress(
  `127.${1 + (process.pid % 200)}.${Math.floor(Math.random() * 256)}.${1 + Math.floor(Math.random() * 250)}`,
) as IpAddress;

const accepted: Socket[] = [];
/** To both families, as nginx does with `listen [::]:80 ipv6only=off`, so that its connections are in the second table. */
const both = createServer(socket => accepted.push(socket.on('error', () => {})));
const ipv4 = createServer(socket => accepted.push(socket.on('error', () => {})));
before(async () => {
  both.listen(0, '::');
  ipv4.listen(0, ADDRESS);
  await Promise.all([once(both, 'listening'), once(ipv4, 'listening')]);
});
after(() => {
  for (const socket of accepted) socket.destroy();
  both.close();
  ipv4.close();
});

async function count(): Promise<number> {
  const found = await countConnections(new Set([ADDRESS]));
  assert.ok(found.ok);
  return found.value.connections;
}

test('connections on an address are counted in either table, and no more once they have ended', async () => {
  assert.equal(await count(), 0);
  const clients = await Promise.all(
    [both, ipv4].map(async server => {
      const { port } = server.address() as AddressInfo;
      const client = connect({ host: ADDRESS, port, localAddress: '127.0.0.1' });
      await once(client, 'connect');
      return client;
    }),
  );
  await waitFor(async () => (await count()) === 2, { what: 'two connections', deadlineMs: 5_000 });
  for (const client of clients) client.destroy();
  await waitFor(async () => (await count()) === 0, { what: 'none', deadlineMs: 5_000 });
});
