/**
 * What a browser must be told, and told apart, before it may read a view over TCP: by which names this node goes, and whose pages may read
 * here. Views are read without a login, so a page of a stranger must not read them through a browser that reaches this node: neither by asking
 * across origins (the Fetch standard's CORS) nor by a name of its own that it points here (DNS rebinding, which only the Host header shows).
 */

import { parseIpAddress } from '../lib/ip-address.ts';

export interface WebRules {
  /** Base URLs of the views of other nodes: their pages may read here. */
  readonly peers: readonly string[];
  /** Host names by which this node is asked, beside those without a dot, which no stranger can have. */
  readonly names: readonly string[];
}

/** Whether a request with that Host header means this node: by an address, or by a name that is known here. Without one, it does. */
export function isForUs(host: string | undefined, { peers, names }: WebRules): boolean {
  const name = nameIn(host ?? '');
  if (!name.includes('.') && !name.includes(':')) return true;
  return parseIpAddress(name) !== undefined || [...names, ...peers.map(hostOf)].map(nameIn).includes(name);
}

/** The value of Access-Control-Allow-Origin; undefined: none. */
export function allowedOrigin(origin: string | undefined, { peers }: WebRules): string | undefined {
  return origin !== undefined && peers.some(peer => originOf(peer) === origin) ? origin : undefined;
}

/** Without port, brackets and closing dot. */
function nameIn(host: string): string {
  const [, address, name = host] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host.toLowerCase()) ?? [];
  return address ?? name.replace(/\.$/, '');
}

const hostOf = (url: string): string => new URL(url).host;
const originOf = (url: string): string => new URL(url).origin;

/** With every answer; a page brings a policy of its own. */
export const SAFETY: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};
