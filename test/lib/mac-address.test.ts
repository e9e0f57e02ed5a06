/** Ethernet addresses as text and as octets. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { macAddressBytes, macAddressOf, parseMacAddress } from '../../src/lib/mac-address.ts';

test('an Ethernet address is kept in lower case', () => {
  assert.equal(parseMacAddress('02:42:C6:12:00:0A'), '02:42:c6:12:00:0a');
});

test('what is no Ethernet address is undefined', () => {
  for (const text of [
    '',
    '02:42:c6:12:00',
    '02:42:c6:12:00:0a:0b',
    '2:42:c6:12:0:a',
    '02-42-c6-12-00-0a',
    '0g:42:c6:12:00:0a',
  ])
    assert.equal(parseMacAddress(text), undefined, text);
});

test('its octets come in transmission order', () => {
  const mac = parseMacAddress('00:00:5e:00:01:33');
  assert.ok(mac);
  assert.deepEqual([...macAddressBytes(mac)], [0, 0, 0x5e, 0, 1, 0x33]);
});

test('six octets are an address, another number of them is a mistake', () => {
  assert.equal(macAddressOf(Uint8Array.of(0, 0, 0x5e, 0, 1, 0x33)), '00:00:5e:00:01:33');
  assert.throws(() => macAddressOf(new Uint8Array(5)), /6 octets/);
});
