/**
 * The only way a value becomes part of nginx's configuration. Values arrive typed and checked; each is checked once more against the
 * characters it may consist of, so that no mistake elsewhere lets a label write a directive.
 */

import { assert } from '../lib/assert.ts';
import { type IpAddress, parseIpv4Address } from '../lib/ip-address.ts';
import type { HashKey } from '../lib/upstream.ts';
import { parseUpstreamName, type UpstreamName } from '../lib/upstream-name.ts';

/** The longest comment, in characters. */
export const COMMENT_LIMIT = 200;

/** The name of an upstream, as `upstream` and `zone` take it. */
export function quoteName(name: UpstreamName): string {
  const checked = parseUpstreamName(name);
  assert(checked.ok && checked.value === name, `not the name of an upstream: ${JSON.stringify(name)}`);
  return name;
}

/** `address:port`. */
export function quoteEndpoint(address: IpAddress, port: number): string {
  assert(parseIpv4Address(address) !== undefined, `not an IPv4 address: ${JSON.stringify(address)}`);
  assert(port >= 1 && port <= 65_535, `not a port: ${port}`);
  return `${address}:${quoteNumber(port)}`;
}

/** A whole number, at least 0. */
export function quoteNumber(value: number): string {
  assert(Number.isSafeInteger(value) && value >= 0, `not a whole number: ${value}`);
  return String(value);
}

/** A variable with its `$`. */
export function quoteVariable(name: HashKey): string {
  assert(/^[a-z0-9_]{1,80}$/.test(name), `not the name of a variable: ${JSON.stringify(name)}`);
  return `$${name}`;
}

/** The text after a `#`: printable ASCII on one line, bounded. nginx ends a comment at a line feed and nowhere else. */
export function quoteComment(text: string): string {
  const cut = text.length > COMMENT_LIMIT ? `${text.slice(0, COMMENT_LIMIT)}...` : text;
  return cut.replace(/[^\x20-\x7e]/g, '?');
}
