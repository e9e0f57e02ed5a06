/** VRRPv2 authentication data (RFC 2338 §5.3.6 and §5.3.10; RFC 3768 removed it, keepalived's users still have it). */

import { assert } from '../lib/assert.ts';
import type { Authentication, HmacAuthentication } from './parameters.ts';

/** Every version 2 message ends with this many octets, zero when unused. */
export const AUTHENTICATION_DATA_LENGTH = 8;

/** The Auth Type field. A trailer is no authentication that version 2 knows of. */
export const AUTHENTICATION_TYPES = { none: 0, pass: 1, ah: 2, hmac: 0 } as const satisfies Record<
  Authentication['type'],
  number
>;

const NO_DATA = new Uint8Array(AUTHENTICATION_DATA_LENGTH);

/** Simple-password authentication: 1 to 8 octets, padded with zeros as keepalived does. */
export function passAuthentication(password: Uint8Array): Authentication {
  assert(
    password.length >= 1 && password.length <= AUTHENTICATION_DATA_LENGTH,
    'a password has 1 to 8 octets',
  );
  const key = new Uint8Array(AUTHENTICATION_DATA_LENGTH);
  key.set(password);
  return { type: 'pass', key };
}

/** The eight octets that end a version 2 message. */
export function authenticationData(authentication: Authentication): Uint8Array {
  return authentication.type === 'pass' ? authentication.key : NO_DATA;
}

/** Whether our advertisements carry the trailer of draft-cassen-vrrp-auth-hmac. */
export function signs(authentication: Authentication): authentication is HmacAuthentication {
  return authentication.type === 'hmac' && authentication.mode !== 'receive-only';
}
