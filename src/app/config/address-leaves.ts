/** The kinds of value that are addresses: virtual ones with their prefix lengths, peers, a source. Of either family. */

import {
  type Cidr,
  contains,
  familyOf,
  type IpAddress,
  parseCidr,
  parseIpAddress,
} from '../../lib/ip-address.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { type About, type Fault, type Leaf, list, parsed } from './leaf.ts';

/** The Count field of an advertisement has 8 bits. */
const MOST_ADDRESSES = 255;

/** Addresses with their prefix lengths: a list, or one text with commas. At least one, at most 255. */
export function cidrList(about: About): Leaf<readonly Cidr[]> {
  return listOf(readHostCidr, ({ address }) => address, about);
}

/** Addresses alone, as a list or as one text with commas. At least one, at most 255. */
export function addressList(about: About): Leaf<readonly IpAddress[]> {
  return listOf(readHostAddress, address => address, about);
}

export function hostAddress(about: About): Leaf<IpAddress> {
  return parsed(readHostAddress, about);
}

function listOf<T>(
  readOne: (item: string) => Result<T, Fault>,
  addressOf: (one: T) => IpAddress,
  about: About,
): Leaf<readonly T[]> {
  const read = (items: readonly string[]): Result<readonly T[], Fault> => {
    if (items.length === 0 || items.length > MOST_ADDRESSES)
      return err({ what: `has ${items.length} addresses`, fix: `give 1 to ${MOST_ADDRESSES} addresses` });
    const found: T[] = [];
    for (const item of items) {
      const one = readOne(item.trim());
      if (!one.ok) return one;
      const address = addressOf(one.value);
      if (found.some(other => addressOf(other) === address))
        return err({ what: `has ${address} twice`, fix: 'give each address once' });
      found.push(one.value);
    }
    return ok(found);
  };
  return list(text => ok(text.split(',')), read, { ...about, items: { type: 'string' } });
}

function readHostCidr(item: string): Result<Cidr, Fault> {
  const cidr = parseCidr(item);
  if (cidr === undefined) return err(cidrFault(item));
  return isHostAddress(cidr.address) ? ok(cidr) : err(noHostAddress(item));
}

function readHostAddress(item: string): Result<IpAddress, Fault> {
  const address = parseIpAddress(item);
  if (address === undefined) return err(addressFault(item));
  return isHostAddress(address) ? ok(address) : err(noHostAddress(item));
}

/** Networks of which no host has an address: "this network", loopback, multicast and reserved; IPv4 inside IPv6 (RFC 6890). */
const NOT_FOR_HOSTS: readonly Cidr[] = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '224.0.0.0/3',
  '::/127',
  '::ffff:0:0/96',
  'ff00::/8',
].flatMap(text => parseCidr(text) ?? []);

const isHostAddress = (address: IpAddress): boolean =>
  !NOT_FOR_HOSTS.some(network => contains(network, address));

function noHostAddress(item: string): Fault {
  return {
    what: `${item} is not an address that a host can hold`,
    fix: 'use a unicast address of the network that clients use',
  };
}

function cidrFault(item: string): Fault {
  const address = parseIpAddress(item);
  if (address !== undefined) {
    const usual = familyOf(address) === 4 ? 24 : 64;
    return {
      what: `${item} has no prefix length`,
      fix: `write ${item}/${usual}, with the prefix length of the interface's network`,
    };
  }
  return {
    what: `${shown(item)} is not an address with a prefix length`,
    fix: 'write it like 192.0.2.100/24 or 2001:db8::100/64',
  };
}

function addressFault(item: string): Fault {
  const [withoutZone = '', zone] = item.split('%');
  if (zone !== undefined && parseIpAddress(withoutZone) !== undefined)
    return {
      what: `${shown(item)} names an interface`,
      fix: `write ${withoutZone}: the interface is that of the virtual router`,
    };
  const cidr = parseCidr(item);
  if (cidr !== undefined)
    return { what: `${shown(item)} has a prefix length`, fix: `write ${cidr.address} alone` };
  return {
    what: `${shown(item)} is not an address`,
    fix: 'write it like 192.0.2.1 or 2001:db8::1; names are not resolved',
  };
}

const LONGEST_SHOWN = 64;
const shown = (item: string): string => JSON.stringify(item.slice(0, LONGEST_SHOWN));
