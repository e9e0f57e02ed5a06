/** Keyed hashes (RFC 2104) for the protocol core, from Node's crypto. The core gets a function, and never a key that could be shown. */

import { createHmac } from 'node:crypto';
import { messageOf, OperatingError } from '../lib/errors.ts';
import type { Digest } from '../vrrp/parameters.ts';

/** Throws an OperatingError where the crypto library refuses the hash, as one in FIPS mode does MD5. */
export function keyedDigest(hash: 'md5' | 'sha256', key: Uint8Array): Digest {
  const digest: Digest = octets => createHmac(hash, key).update(octets).digest();
  try {
    digest(new Uint8Array());
  } catch (thrown) {
    const message = `HMAC-${hash.toUpperCase()} is not available: ${messageOf(thrown)}`;
    throw new OperatingError('ENOTSUP', message, { hash }, thrown);
  }
  return digest;
}
