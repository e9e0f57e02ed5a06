/**
 * Reads back the servers of a file that render.ts wrote: what was served before a start, when who else knew of them is not heard yet. Somebody
 * may have written into the file: each value passes the grammar that it once came through, and a line that does not is none. Pure.
 */

import { parseIpv4Address } from '../lib/ip-address.ts';
import type { Server } from '../lib/upstream.ts';
import { PORT, SERVER_GRAMMAR, type ServerValues, serverParameters } from '../lib/upstream-grammar.ts';
import { parseUpstreamName, type UpstreamName } from '../lib/upstream-name.ts';

export interface RenderedServer {
  readonly upstream: UpstreamName;
  /** Its origin as the comment of its line has it: see quoteComment. */
  readonly server: Server;
}

/** In the order of the file. */
export function renderedServers(file: string): readonly RenderedServer[] {
  const found: RenderedServer[] = [];
  let upstream: UpstreamName | undefined;
  for (const line of file.split('\n')) {
    const opened = /^upstream (\S+) \{$/.exec(line)?.[1];
    if (opened !== undefined) upstream = nameIn(opened);
    const server = readServer(line);
    if (upstream !== undefined && server !== undefined) found.push({ upstream, server });
  }
  return found;
}

function nameIn(text: string): UpstreamName | undefined {
  const name = parseUpstreamName(text);
  return name.ok ? name.value : undefined;
}

function readServer(line: string): Server | undefined {
  const parts = /^ {4}server ([\d.]{7,15}):(\d{1,5})((?: [a-z_=\d]{1,32}){0,5}); # (.*)$/.exec(line);
  const [, host = '', digits = '', words = '', origin = ''] = parts ?? [];
  const address = parseIpv4Address(host);
  const port = PORT.parse(digits);
  const values = readParameters(words);
  if (address === undefined || port === undefined || values === undefined) return undefined;
  return { origin, address, port, ...serverParameters(values) };
}

/** nginx spells them with `_` where labels have `-`; `backup` stands alone. */
function readParameters(words: string): ServerValues | undefined {
  const values: Record<string, unknown> = {};
  for (const word of words.split(' ').slice(1)) {
    const [spelled = '', text = 'true'] = word.split('=');
    const name = PARAMETERS.find(known => known.replaceAll('-', '_') === spelled);
    const value = name && SERVER_GRAMMAR[name].parse(text);
    if (name === undefined || value === undefined) return undefined;
    values[name] = value;
  }
  return values;
}

const PARAMETERS = Object.keys(SERVER_GRAMMAR) as (keyof typeof SERVER_GRAMMAR)[];
