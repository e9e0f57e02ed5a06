/**
 * From upstreams to the bytes of the file that nginx includes in its `http` block: deterministic, so that equal states give equal bytes,
 * and valid for stock nginx 1.22 and later whatever the labels say (ngx_http_upstream_module).
 */

import type { Server, Upstream, UpstreamOptions } from '../lib/upstream.ts';
import { parseUpstreamName, type UpstreamName } from '../lib/upstream-name.ts';
import { neededZoneKilobytes } from '../lib/upstream-zone.ts';
import { quoteComment, quoteEndpoint, quoteName, quoteNumber, quoteVariable } from './quote.ts';

const HEADER = '# Written by Locum from container labels; changes made here are lost.\n';

/**
 * nginx refuses an upstream without a server, and one whose servers are all backups. The address is never asked: it is `down`, and a
 * request answers 502.
 */
const PLACEHOLDER = 'server 127.0.0.1:1 down;';

/** Before an upstream's name, in the name of its zone. */
export const ZONE_PREFIX = 'locum_';

/** The file for these upstreams, in the given order. */
export function render(upstreams: readonly Upstream[]): string {
  return [HEADER, ...upstreams.map(renderUpstream)].join('\n');
}

function renderUpstream({ name, options, servers, leftOut }: Upstream): string {
  const primaries = servers.filter(({ backup }) => !backup);
  const lines = [
    `zone ${ZONE_PREFIX}${quoteName(name)} ${quoteNumber(zoneKilobytes(options, servers.length))}k;`,
    ...balancing(options),
    ...(primaries.length === 0 ? [PLACEHOLDER] : []),
    ...servers.map(renderServer),
    ...(options.keepalive === 0 ? [] : [`keepalive ${quoteNumber(options.keepalive)};`]),
    ...leftOut.map(({ container, reason }) => `# ${quoteComment(`left out: ${container}: ${reason}`)}`),
  ];
  return `upstream ${quoteName(name)} {\n${lines.map(line => `    ${line}\n`).join('')}}\n`;
}

/** Round robin is what nginx does unasked. A consistent hash moves few keys when a server comes or goes. */
function balancing({ balance, hashKey }: UpstreamOptions): readonly string[] {
  switch (balance) {
    case 'round_robin':
      return [];
    case 'hash':
      return [`hash ${quoteVariable(hashKey)} consistent;`];
    case 'random':
      return ['random two least_conn;'];
    default:
      return [`${balance};`];
  }
}

function renderServer(server: Server): string {
  return `server ${serverLine(server)}; # ${quoteComment(server.origin)}`;
}

/** What stands after `server`: the address and its parameters. */
export function serverLine(server: Server): string {
  const parameters = [
    ...numbered('weight', server.weight),
    ...numbered('max_conns', server.maxConns),
    ...numbered('max_fails', server.maxFails),
    ...numbered('fail_timeout', server.failTimeoutSeconds, 's'),
    ...(server.backup ? ['backup'] : []),
  ];
  const endpoint = quoteEndpoint(server.address, server.port);
  return [endpoint, ...parameters].join(' ');
}

function numbered(parameter: string, value: number | undefined, unit = ''): readonly string[] {
  return value === undefined ? [] : [`${parameter}=${quoteNumber(value)}${unit}`];
}

/** Shared memory, so that all workers count failures and connections together. What was asked for never makes it too small. */
function zoneKilobytes(options: UpstreamOptions, servers: number): number {
  return Math.max(options.zoneKilobytes ?? 0, neededZoneKilobytes(servers));
}

/**
 * The upstreams of a file that {@link render} wrote. A site that proxies to an upstream makes nginx refuse any configuration without it, so
 * a name once rendered stays, empty if need be, as long as the file does.
 */
export function renderedNames(file: string): readonly UpstreamName[] {
  const names = [...file.matchAll(/^upstream (\S+) \{$/gm)].map(([, name]) => parseUpstreamName(name ?? ''));
  return names.flatMap(name => (name.ok ? [name.value] : []));
}
