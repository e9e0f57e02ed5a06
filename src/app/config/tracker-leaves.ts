/** The kinds of value that trackers have, and hooks with them: where to connect, what to run, what to send, what to count. */

import { type IpAddress, parseIpv4Address } from '../../lib/ip-address.ts';
import { nearest } from '../../lib/nearest.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { parseUpstreamName, type UpstreamName } from '../../lib/upstream-name.ts';
import type { Endpoint, HostPort } from './config.ts';
import { type About, choiceFault, type Fault, type Leaf, list, parsed } from './leaf.ts';

const HOST_PORT = /^([a-zA-Z0-9](?:[\w.-]{0,252}\w)?):(\d{1,5})$/;
const HOST_PORT_FAULT: Fault = {
  what: 'must be HOST:PORT',
  fix: 'write it like 127.0.0.1:8080; the port is 1 to 65535',
};

function readHostPort(text: string): Result<HostPort, Fault> {
  const [, host, digits] = HOST_PORT.exec(text) ?? [];
  const port = Number(digits);
  return host !== undefined && port >= 1 && port <= 65_535 ? ok({ host, port }) : err(HOST_PORT_FAULT);
}

/** A TCP port of a host. */
export const hostPort = (about: About): Leaf<HostPort> => parsed(readHostPort, about, ['127.0.0.1:8080']);

/** 108 octets of sun_path with the closing zero (unix(7)). */
const UNIX_SOCKET = /^unix:\/\/(\/[\x21-\x7e]{1,106})$/;

/** A TCP port of a host, or a unix socket. */
export function endpoint(about: About): Leaf<Endpoint> {
  const read = (text: string): Result<Endpoint, Fault> => {
    const socket = UNIX_SOCKET.exec(text)?.[1];
    if (socket !== undefined) return ok({ socket });
    const address = readHostPort(text);
    return address.ok
      ? address
      : err({
          what: 'must be HOST:PORT or unix:///PATH',
          fix: 'write it like 198.18.51.100:443 or unix:///run/nginx.sock',
        });
  };
  return parsed(read, about, ['198.18.51.100:443', 'unix:///run/nginx.sock']);
}

export function ipAddress(about: About): Leaf<IpAddress> {
  const read = (text: string): Result<IpAddress, Fault> => {
    const address = parseIpv4Address(text);
    return address === undefined
      ? err({ what: 'must be an IPv4 address', fix: 'write it like 192.0.2.1; names are not resolved' })
      : ok(address);
  };
  return parsed(read, about);
}

/** An http or https address without a login. */
export function httpUrl(about: About): Leaf<string> {
  const read = (value: string): Result<string, Fault> => {
    if (!URL.canParse(value) || !/^https?:\/\/[^/]/.test(value))
      return err({
        what: 'must be an http or https URL',
        fix: 'write it like http://127.0.0.1:8080/healthz',
      });
    const url = new URL(value);
    return url.username === '' && url.password === ''
      ? ok(value)
      : err({
          what: 'must not hold a user name or password',
          fix: 'track a page that needs no login, or send a header',
        });
  };
  return parsed(read, about);
}

/** A share from 0% to 100%. */
export function percent(about: About): Leaf<number> {
  const read = (text: string): Result<number, Fault> => {
    const value = Number(/^(\d{1,3})%$/.exec(text)?.[1]);
    return value <= 100 ? ok(value) : err({ what: 'must be 0% to 100%', fix: 'write it like 50%' });
  };
  return parsed(read, about, ['50%']);
}

export function upstreamName(about: About): Leaf<UpstreamName> {
  const read = (text: string): Result<UpstreamName, Fault> => {
    const name = parseUpstreamName(text);
    return name.ok ? name : err({ what: name.error, fix: 'use the value of the label locum.upstream' });
  };
  return parsed(read, about);
}

/** Words of a closed set; as one text with commas. At least one. */
export function choices<const T extends string>(options: readonly T[], about: About): Leaf<readonly T[]> {
  const read = (items: readonly string[]): Result<readonly T[], Fault> => {
    const unknown = items.find(item => !options.some(option => option === item));
    if (unknown !== undefined) {
      const close = nearest(unknown, options);
      const { what, fix } = choiceFault(options, unknown);
      return err({
        what: `has ${JSON.stringify(unknown.slice(0, 40))}; each ${what}`,
        fix: close === undefined ? fix : `did you mean ${close}?`,
      });
    }
    if (items.length === 0) return err({ what: 'is empty', fix: `use some of ${options.join(', ')}` });
    return ok(options.filter(option => items.includes(option)));
  };
  const items = { items: { enum: [...options] } };
  return list(text => ok(text.split(',').map(item => item.trim())), read, { ...about, ...items });
}

/** Names of other settings; as one text with commas. `none`, if given, is a word for the empty list. */
export function names(about: About, none?: string): Leaf<readonly string[]> {
  const cut = (text: string): readonly string[] => text.split(',').map(item => item.trim());
  const read = (items: readonly string[]): Result<readonly string[], Fault> => {
    const found = items.length === 1 && items[0] === none ? [] : items;
    if (found.length === 0 && none === undefined)
      return err({ what: 'is empty', fix: 'name at least one, or leave it out' });
    const twice = found.find((name, at) => found.indexOf(name) !== at);
    return twice === undefined ? ok(found) : err({ what: `has ${twice} twice`, fix: 'name each once' });
  };
  return list(text => ok(cut(text)), read, { ...about, items: { type: 'string' } });
}

const LONGEST_ARGUMENT = 4_096;
const MOST_ARGUMENTS = 64;

/** A program by its absolute path, and its arguments. One text is cut at spaces, without a shell and without quoting. */
export function command(about: About): Leaf<readonly string[]> {
  const cut = (text: string): Result<readonly string[], Fault> =>
    /["'`\\|&;<>$*?(){}]/.test(text)
      ? err({
          what: 'holds a character that only a shell understands, and none is used',
          fix: 'write a list, [/usr/local/bin/check, "an argument"], or put the line into a script',
        })
      : ok(text.split(/\s+/).filter(part => part !== ''));
  const read = (parts: readonly string[]): Result<readonly string[], Fault> => {
    if (!/^\/./.test(parts[0] ?? ''))
      return err({ what: 'must begin with the absolute path of a program', fix: 'write the whole path' });
    const fits = parts.every(part => part.length <= LONGEST_ARGUMENT && !part.includes('\0'));
    return fits && parts.length <= MOST_ARGUMENTS
      ? ok(parts)
      : err({ what: 'is too long', fix: 'put the line into a script' });
  };
  return list(cut, read, { ...about, items: { type: 'string' } });
}

const MOST_HEADERS = 16;
const HEADER = /^([!#$%&'*+.^`|~\w-]{1,64}):[ \t]*([\x20-\x7e\t]{0,4096}?)[ \t]*$/;
/** What the connection itself says (RFC 9110 §7.6.1, §8.6): one check is one request without content. */
const OWN_HEADERS: readonly string[] = [
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Header fields, `Name: value` each; one text is one field. Never shown: a value may be a token. */
export function headers(about: About): Leaf<Readonly<Record<string, string>>> {
  const read = (lines: readonly string[]): Result<Readonly<Record<string, string>>, Fault> => {
    const fields = lines.map(line => HEADER.exec(line)).map(match => [match?.[1]?.toLowerCase(), match?.[2]]);
    const names = fields.map(([name]) => name);
    const fault = headerFault(names);
    return fault === undefined ? ok(Object.fromEntries(fields)) : err(fault);
  };
  return list(text => ok([text]), read, { ...about, items: { type: 'string' }, writeOnly: true });
}

function headerFault(names: readonly (string | undefined)[]): Fault | undefined {
  if (names.length > MOST_HEADERS)
    return { what: `has ${names.length} headers`, fix: `give at most ${MOST_HEADERS}` };
  if (names.includes(undefined))
    return { what: 'has a line that is no header', fix: 'write each like "Host: www.example.com"' };
  const own = names.find(name => OWN_HEADERS.includes(name ?? ''));
  if (own !== undefined) return { what: `cannot set ${own}`, fix: 'leave it out' };
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  return twice === undefined ? undefined : { what: `has ${twice} twice`, fix: 'give each header once' };
}
