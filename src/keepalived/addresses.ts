/** Addresses of an instance: `virtual_ipaddress` and its excluded twin, whose options are those of `ip address add`, and `unicast_peer`. */

import { mistake, type Use } from './fields.ts';
import type { Peer, VirtualAddress } from './model.ts';
import { type Report, shown } from './remarks.ts';
import type { Statement } from './tree.ts';
import { parseAddress } from './values.ts';

export interface Found extends VirtualAddress {
  readonly family: 4 | 6;
}

/** Options with a value, and those without. */
const VALUED = ['dev', 'label', 'scope', 'brd', 'broadcast', 'peer', 'preferred_lft', 'track_group'];
const READ = ['dev', 'label', 'scope', 'brd', 'broadcast', 'no_track'];
const PLAIN = ['use_vmac', 'home', '-nodad', 'nodad', 'mngtmpaddr', 'noprefixroute', 'autojoin', 'no_track'];

/** The items that are addresses; the others are reported. */
export function readAddresses(
  setting: string,
  statements: readonly Statement[],
  report: Report,
): readonly Found[] {
  return statements.flatMap(statement => {
    const use: Use = { statement, setting, report };
    const [text = '', length, ...rest] = statement.keyword.split('/');
    const address = parseAddress(text);
    if (address === undefined || rest.length > 0) {
      mistake(
        use,
        `holds ${shown(statement.keyword)}, which is no address: it is left out`,
        'write ADDRESS/LENGTH',
      );
      return [];
    }
    const options = readOptions(use);
    return [
      {
        address: address.text,
        family: address.family,
        prefixLength: prefixLength(use, length, address.family === 4 ? 32 : 128),
        interface: options.get('dev'),
        label: options.get('label'),
        scope: options.get('scope'),
        broadcast: options.get('brd') ?? options.get('broadcast'),
        untracked: options.has('no_track'),
        others: [...options.keys()].filter(option => !READ.includes(option)),
        at: statement.at,
      },
    ];
  });
}

function prefixLength(use: Use, text: string | undefined, most: number): number {
  if (text === undefined) return most;
  if (/^\d{1,3}$/.test(text) && Number(text) <= most) return Number(text);
  const what = `has the prefix length ${shown(text)}, which is none: taken as ${most}`;
  mistake(use, what, `write a number from 0 to ${most}`);
  return most;
}

function readOptions(use: Use): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  const words = [...use.statement.words];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (PLAIN.includes(word)) options.set(word, '');
    else if (VALUED.includes(word)) options.set(word, words.shift() ?? missing(use, word));
    else mistake(use, `is followed by ${shown(word)}, which is no option of an address`, 'remove the word');
  }
  return options;
}

function missing(use: Use, option: string): string {
  mistake(use, `has the option ${option} without a value`, `write ${option} and its value`);
  return '';
}

/** The peers of unicast adverts. */
export function readPeers(
  setting: string,
  statements: readonly Statement[],
  report: Report,
): readonly Peer[] {
  return statements.flatMap(statement => {
    const use: Use = { statement, setting, report };
    const address = parseAddress(statement.keyword);
    if (address === undefined) {
      const what = `holds ${shown(statement.keyword)}, which is no address: it is left out`;
      mistake(use, what, 'write the address of the other node');
      return [];
    }
    const limits = readTtls(use);
    const peer = {
      address: address.text,
      minTtl: limits.get('min_ttl') ?? 0,
      maxTtl: limits.get('max_ttl') ?? 255,
    };
    return [{ ...peer, at: statement.at }];
  });
}

function readTtls(use: Use): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  const { words } = use.statement;
  for (let i = 0; i < words.length; i += 2) {
    const [name = '', text = ''] = words.slice(i, i + 2);
    if (/^m(?:in|ax)_ttl$/.test(name) && /^\d{1,3}$/.test(text) && Number(text) <= 255)
      limits.set(name, Number(text));
    else
      mistake(
        use,
        `is followed by ${shown(`${name} ${text}`)}, which is no limit`,
        'write min_ttl 255, or nothing',
      );
  }
  return limits;
}
