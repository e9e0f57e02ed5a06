/**
 * Host names to IPv4 addresses, by DNS (RFC 1035) through c-ares: it waits on sockets. getaddrinfo(3) would wait on one of the few
 * threads that also renew leases, for as long as a resolver is silent. /etc/hosts is not read.
 */

import { Resolver } from 'node:dns/promises';
import { messageOf } from '../lib/errors.ts';
import { type IpAddress, parseIpAddress } from '../lib/ip-address.ts';
import { err, ok, type Result } from '../lib/result.ts';

const TIMEOUT_MS = 2_000;
const TRIES = 2;

/** The addresses of a name, at least one, in ascending order as text; or why there is none. Within some seconds; never rejects. */
export async function resolveName(name: string): Promise<Result<readonly IpAddress[], string>> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  try {
    const texts = await resolver.resolve4(name);
    const addresses = texts.map(parseIpAddress).filter(address => address !== undefined);
    return addresses.length > 0 ? ok([...new Set(addresses)].sort()) : err(`${name} has no IPv4 address`);
  } catch (thrown) {
    return err(messageOf(thrown));
  }
}
