/** A capture on a real interface: VRRP and AH of both families, both ways, and nothing else; the groups of a silent host; the end. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type Capture, openCapture } from '../../src/app/capture.ts';
import { openPacketSocket } from '../../src/native/packet-socket.ts';
import { waitFor } from '../support/wait.ts';
import { advertPacket, advertPacket6 } from './advert-packet.ts';
import { enterNewNetwork, indexOf, ip, makeCable } from './namespace.ts';
import { openWire, type Wire } from './wire.ts';

const skip = enterNewNetwork();
const ETHERNET_HEADER_BYTES = 14;

describe('a capture', { skip }, () => {
  let capture: Capture;
  let wire: Wire;
  let heard: string[];
  let errors: string[];

  const open = (interfaceName: string): Promise<Capture> =>
    openCapture({
      interfaceName,
      onFrame: (frame, ethernet) => {
        const packet = Buffer.from(ethernet ? frame.subarray(ETHERNET_HEADER_BYTES) : frame);
        heard.push(packet.toString('hex'));
      },
      onError: error => errors.push(error.code),
    });

  beforeEach(async () => {
    makeCable('near', 'far', '198.18.51.1/24');
    heard = [];
    errors = [];
    wire = openWire(indexOf('far'));
    capture = await open('near');
  });

  afterEach(() => {
    capture.close();
    wire.close();
    ip('link delete near');
  });

  const hears = (packets: readonly Buffer[]) =>
    waitFor(() => heard.length >= packets.length, {
      what: `${packets.length} packets are heard`,
      deadlineMs: 5_000,
      context: () => heard.join('\n'),
    }).then(() =>
      assert.deepEqual(
        heard,
        packets.map(packet => packet.toString('hex')),
      ),
    );

  test('hears VRRP, behind AH too, of both families, whatever its TTL; nothing else', async () => {
    const wanted = [
      advertPacket({ ttl: 1 }),
      advertPacket({ optionBytes: 40 }),
      advertPacket({ headed: true }),
      advertPacket6(),
      advertPacket6({ nextHeader: 51 }),
    ];
    const others = [
      advertPacket({ protocol: 6 }),
      advertPacket({ protocol: 17 }),
      advertPacket6({ nextHeader: 58 }),
      Buffer.alloc(60, 0x45),
      Buffer.alloc(60),
    ];
    for (const each of [...others, ...wanted, advertPacket({ vrid: 52 })]) wire.inject(each);
    await hears([...wanted, advertPacket({ vrid: 52 })]);
    assert.equal(capture.missed(), 0);
  });

  test('hears what this host sends', async () => {
    const socket = openPacketSocket(indexOf('near'));
    const packet = advertPacket();
    socket.send(Buffer.concat([Buffer.from('01005e0000120200000000010800', 'hex'), packet]));
    socket.close();
    await hears([packet]);
  });

  test('leaves to the interface of a VLAN what is its own', async () => {
    const tagged = Buffer.from('01005e000012020000000009810000070800', 'hex');
    const socket = openPacketSocket(indexOf('far'));
    socket.send(Buffer.concat([tagged, advertPacket({ vrid: 7 })]));
    socket.close();
    wire.inject(advertPacket());
    await hears([advertPacket()]);
  });

  test('asks the interface for the groups of both families', () => {
    const groups = ip('maddress show dev near');
    assert.match(groups, /link {2}01:00:5e:00:00:12/);
    assert.match(groups, /link {2}33:33:00:00:00:12/);
  });

  test('needs an interface that is there', async () => {
    await assert.rejects(open('ghost'), /there is no interface ghost/);
  });

  test('ends when the interface goes down', async () => {
    ip('link set near down');
    await waitFor(() => errors.length > 0, { what: 'it is told', deadlineMs: 5_000 });
    assert.deepEqual(errors, ['ENETDOWN']);
  });
});
