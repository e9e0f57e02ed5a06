/** The kernel's tables of sockets, line by line. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { countLine } from '../../src/drain/connections.ts';
import { fromUint32, type IpAddress, parseIpAddress, toUint32 } from '../../src/lib/ip-address.ts';

const VIP = parseIpAddress('198.18.51.100') as IpAddress;
const VIPS = new Set([VIP]);

/** 198.18.51.100, as a machine of little-endian order prints it. */
const HEX = '643312C6';
const PEER = '323312C6:C9F2';

/** A line as the kernel prints it; state and receive queue are what counts. */
const line = (local: string, state: string, queue = '00000000'): string =>
  `   7: ${local}:0050 ${PEER} ${state} 00000000:${queue} 00:00000000 00000000     0        0 1146 1 000000002c1f795a 20 4 30 10 -1`;

const count = (text: string) => countLine(text, VIPS, true);

const NOTHING = { handshakes: 0, queued: 0, connections: 0 };
const HANDSHAKE = { ...NOTHING, handshakes: 1 };
const CONNECTION = { ...NOTHING, connections: 1 };

describe('a line counts', () => {
  const cases: [what: string, state: string, found: object][] = [
    ['an established connection', '01', CONNECTION],
    ['a handshake', '03', HANDSHAKE],
    ['a connection with octets or an end not yet acknowledged', '04', CONNECTION],
    ['nothing once the client has acknowledged everything', '05', NOTHING],
    ['nothing in TIME_WAIT', '06', NOTHING],
    ['nothing when closed', '07', NOTHING],
    ['a connection whose client has said all it will', '08', CONNECTION],
    ['a connection that waits for the last acknowledgement', '09', CONNECTION],
    ['a connection that closes on both sides', '0B', CONNECTION],
    ['nothing of our own beginning', '02', NOTHING],
  ];
  for (const [what, state, found] of cases) {
    test(`as ${what}`, () => assert.deepEqual(count(line(HEX, state)), found));
  }

  test('what waits at a listener to be accepted', () => {
    assert.deepEqual(count(line(HEX, '0A', '0000001F')), { ...NOTHING, queued: 31 });
    assert.deepEqual(count(line('00000000', '0A', '00000002')), { ...NOTHING, queued: 2 });
    assert.deepEqual(count(line('0'.repeat(32), '0A', '00000001')), { ...NOTHING, queued: 1 });
    assert.deepEqual(count(line('0100007F', '0A', '00000009')), NOTHING);
  });

  test('IPv4 connections of a socket that listens to both families', () => {
    assert.deepEqual(count(line(`0000000000000000FFFF0000${HEX}`, '01')), CONNECTION);
    assert.deepEqual(count(line(`B80D0120000000000000000${HEX}0`, '01')), NOTHING);
    const bigEndian = line('00000000000000000000FFFFC6123364', '01');
    assert.deepEqual(countLine(bigEndian, VIPS, false), CONNECTION);
  });

  test('connections on an IPv6 address, each word of it in the order of the machine', () => {
    const vips = new Set([parseIpAddress('fd00:198:18::100') as IpAddress]);
    const little = line('980100FD000018000000000000010000', '01');
    assert.deepEqual(countLine(little, vips, true), CONNECTION);
    assert.deepEqual(countLine(line('FD000198001800000000000000000100', '01'), vips, false), CONNECTION);
    assert.deepEqual(countLine(little, VIPS, true), NOTHING);
    assert.deepEqual(countLine(line('980100FD000018000000000000010000', '0A', '00000003'), vips, true), {
      ...NOTHING,
      queued: 3,
    });
  });

  test('nothing on other addresses', () => {
    assert.deepEqual(count(line('653312C6', '01')), NOTHING);
    assert.deepEqual(countLine(line('C6123364', '01'), VIPS, true), NOTHING);
  });

  test('nothing that is no socket', () => {
    const heading =
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
    for (const text of [heading, '', '   7: ', line('XYZ', '01'), line(`${HEX}00`, '01')])
      assert.deepEqual(count(text), NOTHING, text);
  });
});

test('any address is read in either byte order', () => {
  fc.assert(
    fc.property(fc.nat({ max: 0xffffffff }), fc.boolean(), (number, littleEndian) => {
      const address = fromUint32(number);
      const octets = toUint32(address).toString(16).padStart(8, '0').toUpperCase();
      const printed = littleEndian ? (octets.match(/../g) ?? []).reverse().join('') : octets;
      assert.deepEqual(countLine(line(printed, '01'), new Set([address]), littleEndian), CONNECTION);
    }),
    { numRuns: 300 },
  );
});

test('any text counts something without failing', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), text => {
      const { handshakes, queued, connections } = count(text);
      assert.ok(handshakes >= 0 && queued >= 0 && connections >= 0);
    }),
    { numRuns: 300 },
  );
});
