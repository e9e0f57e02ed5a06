/** Requirements 1 to 19: what is put on the wire. */

import assert from 'node:assert/strict';
import { AssertionError } from '../../../src/lib/assert.ts';
import { toHex, uint8At, uint16At } from '../../../src/lib/bytes.ts';
import { centiseconds, seconds } from '../../../src/lib/time.ts';
import { passAuthentication } from '../../../src/vrrp/authentication.ts';
import { internetChecksum, isChecksumRight, messageChecksum } from '../../../src/vrrp/checksum.ts';
import { decodeIp } from '../../../src/vrrp/ip-packet.ts';
import type { Parameters } from '../../../src/vrrp/parameters.ts';
import { receive } from '../../../src/vrrp/receive.ts';
import { multicastFrame, virtualMac } from '../../../src/vrrp/virtual-mac.ts';
import { asMaster, encodePacket, ip, Led, masterOf, PEER, parameters, patched, US, VIP } from '../support.ts';
import { holds, refuses } from './prove.ts';

const GROUP = ip('224.0.0.18');
const VERSIONS = [2, 3] as const;

function sent(changes: Partial<Parameters> = {}, priority = 100): Uint8Array {
  return encodePacket(parameters(changes), priority);
}

function message(changes: Partial<Parameters> = {}, priority = 100): Uint8Array {
  return sent(changes, priority).subarray(20);
}

/** Whatever is advertised, in both versions: the regular one and the resignation. */
function everyPacket(check: (packet: Uint8Array) => void): void {
  for (const version of VERSIONS) for (const priority of [0, 1, 254, 255]) check(sent({ version }, priority));
}

holds(1, 'the IPv4 TTL of every packet is 255', () =>
  everyPacket(packet => assert.equal(uint8At(packet, 8), 255)),
);

refuses(1, 'a TTL that anything lowered would not be accepted by ourselves', () => {
  const lowered = patched(sent({ primaryAddress: PEER }), { 8: 254 });
  assert.equal(receive(lowered, parameters()).kind, 'discard');
});

holds(3, 'every packet goes to 224.0.0.18', () =>
  everyPacket(packet => assert.equal(decodeIp(packet)?.destination, GROUP)),
);

refuses(3, 'what was sent to one host is not taken for an advertisement', () => {
  const unicast = patched(sent({ primaryAddress: PEER }), { 16: 198, 17: 18, 18: 0, 19: 2 });
  assert.equal(receive(unicast, parameters()).kind, 'discard');
});

holds(4, 'the IP protocol of every packet is 112', () =>
  everyPacket(packet => assert.equal(decodeIp(packet)?.protocol, 112)),
);

refuses(4, 'another protocol is not taken for VRRP', () => {
  for (const protocol of [51, 111, 113])
    assert.equal(
      receive(patched(sent({ primaryAddress: PEER }), { 9: protocol }), parameters()).kind,
      'discard',
    );
});

holds(5, 'the source is the primary address', () =>
  everyPacket(packet => assert.equal(decodeIp(packet)?.source, US)),
);

refuses(
  5,
  'the source is none of the virtual addresses, and follows when the primary address changes',
  () => {
    assert.notEqual(decodeIp(sent())?.source, VIP);
    assert.equal(decodeIp(sent({ primaryAddress: PEER }))?.source, PEER);
  },
);

holds(6, 'with a virtual MAC every packet leaves in a frame from it, to the MAC of the group', () =>
  everyPacket(packet => {
    const frame = multicastFrame(packet, virtualMac(4, 51));
    assert.equal(toHex(frame.subarray(0, 14)), '01005e00001200005e0001330800');
    assert.equal(internetChecksum(frame.slice(14, 34), 0), 0);
  }),
);

refuses(6, 'no two virtual routers of a link send from one MAC', () => {
  const vrids = Array.from({ length: 255 }, (_, i) => i + 1);
  const macs = vrids.flatMap(vrid => [virtualMac(4, vrid), virtualMac(6, vrid)]);
  assert.equal(new Set(macs).size, 510);
});

holds(8, 'version 3, type 1, reserved bits zero', () => {
  assert.equal(uint8At(message(), 0), 0x31);
  assert.equal(uint8At(message({ advertisementInterval: centiseconds(4095) }), 4) >>> 4, 0);
});

refuses(8, 'version 2 is sent only by a version 2 router', () => {
  assert.equal(uint8At(message({ version: 2 }), 0), 0x21);
});

holds(9, 'the VRID is sent as configured', () => {
  for (const vrid of [1, 51, 255]) assert.equal(uint8At(message({ vrid }), 1), vrid);
});

holds(10, 'the owner advertises 255', () => {
  const led = new Led({ priority: 255 }).start();
  assert.equal(led.did[0], 'advertise 255');
  assert.equal(uint8At(message({}, 255), 2), 255);
});

refuses(10, 'nobody else advertises 255, and 0 only when it resigns', () => {
  for (const priority of [1, 100, 254]) {
    const led = masterOf({ priority });
    assert.equal(led.did[0], `advertise ${priority}`);
    assert.equal(led.wait().wait().did[0], `advertise ${priority}`);
    assert.equal(led.input(led.now / 1_000, { type: 'shutdown' }).did[0], 'advertise 0');
  }
});

holds(12, 'the count is that of the addresses, which are IPv4 like the header', () => {
  for (const version of VERSIONS) {
    const packet = message({ version, addresses: [VIP, ip('198.18.51.101')] });
    assert.equal(uint8At(packet, 3), 2);
    assert.equal(toHex(packet.subarray(8, 16)), 'c6123364c6123365');
  }
});

refuses(12, 'an advertisement without an address cannot be made', () => {
  for (const version of VERSIONS) assert.throws(() => message({ version, addresses: [] }), AssertionError);
});

holds(14, 'the version 3 interval is 12 bits of centiseconds, 1 to 4095', () => {
  for (const cs of [1, 100, 4095])
    assert.equal(uint16At(message({ advertisementInterval: centiseconds(cs) }), 4), cs);
});

refuses(14, 'seconds are not sent as seconds', () => {
  assert.equal(uint16At(message({ advertisementInterval: seconds(2) }), 4), 200);
});

holds(15, 'set so, version 3 sends the checksum over the message alone', () => {
  const packet = message({ checksum: 'message-only' });
  assert.ok(isChecksumRight(packet, 'message-only', US, GROUP));
});

refuses(15, 'unless set so, version 3 sends the pseudo-header form (deviation)', () => {
  assert.ok(isChecksumRight(message(), 'pseudo-header', US, GROUP));
  assert.equal(isChecksumRight(message(), 'message-only', US, GROUP), false);
});

holds(16, 'the version 2 checksum covers the authentication data', () => {
  const authentication = passAuthentication(new TextEncoder().encode('secret'));
  const packet = message({ version: 2, authentication });
  assert.ok(isChecksumRight(packet, 'message-only', US, GROUP));
  assert.equal(isChecksumRight(patched(packet, { 19: 1 }), 'message-only', US, GROUP), false);
});

refuses(16, 'the version 2 checksum has no pseudo-header, whatever form is set for version 3', () => {
  for (const checksum of ['pseudo-header', 'message-only'] as const) {
    const packet = message({ version: 2, checksum });
    const alone = messageChecksum(patched(packet, { 6: 0, 7: 0 }), 'message-only', US, GROUP);
    assert.equal(uint16At(packet, 6), alone);
  }
});

holds(17, 'version 2 ends in eight zeros without authentication', () => {
  assert.equal(toHex(message({ version: 2 }).subarray(-8)), '0000000000000000');
});

refuses(17, 'version 3 ends with the last address', () => {
  assert.equal(toHex(message().subarray(-4)), 'c6123364');
});

holds(18, 'the version 2 interval is in seconds', () => {
  assert.equal(uint8At(message({ version: 2, advertisementInterval: seconds(10) }), 5), 10);
});

holds(19, 'addresses are sent in the configured order', () => {
  const addresses = [ip('198.18.51.9'), ip('198.18.51.1'), ip('198.18.51.5')];
  assert.equal(toHex(message({ addresses }).subarray(8)), 'c6123309c6123301c6123305');
});

holds(58, 'the effects of becoming master: the addresses first, then the announcement', () => {
  const { did } = masterOf();
  assert.ok(did.indexOf('acquireAddresses') < did.indexOf('announceAddresses'));
});

refuses(58, 'addresses that could not be configured are not announced any more', () => {
  const led = masterOf();
  assert.ok(asMaster(led.state).announceAt.length > 0);
  led.input(led.now / 1_000, { type: 'effectFailed', effect: 'acquireAddresses', message: 'EPERM' });
  assert.ok(!led.did.includes('announceAddresses'));
  assert.equal(led.deadline?.reason, 'retry');
});
