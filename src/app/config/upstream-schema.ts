/** The part of the schema that is about upstreams: what counts as a backend, what an upstream is, and its servers beside containers. */

import { z } from 'zod';
import { err, ok, type Result } from '../../lib/result.ts';
import { BALANCES, type Grammar, OPTION_GRAMMAR, SERVER_GRAMMAR } from '../../lib/upstream-grammar.ts';
import { parseUpstreamName } from '../../lib/upstream-name.ts';
import {
  type About,
  choice,
  entryName,
  type Fault,
  flag,
  type Leaf,
  list,
  parsed,
  spellableName,
} from './leaf.ts';
import { hostPort } from './tracker-leaves.ts';

/** A value that a label can have too, written the same way. */
function written<T>({ parse, want }: Grammar<T>, about: About): z.ZodOptional<Leaf<T>> {
  const read = (text: string): Result<T, Fault> => {
    const value = parse(text);
    return value === undefined ? err({ what: want, fix: 'correct the value' }) : ok(value);
  };
  return parsed(read, about).optional();
}

/** Docker Compose's own rule for names of projects. */
const PROJECT = /^[a-z0-9][a-z0-9_-]{0,127}$/;

const projects = list<readonly string[] | undefined>(
  text => ok(text.split(',').map(item => item.trim())),
  items => {
    if (items.length === 1 && items[0] === 'all') return ok(undefined);
    return items.every(item => PROJECT.test(item))
      ? ok([...new Set(items)].sort())
      : err({ what: 'must be names of compose projects, or all', fix: 'write them like shop, blog' });
  },
  {
    description: 'The compose projects whose containers count as backends; all: every labelled container.',
    default: 'all',
  },
);

export const discovery = z.strictObject({
  projects,
  starting: flag({
    description: 'Whether a container serves before its health check has passed for the first time.',
    default: 'false',
  }),
});

const server = z.strictObject({
  address: hostPort({
    description: 'HOST:PORT of a server that is no container here; a name is resolved again every 30s.',
  }),
  weight: written(SERVER_GRAMMAR.weight, { description: 'Its share of the requests, beside the others.' }),
  backup: written(SERVER_GRAMMAR.backup, {
    description: 'Whether it only serves while the others cannot; not with balance ip_hash, hash or random.',
  }),
  'max-fails': written(SERVER_GRAMMAR['max-fails'], {
    description: 'Failures within fail-timeout after which it is left alone for as long; 0: never.',
  }),
  'fail-timeout': written(SERVER_GRAMMAR['fail-timeout'], {
    description: 'The time of max-fails, whole seconds.',
  }),
  'max-conns': written(SERVER_GRAMMAR['max-conns'], { description: 'Connections at a time; 0: no limit.' }),
});

const upstream = z.strictObject({
  balance: choice(BALANCES, {
    description: 'How requests are spread over the servers; random takes the less busy of two.',
  }).optional(),
  'hash-key': written(OPTION_GRAMMAR['hash-key'], {
    description: 'For balance hash: the variable of nginx it goes by, without its $, such as cookie_session.',
  }),
  keepalive: written(OPTION_GRAMMAR.keepalive, {
    description: 'Idle connections to the servers that each worker keeps open; 0: none.',
  }),
  zone: written(OPTION_GRAMMAR.zone, {
    description: 'Shared memory for what workers know of the servers; left out: by their number.',
  }),
  hold: written(OPTION_GRAMMAR.hold, {
    description: 'How long the last servers stay in use when none is left.',
  }),
  server: z
    .record(spellableName, server)
    .meta({ description: 'Servers beside the containers, by name.' })
    .optional(),
});

const upstreamName = entryName(name => parseUpstreamName(name).ok && name === name.toLowerCase(), {
  what: 'is not the name of an upstream',
  fix: 'use 1 to 63 of a-z, 0-9, ".", "_" and "-", with a letter among them',
});

export const upstreams = z
  .record(upstreamName, upstream)
  .meta({ description: 'Upstreams by name: what holds for each, before what labels of containers say.' })
  .optional();
