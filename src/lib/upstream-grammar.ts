/**
 * How the values of servers and upstreams are written: one grammar for a container's labels and for the configuration. What is read here
 * is a number, a word of a list or a name; nothing downstream sees the text again, except inside a message.
 */

import { type Duration, inSeconds, parseDuration, seconds } from './time.ts';
import type { Balance, HashKey, ServerParameters, UpstreamOptions } from './upstream.ts';

/** How one value is read; `want` completes "label locum.weight=…: ". */
export interface Grammar<T> {
  readonly want: string;
  /** Undefined when the text is no such value. */
  readonly parse: (text: string) => T | undefined;
}

export function wholeNumber(least: number, most: number): Grammar<number> {
  const parse = (text: string): number | undefined => {
    const number = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
    return number >= least && number <= most ? number : undefined;
  };
  return { want: `must be ${least} to ${most}`, parse };
}

export const BOOLEAN: Grammar<boolean> = {
  want: 'must be true or false',
  parse: text => (text === 'true' ? true : text === 'false' ? false : undefined),
};

export const PORT = wholeNumber(1, 65_535);

const WHOLE_SECONDS: Grammar<number> = {
  want: 'must be whole seconds up to a day, such as 10s',
  parse: text => {
    const duration = parseDuration(text);
    const number = duration === undefined ? Number.NaN : inSeconds(duration);
    return Number.isInteger(number) && number <= 86_400 ? number : undefined;
  },
};

export const BALANCES: readonly Balance[] = ['round_robin', 'least_conn', 'ip_hash', 'hash', 'random'];

const BALANCE: Grammar<Balance> = {
  want: `must be one of ${BALANCES.join(', ')}`,
  parse: text => BALANCES.find(known => known === text),
};

/** Variables that no module takes away: an unknown one would make nginx refuse its whole configuration. */
const VARIABLES = ['request_uri', 'uri', 'args', 'host', 'http_host', 'remote_addr', 'server_name', 'scheme'];

const HASH_KEY: Grammar<HashKey> = {
  want: `must be one of ${VARIABLES.join(', ')}, or cookie_, arg_ or http_ with a name of a-z, 0-9 and _`,
  parse: text =>
    VARIABLES.includes(text) || /^(?:cookie|arg|http)_[a-z0-9_]{1,64}$/.test(text)
      ? (text as HashKey)
      : undefined,
};

/** nginx refuses a zone of less than eight pages. */
const LEAST_ZONE_KILOBYTES = 32;
const MOST_ZONE_KILOBYTES = 64 * 1024;

const ZONE: Grammar<number> = {
  want: `must be from ${LEAST_ZONE_KILOBYTES}k to ${MOST_ZONE_KILOBYTES / 1024}m`,
  parse: text => {
    const [, digits, unit] = /^(\d{1,5})([km])$/.exec(text) ?? [];
    const kilobytes = Number(digits) * (unit === 'm' ? 1024 : 1);
    return kilobytes >= LEAST_ZONE_KILOBYTES && kilobytes <= MOST_ZONE_KILOBYTES ? kilobytes : undefined;
  },
};

const LONGEST_HOLD = seconds(3_600);

const HOLD: Grammar<Duration> = {
  want: 'must be a time of at most an hour, such as 30s, or 0s',
  parse: text => {
    const duration = parseDuration(text);
    return duration !== undefined && duration <= LONGEST_HOLD ? duration : undefined;
  },
};

/** What may be said of a server, by its name in a label and in the configuration. */
export const SERVER_GRAMMAR = {
  weight: wholeNumber(1, 65_535),
  backup: BOOLEAN,
  'max-fails': wholeNumber(0, 1_000_000),
  'fail-timeout': WHOLE_SECONDS,
  'max-conns': wholeNumber(0, 1_000_000),
} as const;

/** What may be said of an upstream. */
export const OPTION_GRAMMAR = {
  balance: BALANCE,
  'hash-key': HASH_KEY,
  keepalive: wholeNumber(0, 10_000),
  zone: ZONE,
  hold: HOLD,
} as const;

/** What was said under the names of a grammar. */
export type Values<G> = { readonly [K in keyof G]?: (G[K] extends Grammar<infer T> ? T : never) | undefined };
export type ServerValues = Values<typeof SERVER_GRAMMAR>;
export type OptionValues = Values<typeof OPTION_GRAMMAR>;

export function serverParameters(values: ServerValues): ServerParameters {
  return {
    weight: values.weight,
    backup: values.backup ?? false,
    maxFails: values['max-fails'],
    failTimeoutSeconds: values['fail-timeout'],
    maxConns: values['max-conns'],
  };
}

/** What is not said is nginx's default; `hash` goes by the request's URI. */
export function upstreamOptions(values: OptionValues): UpstreamOptions {
  return {
    balance: values.balance ?? 'round_robin',
    hashKey: values['hash-key'] ?? ('request_uri' as HashKey),
    keepalive: values.keepalive ?? 0,
    zoneKilobytes: values.zone,
    hold: values.hold ?? seconds(0),
  };
}
