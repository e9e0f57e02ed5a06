/** Where the views are served over TCP, and to whose pages: the section `http`. */

import { z } from 'zod';
import { type IpAddress, parseIpAddress } from '../../lib/ip-address.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { HostPort, HttpConfig } from './config.ts';
import { type About, type Fault, flag, type Leaf, list, parsed } from './leaf.ts';

const MOST_PEERS = 16;

const LISTEN_FAULT: Fault = {
  what: 'must be off, or an address of this host and a port',
  fix: 'write it like 198.18.51.11:9112 or [2001:db8::11]:9112, 127.0.0.1:9112 for this host alone, 0.0.0.0:9112 for all addresses; names are not resolved',
};

/** Undefined: `off`. */
function listenAddress(about: About): Leaf<HostPort | undefined> {
  const read = (text: string): Result<HostPort | undefined, Fault> => {
    if (text === 'off') return ok(undefined);
    const [, inBrackets, bare, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
    const host = bare === 'localhost' ? '127.0.0.1' : addressFrom(inBrackets, bare);
    const port = Number(digits);
    return host !== undefined && port >= 1 && port <= 65_535 ? ok({ host, port }) : err(LISTEN_FAULT);
  };
  return parsed(read, about, ['off', '198.18.51.11:9112']);
}

/** IPv6 in brackets, IPv4 without. */
function addressFrom(inBrackets: string | undefined, bare: string | undefined): IpAddress | undefined {
  const address = parseIpAddress(inBrackets ?? bare ?? '');
  return address?.includes(':') === (inBrackets !== undefined) ? address : undefined;
}

/** Base URLs, as one text with commas or as a list; each without a slash at the end. */
function baseUrls(about: About): Leaf<readonly string[]> {
  const read = (items: readonly string[]): Result<readonly string[], Fault> => {
    if (items.length > MOST_PEERS)
      return err({ what: `has ${items.length} URLs`, fix: `give ${MOST_PEERS} at most` });
    const found: string[] = [];
    for (const item of items) {
      const url = readBaseUrl(item.trim());
      if (!url.ok) return url;
      if (found.includes(url.value))
        return err({ what: `has ${url.value} twice`, fix: 'give each URL once' });
      found.push(url.value);
    }
    return ok(found);
  };
  return list(text => ok(text.split(',')), read, { ...about, items: { type: 'string' } });
}

function readBaseUrl(text: string): Result<string, Fault> {
  const shown = JSON.stringify(text.slice(0, 64));
  if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text))
    return err({ what: `${shown} is no http or https URL`, fix: 'write it like http://198.18.51.12:9112' });
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    return err({ what: 'must not hold a user name or password', fix: 'give the URL without the login' });
  if (url.search !== '' || url.hash !== '')
    return err({ what: `${shown} has more than a path`, fix: 'end it before the ? or #' });
  return ok(`${url.origin}${url.pathname.replace(/\/+$/, '')}`);
}

export const http = z.strictObject({
  listen: listenAddress({
    description:
      'Where the views are served over TCP: page, status, events, metrics, health. Read-only and without a login, to whoever reaches it; drain, undrain and reload stay on the control socket.',
    default: 'off',
  }),
  peers: baseUrls({
    description:
      "The base URLs at which the nodes' views are reached; one list does for all nodes. The page shows them together, their pages may read here, and their names are names that this node may be asked by.",
  }).optional(),
  'compatible-metrics': flag({
    description:
      "Whether the metrics carry the names of mehdy's keepalived-exporter too, for dashboards and alerts that exist.",
    default: 'false',
  }),
});

export function toHttpConfig(settings: z.output<typeof http>): HttpConfig {
  return {
    listen: settings.listen,
    peers: settings.peers ?? [],
    compatibleMetrics: settings['compatible-metrics'],
  };
}
