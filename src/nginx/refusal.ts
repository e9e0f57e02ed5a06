/**
 * Why nginx refused a configuration, and what of the rendered file is to blame: from the lines that nginx writes to its error log, which
 * name a file and a line (ngx_conf_log_error). Pure.
 */

import type { Upstream } from '../lib/upstream.ts';
import { parseUpstreamName, type UpstreamName } from '../lib/upstream-name.ts';
import { serverLine } from './render.ts';

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

/** The last refusal in a piece of nginx's error log; undefined when there is none. */
export function readRefusal(log: string): Refusal | undefined {
  const text = [...log.matchAll(/\[emerg\] (?:\d+#\d+: )?([^\n]{1,1000})/g)].at(-1)?.[1];
  if (text === undefined) return undefined;
  const [, message = text, file, line] = /^(.*) in (\/\S+):(\d{1,7})$/.exec(text) ?? [];
  return { message, place: file === undefined ? undefined : { file, line: Number(line) } };
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
  const upstream = /^duplicate upstream "([^"]+)"$/.exec(message)?.[1];
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
