/** A raw socket that is closed stays closed, whatever is still asked of it: the package would open another, bound to nothing. */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import { openRawSocket } from '../../src/net/raw-socket.ts';
import { enterNewNetwork } from './namespace.ts';

const skip = enterNewNetwork();
const IPPROTO_RAW = 255;

const descriptors = (): number => readdirSync('/proc/self/fd').length;

test('a closed raw socket receives and sends nothing, and opens no other', { skip }, async () => {
  const before = descriptors();
  const socket = openRawSocket(IPPROTO_RAW, {});
  socket.close();
  assert.equal(socket.receiveNow(), false);
  socket.discardWaiting();
  const failure = await new Promise<string | undefined>(resolve =>
    socket.send(new Uint8Array(20), '127.0.0.1' as IpAddress, error => resolve(error?.code)),
  );
  assert.equal(failure, 'ECANCELED');
  assert.equal(descriptors(), before);
});
