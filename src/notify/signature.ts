/**
 * What proves that a webhook comes from its node and was not sent before: the scheme of Standard Webhooks, for which there are libraries in
 * most languages. Signed are id, time of sending and body, so a receiver that refuses old times, and ids that it has seen, cannot be fooled
 * by a recording. The hash itself is the caller's; the key is never part of a text.
 */

import { err, ok, type Result } from '../lib/result.ts';
import type { Utc } from '../lib/time.ts';

/** HMAC-SHA256 (RFC 2104) with the hook's key, in base64. */
export type Sign = (content: string) => string;

const SECRET_PREFIX = 'whsec_';
const SHORTEST_KEY_OCTETS = 24;
const LONGEST_KEY_OCTETS = 64;

/** The header fields of one attempt. Without a key only the proof is missing. */
export function signatureHeaders(
  id: string,
  sentAt: Utc,
  body: string,
  sign: Sign | undefined,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(sentAt / 1_000_000));
  const told = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  return sign === undefined
    ? told
    : { ...told, 'webhook-signature': `v1,${sign(`${id}.${timestamp}.${body}`)}` };
}

/** The key in a secret: what follows `whsec_` in base64, else the text itself; or what it must be. */
export function keyOf(secret: string): Result<Uint8Array, string> {
  const text = secret.trim();
  const octets = text.startsWith(SECRET_PREFIX)
    ? octetsOfBase64(text.slice(SECRET_PREFIX.length))
    : new TextEncoder().encode(text);
  const length = octets?.length ?? 0;
  return octets !== undefined && length >= SHORTEST_KEY_OCTETS && length <= LONGEST_KEY_OCTETS
    ? ok(octets)
    : err(
        `must hold ${SHORTEST_KEY_OCTETS} to ${LONGEST_KEY_OCTETS} octets, as text or as whsec_ and base64`,
      );
}

/** Undefined when it is no base64 (RFC 4648 §4), padded or not. */
function octetsOfBase64(text: string): Uint8Array | undefined {
  const digits = text.replace(/={0,2}$/, '');
  if (!/^[A-Za-z0-9+/]*$/.test(digits) || digits.length % 4 === 1) return undefined;
  return Uint8Array.from(atob(digits), character => character.charCodeAt(0));
}
