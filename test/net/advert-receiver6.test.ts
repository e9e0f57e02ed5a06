/** Receiving adverts over IPv6 on a real socket: whose header the kernel takes off, and which is put back from what its filter proves. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { OperatingError } from '../../src/lib/errors.ts';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import { type AdvertReceiver, openAdvertReceiver6, VRRP_GROUP_6 } from '../../src/net/advert-receiver.ts';
import { openAdvertSender } from '../../src/net/advert-sender.ts';
import { waitFor } from '../support/wait.ts';
import { admitting } from './admissions.ts';
import { advertPacket6, payloadOf } from './advert-packet.ts';
import { enterNewNetwork, indexOf, ip, makeCable } from './namespace.ts';
import { openWire, type Wire } from './wire.ts';

const ETHERTYPE_IPV6 = 0x86dd;
const OWN = 'fe80::51' as IpAddress;
const skip = enterNewNetwork();

describe('the advert receiver over IPv6', { skip }, () => {
  let wire: Wire;
  let packets: Buffer[];
  let errors: OperatingError[];
  let receivers: AdvertReceiver[];

  const open = (destination: IpAddress, leastTtls: ReadonlyMap<number, number>): void =>
    void receivers.push(
      openAdvertReceiver6({
        interfaceName: 'near',
        interfaceIndex: indexOf('near'),
        destination,
        admissions: admitting(leastTtls),
        onPacket: packet => packets.push(Buffer.from(packet)),
        onError: error => errors.push(error),
      }),
    );

  beforeEach(() => {
    makeCable('near', 'far', '198.18.51.1/24');
    ip(`address add ${OWN}/64 dev near nodad`);
    // The kernel takes what is sent to it by its own Ethernet address only; here all goes to the group's.
    ip('link set near promisc on');
    wire = openWire(indexOf('far'));
    packets = [];
    errors = [];
    receivers = [];
  });

  afterEach(() => {
    for (const receiver of receivers) receiver.close();
    wire.close();
    ip('link delete near');
    assert.deepEqual(errors, []);
  });

  const received = (count: number): Promise<true> =>
    waitFor(() => packets.length >= count, { what: `${count} packets`, deadlineMs: 5_000, everyMs: 1 });

  test('hands over what was sent to the group from its header on, with the sender in it', async () => {
    open(VRRP_GROUP_6, new Map([[51, 255]]));
    const sent = ['fe80::9', 'fe80::1:0:0:7'].map(source => advertPacket6({ source }));
    for (const packet of sent) wire.inject(packet);
    await received(2);
    assert.deepEqual(packets, sent);
  });

  test('never hears another hop limit, VRID or group', async () => {
    open(VRRP_GROUP_6, new Map([[51, 255]]));
    for (const junk of [{ hopLimit: 254 }, { vrid: 52 }, { destination: 'ff02::1' }, { nextHeader: 59 }])
      for (let i = 0; i < 50; i++) wire.inject(advertPacket6(junk));
    const last = advertPacket6({ source: 'fe80::99' });
    wire.inject(last);
    await waitFor(() => packets.some(packet => packet.equals(last)), {
      what: 'the last packet',
      deadlineMs: 5_000,
      everyMs: 1,
    });
    assert.deepEqual(packets, [last]);
  });

  test('of an address hears what was sent there, with the least hop limit that passes', async () => {
    open(
      OWN,
      new Map([
        [51, 255],
        [52, 64],
      ]),
    );
    wire.inject(advertPacket6());
    wire.inject(advertPacket6({ destination: OWN, hopLimit: 254 }));
    wire.inject(advertPacket6({ destination: OWN, vrid: 52, hopLimit: 100 }));
    wire.inject(advertPacket6({ destination: OWN, vrid: 52, hopLimit: 63 }));
    wire.inject(advertPacket6({ destination: OWN }));
    await waitFor(() => packets.some(packet => packet.readUInt8(41) === 51), {
      what: 'the last packet, or what should not come',
      deadlineMs: 5_000,
      everyMs: 1,
    }).catch(() => undefined);
    const expected = [
      advertPacket6({ destination: OWN, vrid: 52, hopLimit: 64 }),
      advertPacket6({ destination: OWN }),
    ];
    assert.deepEqual(packets, expected);
  });

  test('is not heard by what its own host sends to the group, which leaves as it is', async () => {
    open(VRRP_GROUP_6, new Map([[51, 255]]));
    const interfaceIndex = indexOf('near');
    const sender = openAdvertSender({ interfaceName: 'near', interfaceIndex, families: new Set([6]) });
    try {
      const packet = advertPacket6({ source: OWN });
      const failure = await new Promise(resolve => sender.send(packet, resolve));
      assert.equal(failure, undefined);
      const frames = () => wire.frames(ETHERTYPE_IPV6).filter(frame => frame.readUInt8(14 + 6) === 112);
      await waitFor(() => frames().length > 0, { what: 'a frame', deadlineMs: 5_000, everyMs: 1 });
      assert.deepEqual(frames().map(payloadOf), [packet]);
      assert.equal(frames()[0]?.subarray(0, 6).toString('hex'), '333300000012');
      wire.inject(advertPacket6());
      await received(1);
      assert.deepEqual(packets, [advertPacket6()]);
    } finally {
      sender.close();
    }
  });
});
