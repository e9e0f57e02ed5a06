/** The authentication data of version 2. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError } from '../../src/lib/assert.ts';
import {
  AUTHENTICATION_TYPES,
  authenticationData,
  passAuthentication,
} from '../../src/vrrp/authentication.ts';

const octets = (text: string): Uint8Array => new TextEncoder().encode(text);

test('a password is padded with zeros to eight octets', () => {
  assert.deepEqual([...authenticationData(passAuthentication(octets('abc')))], [97, 98, 99, 0, 0, 0, 0, 0]);
  assert.deepEqual(authenticationData(passAuthentication(octets('abcdefgh'))), octets('abcdefgh'));
});

test('no authentication is eight zeros', () => {
  assert.deepEqual(authenticationData({ type: 'none' }), new Uint8Array(8));
});

test('a password of none or nine octets is a programmer error: configuration checks it', () => {
  assert.throws(() => passAuthentication(octets('')), AssertionError);
  assert.throws(() => passAuthentication(octets('ninechars')), AssertionError);
});

test('the key is a copy of the password', () => {
  const password = octets('secret');
  const authentication = passAuthentication(password);
  password.fill(0);
  assert.deepEqual(authenticationData(authentication).subarray(0, 6), octets('secret'));
});

test('the types are those of RFC 2338', () => {
  assert.deepEqual(AUTHENTICATION_TYPES, { none: 0, pass: 1, ah: 2, hmac: 0 });
});
