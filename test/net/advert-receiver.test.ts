/** Receiving adverts on a real socket: what arrives, what the kernel keeps away, and what a flood does. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { putUint16 } from '../../src/lib/bytes.ts';
import type { OperatingError } from '../../src/lib/errors.ts';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import {
  type AdvertReceiver,
  openAdvertReceiver,
  openAdvertReceiver6,
  VRRP_GROUP_6,
} from '../../src/net/advert-receiver.ts';
import { encodePackets } from '../../src/vrrp/advertisement.ts';
import { internetChecksum } from '../../src/vrrp/checksum.ts';
import { waitFor } from '../support/wait.ts';
import { ip as address, parameters, peerPacket } from '../vrrp/support.ts';
import { advertPacket } from './advert-packet.ts';
import { enterNewNetwork, indexOf, ip, makeCable } from './namespace.ts';
import { openWire, type Wire } from './wire.ts';

const DEADLINE_MS = 5_000;

/** The kernel fills it when it sends; these go past that kernel, and are dropped without. */
function withHeaderChecksum(packet: Uint8Array): Uint8Array {
  putUint16(packet, 10, internetChecksum(packet.subarray(0, 20), 0));
  return packet;
}
/** As the kernel sorts them. */
const packetOf = {
  sound: (vrid: number) =>
    Buffer.from(withHeaderChecksum(peerPacket({ vrid, primaryAddress: address('198.18.51.9') }))),
  other: (vrid: number) => advertPacket({ vrid }),
} as const;

const skip = enterNewNetwork();

describe('the advert receiver', { skip }, () => {
  let wire: Wire;
  let receiver: AdvertReceiver;
  let packets: Buffer[];
  let errors: OperatingError[];

  const open = (vrids: number[], headed = false): AdvertReceiver =>
    openAdvertReceiver({
      interfaceName: 'near',
      interfaceIndex: indexOf('near'),
      admissions: new Map(vrids.map(vrid => [vrid, { leastTtl: 255 }])),
      headed,
      onPacket: packet => packets.push(Buffer.from(packet)),
      onError: error => errors.push(error),
    });

  beforeEach(() => {
    makeCable('near', 'far', '198.18.51.1/24');
    wire = openWire(indexOf('far'));
    packets = [];
    errors = [];
    receiver = open([51, 52]);
  });

  afterEach(() => {
    receiver.close();
    wire.close();
    ip('link delete near');
    assert.deepEqual(errors, []);
  });

  const received = (count: number): Promise<true> =>
    waitFor(() => packets.length >= count, { what: `${count} packets`, deadlineMs: DEADLINE_MS, everyMs: 1 });

  test('hands over packets of its VRIDs from the IP header on, byte for byte', async () => {
    const sent = [advertPacket(), advertPacket({ vrid: 52, optionBytes: 8 })];
    for (const packet of sent) wire.inject(packet);
    await received(2);
    assert.deepEqual(packets, sent);
  });

  for (const kind of ['sound', 'other'] as const)
    test(`hears other VRIDs from one moment on, without missing one of those that stay: ${kind} packets`, async () => {
      const rounds = Array.from({ length: 20 }, (_, round) => (round % 2 === 0 ? [51, 53] : [51, 52]));
      const sent = rounds.flatMap(vrids => {
        receiver.admit(new Map(vrids.map(vrid => [vrid, { leastTtl: 255 }])));
        const all = [51, 52, 53].map(vrid => ({ vrid, packet: packetOf[kind](vrid) }));
        for (const { packet } of all) wire.inject(packet);
        return all.filter(({ vrid }) => vrids.includes(vrid)).map(({ packet }) => packet);
      });
      await received(sent.length);
      assert.deepEqual(packets, sent);
    });

  test('never wakes up for a foreign VRID or another protocol', async () => {
    for (let i = 0; i < 400; i++) {
      wire.inject(advertPacket({ vrid: 53 }));
      wire.inject(advertPacket({ protocol: 17 }));
    }
    wire.inject(advertPacket());
    await received(1);
    assert.equal(packets.length, 1);
  });

  test('a receiver of headed adverts hears those in authentication headers, and no bare ones', async () => {
    receiver.close();
    receiver = open([51], true);
    const headed = advertPacket({ headed: true });
    wire.inject(advertPacket());
    wire.inject(advertPacket({ headed: true, vrid: 52 }));
    wire.inject(headed);
    await received(1);
    assert.deepEqual(packets, [headed]);
  });

  test('loses no advert among 1,000 junk packets', async () => {
    for (let i = 0; i < 1_000; i++) {
      wire.inject(advertPacket({ vrid: 200, ttl: 1 + (i % 254) }));
      if (i % 100 === 0) wire.inject(advertPacket());
    }
    await received(10);
    assert.equal(packets.length, 10);
  });

  test('a flood of junk in whosever name loses no advert, takes a portion, and is counted', async () => {
    const junk = advertPacket({ source: '198.18.51.2' });
    const [advert = assert.fail()] = encodePackets(
      parameters({ primaryAddress: '198.18.51.2' as IpAddress }),
      100,
    );
    // The event loop stands still meanwhile: nothing is read before the last one is there.
    for (let i = 0; i < 3_000; i++) wire.inject(junk);
    wire.inject(withHeaderChecksum(advert));
    await waitFor(() => packets.some(packet => packet.length === advert.length), {
      what: 'the advert',
      deadlineMs: DEADLINE_MS,
      everyMs: 1,
    });
    assert.ok(packets.length < 500, `${packets.length} packets`);
    assert.ok(receiver.unread() > 2_500, `${receiver.unread()} unread`);
  });

  test('the same over IPv6, by its own pseudo-header', async () => {
    ip('address add fe80::1/64 dev near nodad');
    receiver.close();
    receiver = openAdvertReceiver6({
      interfaceName: 'near',
      interfaceIndex: indexOf('near'),
      admissions: new Map([[51, { leastTtl: 255 }]]),
      destination: VRRP_GROUP_6,
      onPacket: packet => packets.push(Buffer.from(packet)),
      onError: error => errors.push(error),
    });
    const [advert = assert.fail()] = encodePackets(
      parameters({ primaryAddress: 'fe80::2' as IpAddress, addresses: ['fe80::51' as IpAddress] }),
      100,
    );
    const junk = Buffer.from(advert);
    junk[46] = (junk[46] ?? 0) ^ 0x55;
    for (let i = 0; i < 3_000; i++) wire.inject(junk);
    wire.inject(advert);
    await waitFor(() => packets.some(packet => packet.subarray(40).equals(advert.subarray(40))), {
      what: 'the advert',
      deadlineMs: DEADLINE_MS,
      everyMs: 1,
    });
    assert.ok(packets.length < 500, `${packets.length} packets`);
    assert.ok(receiver.unread() > 2_500, `${receiver.unread()} unread`);
  });

  test('has room for its filters with all VRIDs where a socket may have 20 KiB for them, as up to Linux 6.6', () => {
    const limit = '/proc/sys/net/core/optmem_max';
    // Where the limit is not the namespace's own, it is not to be seen here, and the host's holds.
    const before = existsSync(limit) ? readFileSync(limit, 'utf8') : undefined;
    if (before !== undefined) writeFileSync(limit, '20480');
    try {
      receiver.close();
      receiver = open(Array.from({ length: 255 }, (_, i) => i + 1));
    } finally {
      if (before !== undefined) writeFileSync(limit, before);
    }
  });

  test('hears what came with a wrong TTL, so that it is counted', async () => {
    wire.inject(advertPacket({ ttl: 254 }));
    await received(1);
    assert.equal(packets[0]?.[8], 254);
  });

  test('does not hear other interfaces', async () => {
    makeCable('other', 'beyond', '198.18.52.1/24');
    const elsewhere = openWire(indexOf('beyond'));
    const onOther = openAdvertReceiver({
      interfaceName: 'other',
      interfaceIndex: indexOf('other'),
      admissions: new Map([[51, { leastTtl: 255 }]]),
      onPacket: packet => packets.push(Buffer.from(packet)),
      onError: error => errors.push(error),
    });
    try {
      receiver.close();
      receiver = open([52]);
      wire.inject(advertPacket({ vrid: 51 }));
      elsewhere.inject(advertPacket({ vrid: 52, source: '198.18.52.9' }));
      elsewhere.inject(advertPacket({ vrid: 52, source: '198.18.52.9', destination: '198.18.52.1' }));
      elsewhere.inject(advertPacket({ vrid: 51, source: '198.18.52.9' }));
      await received(1);
      assert.deepEqual(packets, [advertPacket({ vrid: 51, source: '198.18.52.9' })]);
    } finally {
      onOther.close();
      elsewhere.close();
      ip('link delete other');
    }
  });

  test('drains what waits in the kernel without the event loop, up to the limit', () => {
    for (let i = 0; i < 5; i++) wire.inject(advertPacket());
    assert.equal(receiver.drain(3), 3);
    assert.equal(packets.length, 3);
    assert.equal(receiver.drain(100), 2);
    assert.equal(receiver.drain(100), 0);
    assert.deepEqual(packets[4], advertPacket());
  });

  test('survives garbage collection although nobody refers to its socket', async () => {
    setFlagsFromString('--expose-gc');
    for (let i = 0; i < 3; i++) runInNewContext('gc')();
    wire.inject(advertPacket());
    await received(1);
  });

  test('is not inherited by child processes', () => {
    const listed = execFileSync('ls', ['-l', '/proc/self/fd'], { encoding: 'utf8' });
    const sockets = [...listed.matchAll(/(\d+) -> socket:/g)].map(match => Number(match[1]));
    assert.deepEqual(
      sockets.filter(fd => fd > 2),
      [],
    );
  });

  test('keeps receiving after the link was down', async () => {
    ip('link set near down');
    ip('link set near up');
    // The far end has its carrier back a moment later; what it sends before is lost.
    const injectAndLook = (): boolean => {
      wire.inject(advertPacket());
      return packets.length > 0;
    };
    await waitFor(injectAndLook, { what: 'a packet', deadlineMs: DEADLINE_MS, everyMs: 20 });
  });

  test('refuses an interface that does not exist', () => {
    const unknown = {
      interfaceName: 'none',
      interfaceIndex: 9_999,
      admissions: new Map([[1, { leastTtl: 255 }]]),
    };
    assert.throws(() => openAdvertReceiver({ ...unknown, onPacket() {}, onError() {} }), { code: 'ENODEV' });
  });
});
