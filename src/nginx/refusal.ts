/**
 * Why nginx refused a configuration, and what of the rendered file is to blame: from the lines that nginx writes to its error log, which
 * mostly name a file and a line (ngx_conf_log_error). Pure.
 */

import type { Upstream } from '../lib/upstream.ts';
import { parseUpstreamName, type UpstreamName } from '../lib/upstream-name.ts';
import { serverLine, ZONE_PREFIX } from './render.ts';

export interface Refusal {
  /** In nginx's words, without time and process. */
  readonly message: string;
  readonly place: { readonly file: string; readonly line: number } | undefined;
}

/** What to do without: one server of an upstream, or all of it. */
export interface Culprit {
  readonly upstream: UpstreamName;
  /** What stands after `server`; undefined: the upstream itself. */
  readonly server: string | undefined;
}

/**
 * A whole line of nginx's own (ngx_log_error_core, which writes 2,048 bytes at most): level and text. What a client sent stands in its log too,
 * and could read like a refusal anywhere else in a line.
 */
const OWN_LINE =
  /^(?:\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d|nginx:) \[(emerg|crit)\] (?:\d{1,10}#\d{1,10}: )?([^\r]{1,2048})\r?$/;

/** Servers that have no room in their zone: nginx refuses its configuration for them, yet calls it no emergency. */
const NO_ROOM = /^ngx_slab_alloc\(\) failed: no memory in upstream zone "([^"]+)"$/;

/**
 * The last refusal in a piece of nginx's error log; undefined when there is none. A hint, never a proof: the path of a request stands in the log
 * as it was decoded, line feeds included, so that a client can write a whole line there.
 */
export function readRefusal(log: string): Refusal | undefined {
  const text = log.split('\n').flatMap(refusalIn).at(-1);
  if (text === undefined) return undefined;
  const [, message = text, file, line] = /^(.*) in (\/\S+):(\d{1,7})$/s.exec(text) ?? [];
  return { message, place: file === undefined ? undefined : { file, line: Number(line) } };
}

function refusalIn(line: string): readonly string[] {
  const [, level, text = ''] = OWN_LINE.exec(line) ?? [];
  return level === 'emerg' || NO_ROOM.test(text) ? [text] : [];
}

/**
 * What of the rendered bytes nginx refused; undefined when it is not in them. The same file may have other paths in nginx's container and
 * here: its name alone is compared.
 */
export function culpritOf(refusal: Refusal, path: string, bytes: string): Culprit | undefined {
  const { message, place } = refusal;
  if (place !== undefined && nameOf(place.file) === nameOf(path))
    return standsAt(bytes.split('\n'), place.line);
  // The other one of the two was read later.
  const duplicate = /^duplicate upstream "([^"]+)"$/.exec(message)?.[1];
  const zone = NO_ROOM.exec(message)?.[1];
  const upstream = duplicate ?? (zone?.startsWith(ZONE_PREFIX) ? zone.slice(ZONE_PREFIX.length) : undefined);
  return upstream !== undefined && bytes.includes(`\nupstream ${upstream} {\n`) ? whole(upstream) : undefined;
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

function standsAt(lines: readonly string[], line: number): Culprit | undefined {
  const server = /^ {4}server (.*); # /.exec(lines[line - 1] ?? '')?.[1];
  const opening = lines.slice(0, line).findLast(text => text.startsWith('upstream '));
  const upstream = whole(/^upstream (\S+) \{$/.exec(opening ?? '')?.[1] ?? '');
  return upstream === undefined ? undefined : { ...upstream, server };
}

function whole(text: string): Culprit | undefined {
  const name = parseUpstreamName(text);
  return name.ok ? { upstream: name.value, server: undefined } : undefined;
}

/** A culprit, and what nginx said of it. */
export interface Barred extends Culprit {
  readonly message: string;
}

/** The upstreams without what is barred; those that are whole barred are not among them. */
export function withoutBarred(
  upstreams: readonly Upstream[],
  barred: readonly Barred[],
): readonly Upstream[] {
  const whole = new Set(barred.filter(({ server }) => server === undefined).map(({ upstream }) => upstream));
  return tellBarred(upstreams, barred).filter(({ name }) => !whole.has(name));
}

/** As they are told: what is barred is left out, with what nginx said. */
export function tellBarred(upstreams: readonly Upstream[], barred: readonly Barred[]): readonly Upstream[] {
  return upstreams.map(upstream => {
    const its = barred.filter(bar => bar.upstream === upstream.name);
    return its.length === 0 ? upstream : blamed(upstream, its);
  });
}

function blamed(upstream: Upstream, barred: readonly Barred[]): Upstream {
  const barOf = (line: string) => barred.find(({ server }) => server === undefined || server === line);
  const out = upstream.servers.flatMap(server => {
    const bar = barOf(serverLine(server));
    return bar === undefined
      ? []
      : [{ container: server.origin, reason: `nginx refused it: ${bar.message}`, fix: FIX }];
  });
  return {
    ...upstream,
    servers: upstream.servers.filter(server => barOf(serverLine(server)) === undefined),
    leftOut: [...upstream.leftOut, ...out],
  };
}

const FIX = "change its labels, or what nginx's own configuration has against it";
