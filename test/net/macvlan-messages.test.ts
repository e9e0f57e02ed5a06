/** The bytes of messages about macvlans: held against those that ip(8) sends, and no bytes from the kernel throw. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../src/lib/bytes.ts';
import type { MacAddress } from '../../src/lib/mac-address.ts';
import { decodeLinkDetails, encodeLinkChange, encodeMacvlan } from '../../src/net/macvlan-messages.ts';

const HEADER_BYTES = 16;
const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

describe('messages about macvlans', () => {
  test('what is encoded decodes: name, MAC, parent, kind', () => {
    const mac = '00:00:5e:00:01:33' as MacAddress;
    const link = decodeLinkDetails(encodeMacvlan({ name: 'vrrp.51', mac, parentIndex: 7 }));
    assert.equal(link?.name, 'vrrp.51');
    assert.equal(link?.mac, mac);
    assert.equal(link?.parentIndex, 7);
    assert.equal(link?.kind, 'macvlan');
    assert.equal(link?.up, false);
    assert.equal(link?.alias, undefined);
  });

  test('up and down change that flag alone, anything else none', { skip: !isLittleEndian }, () => {
    assert.equal(toHex(encodeLinkChange(7, { up: true })), `00000000${'07000000'}${'01000000'}${'01000000'}`);
    assert.equal(
      toHex(encodeLinkChange(7, { up: false })),
      `00000000${'07000000'}${'00000000'}${'01000000'}`,
    );
    const silent = encodeLinkChange(7, { alias: 'x', ipv4: { arpIgnore: 1 }, withoutIpv6Identifiers: true });
    assert.equal(toHex(silent.subarray(8, HEADER_BYTES)), '0000000000000000');
  });

  test('no bytes throw', () => {
    const body = fc.uint8Array({ maxLength: 120 });
    fc.assert(fc.property(body, bytes => void decodeLinkDetails(bytes)));
    const plausible = body.map(bytes => {
      const found = encodeMacvlan({ name: 'a', mac: '00:00:5e:00:01:33' as MacAddress, parentIndex: 1 });
      found.set(bytes.subarray(0, Math.max(0, found.length - HEADER_BYTES)), HEADER_BYTES);
      return found;
    });
    fc.assert(fc.property(plausible, bytes => void decodeLinkDetails(bytes)));
  });
});
