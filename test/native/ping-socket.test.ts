/** Echo requests in a real kernel: by a ping socket, by a raw one, without permission; replies of others, no route, no neighbour. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, test } from 'node:test';
import type { OperatingError } from '../../src/lib/errors.ts';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import { openPingSocket, type PingSocket } from '../../src/native/ping-socket.ts';
import { moduleUrl, runInChild, WITHOUT_CAPABILITIES } from '../net/child.ts';
import { enterNewNetwork, ip, makeCable } from '../net/namespace.ts';
import { holdsFor, waitFor } from '../support/wait.ts';

const skip = enterNewNetwork();
const SELF = '127.0.0.1' as IpAddress;
const GROUPS = '/proc/sys/net/ipv4/ping_group_range';
const NOBODY = '1 0';

/** Whom the kernel gives ping sockets; false where that cannot be set. */
function allowGroups(range: string): boolean {
  try {
    writeFileSync(GROUPS, range);
    return readFileSync(GROUPS, 'utf8').split(/\s+/).join(' ').trim() === range;
  } catch {
    return false;
  }
}

describe('ping socket', { skip }, () => {
  const sockets: PingSocket[] = [];
  const open = (address: IpAddress, identifier = 7) => {
    const replies: number[] = [];
    const errors: OperatingError[] = [];
    const socket = openPingSocket({
      address,
      identifier,
      onReply: sequence => replies.push(sequence),
      onError: error => errors.push(error),
    });
    sockets.push(socket);
    return { socket, replies, errors };
  };

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.close();
    allowGroups(NOBODY);
  });

  for (const [kind, range] of [
    ['a raw socket', NOBODY],
    ['a ping socket', '0 0'],
  ] as const)
    test(`${kind} hears its own replies, and those of no other`, async t => {
      if (!allowGroups(range))
        return t.skip('net.ipv4.ping_group_range cannot be set: /proc/sys is read-only here');
      const [one, other] = [open(SELF, 7), open(SELF, 8)];
      one.socket.send(1);
      one.socket.send(65_535);
      await waitFor(() => one.replies.length === 2, { what: 'two replies', deadlineMs: 2_000, everyMs: 1 });
      assert.deepEqual(one.replies, [1, 65_535]);
      await holdsFor(() => other.replies.length === 0, { what: 'no reply of the other', forMs: 50 });
      one.socket.close();
      one.socket.send(2);
    });

  test('a ping socket needs no capability, a raw one NET_RAW, and the error says both', async t => {
    const source = `
      import { openPingSocket } from '${moduleUrl('native/ping-socket')}';
      const timer = setTimeout(() => {}, 5_000);
      try {
        const socket = openPingSocket({ address: '127.0.0.1', identifier: 7, onError: console.error,
          onReply: sequence => { console.log('reply', sequence); clearTimeout(timer); } });
        socket.send(3);
      } catch (error) { console.log(error.code, error.message); clearTimeout(timer); }`;
    if (!allowGroups('0 0'))
      return t.skip('net.ipv4.ping_group_range cannot be set: /proc/sys is read-only here');
    assert.equal((await runInChild(source, WITHOUT_CAPABILITIES)).output, 'reply 3\n');
    allowGroups(NOBODY);
    assert.match(
      (await runInChild(source, WITHOUT_CAPABILITIES)).output,
      /^EPERM cannot open a socket for echo requests.*NET_RAW.*net\.ipv4\.ping_group_range\n$/,
    );
  });

  test('an open one does not keep the process alive', async () => {
    const { code, output } = await runInChild(`
      import { openPingSocket } from '${moduleUrl('native/ping-socket')}';
      openPingSocket({ address: '127.0.0.1', identifier: 7, onReply() {}, onError() {} });`);
    assert.deepEqual({ code, output }, { code: 0, output: '' });
  });

  test('throws where there is no route, and is silent where nobody answers', async () => {
    assert.throws(() => open('198.19.0.1' as IpAddress), { code: 'ENETUNREACH' });
    makeCable('near', 'far', '198.18.51.1/24');
    try {
      const { socket, replies } = open('198.18.51.9' as IpAddress);
      socket.send(1);
      await holdsFor(() => replies.length === 0, { what: 'no reply', forMs: 50 });
    } finally {
      ip('link delete near');
    }
  });
});
