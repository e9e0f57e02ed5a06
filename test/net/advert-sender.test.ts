/** Sending adverts on a real socket, as a neighbour sees them. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { OperatingError } from '../../src/lib/errors.ts';
import { openAdvertReceiver } from '../../src/net/advert-receiver.ts';
import { type AdvertSender, openAdvertSender } from '../../src/net/advert-sender.ts';
import { waitFor } from '../support/wait.ts';
import { advertPacket, payloadOf } from './advert-packet.ts';
import { moduleUrl, runInChild } from './child.ts';
import { enterNewNetwork, indexOf, ip, makeCable } from './namespace.ts';
import { openWire, type Wire } from './wire.ts';

const ETHERTYPE_IPV4 = 0x0800;
const skip = enterNewNetwork();

describe('the advert sender', { skip }, () => {
  let wire: Wire;
  let sender: AdvertSender;

  beforeEach(() => {
    makeCable('near', 'far', '198.18.51.1/24');
    wire = openWire(indexOf('far'));
    sender = openAdvertSender({
      interfaceName: 'near',
      interfaceIndex: indexOf('near'),
      families: new Set([4, 6]),
    });
  });

  afterEach(() => {
    sender.close();
    wire.close();
    ip('link delete near');
  });

  const send = (packet: Uint8Array): Promise<OperatingError | undefined> =>
    new Promise(resolve => sender.send(packet, resolve));
  const seen = (count: number): Promise<Buffer[]> =>
    waitFor(
      () => {
        const frames = wire.frames(ETHERTYPE_IPV4);
        return frames.length >= count && frames;
      },
      { what: `${count} frames`, deadlineMs: 5_000, everyMs: 1 },
    );

  test('sends the packet as it is, to the Ethernet address of its group', async () => {
    const packet = advertPacket({ source: '198.18.51.1' });
    packet.writeUInt16BE(0x1234, 4); // An identification of its own; 0 would be the kernel's to choose.
    packet.writeUInt16BE(packet.readUInt16BE(10) - 0x1234, 10);
    assert.equal(await send(packet), undefined);
    const [frame] = await seen(1);
    assert.ok(frame);
    assert.equal(frame.subarray(0, 6).toString('hex'), '01005e000012');
    assert.deepEqual(payloadOf(frame), packet);
  });

  test('is not heard on its own host', async () => {
    const heard: unknown[] = [];
    const receiver = openAdvertReceiver({
      interfaceName: 'near',
      interfaceIndex: indexOf('near'),
      admissions: new Map([[51, { leastTtl: 255 }]]),
      onPacket: packet => heard.push(packet[12]),
      onError: assert.fail,
    });
    try {
      await send(advertPacket({ source: '198.18.51.1' }));
      wire.inject(advertPacket());
      await waitFor(() => heard.length > 0, { what: 'the other packet', deadlineMs: 5_000, everyMs: 1 });
      assert.equal(receiver.drain(10), 0);
      assert.equal(heard.length, 1);
    } finally {
      receiver.close();
    }
  });

  test('sends in order, 200 packets at once', async () => {
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, i) => send(advertPacket({ vrid: i % 256 }))),
    );
    assert.ok(results.every(error => error === undefined));
    const vrids = (await seen(200)).map(frame => payloadOf(frame)[21]);
    assert.deepEqual(
      vrids,
      Array.from({ length: 200 }, (_, i) => i % 256),
    );
  });

  test('refuses more than its queue holds, and says so each time', async () => {
    const results = await Promise.all(Array.from({ length: 1_030 }, () => send(advertPacket())));
    assert.deepEqual(
      results.flatMap(error => error?.code ?? []),
      Array.from({ length: 6 }, () => 'ENOBUFS'),
    );
  });

  test('says why a packet was not sent: link down, too short, closed', async () => {
    assert.equal((await send(new Uint8Array(19)))?.code, 'EINVAL');
    ip('link set near down');
    assert.match(String((await send(advertPacket()))?.code), /^(?:ENETDOWN|ENETUNREACH|ENODEV)$/);
    const underway = send(advertPacket());
    sender.close();
    assert.equal((await underway)?.code, 'ECANCELED');
    assert.equal((await send(advertPacket()))?.code, 'ECANCELED');
  });

  test("an exception of the caller's callback is uncaught, not a failed advert", async () => {
    const { output } = await runInChild(`
      import { openAdvertSender } from '${moduleUrl('net/advert-sender')}';
      const sender = openAdvertSender({ interfaceName: 'near', interfaceIndex: ${indexOf('near')}, families: new Set([4]) });
      process.once('uncaughtException', error => console.log('uncaught:', error.message));
      sender.send(Buffer.from('${advertPacket().toString('hex')}', 'hex'), error => {
        console.log('done:', error);
        throw new Error('a fault of the caller');
      });
    `);
    assert.equal(output, 'done: undefined\nuncaught: a fault of the caller\n');
  });
});
