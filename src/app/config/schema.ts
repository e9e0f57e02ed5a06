/**
 * The schema: every setting once, with its kind, its default and what it means. Validation, defaults, the JSON Schema and the
 * valid names in error messages all come from here. Names are written as in the file.
 */

import { z } from 'zod';
import { seconds } from '../../lib/time.ts';
import { cidrList, hostAddress } from './address-leaves.ts';
import { auth } from './auth-schema.ts';
import { engines } from './engine-schema.ts';
import { http } from './http-schema.ts';
import { labelPrefix } from './label-prefix.ts';
import { choice, duration, flag, integer, spellableName, text } from './leaf.ts';
import { hooks } from './notify-schema.ts';
import { checkRouter, checkRouters, evenIfIncomplete } from './rules.ts';
import { announce, preemptDelay, startDelay, syncGroup } from './standing-schema.ts';
import { names } from './tracker-leaves.ts';
import { interfaceName, processName, trackers } from './tracker-schema.ts';
import { unicast } from './unicast-schema.ts';
import { discovery, upstreams } from './upstream-schema.ts';
import { vmac } from './vmac-schema.ts';

export const router = z
  .strictObject({
    vrid: integer(1, 255, {
      description:
        'The virtual router identifier, the same on all its nodes and on nobody else on this network.',
    }),
    vip: cidrList({
      description:
        'The virtual addresses with their prefix lengths, all IPv4 or all IPv6, in the order in which they are advertised.',
    }),
    'excluded-vip': cidrList({
      description:
        'Further addresses of either family that the master holds and announces, but does not list in its advertisements.',
    }).optional(),
    interface: interfaceName(
      'The interface; left out: the one on whose network the first virtual address lies.',
    ).optional(),
    priority: integer(1, 255, {
      description:
        'The base priority; the highest is master. 255: this node owns the addresses: it is master whenever it runs, trackers do not change that, and the addresses have no lease.',
      default: '100',
    }),
    version: choice(['2', '3'], { description: 'The version of VRRP; IPv6 needs 3.', default: '3' }),
    'advert-interval': duration({
      description:
        'The time between advertisements: 10ms to 40.95s in steps of 10ms with version 3, 1s to 255s in whole seconds with version 2.',
      default: '1s',
    }),
    preempt: flag({
      description: 'Whether to take over from a living master of lower priority.',
      default: 'true',
    }),
    'preempt-delay': preemptDelay,
    'start-delay': startDelay,
    'sync-group': syncGroup.optional(),
    announce,
    unicast: unicast
      .meta({ description: 'Advertisements to peers instead of to the multicast group.' })
      .optional(),
    vmac: vmac
      .meta({
        description: 'The MAC of the virtual router itself (RFC 9568 §7.3), on an interface of its own.',
      })
      .optional(),
    source: hostAddress({
      description:
        'The address that advertisements come from; left out: the first of the interface, over IPv6 its link-local one, with unicast the one among the peers.',
    }).optional(),
    checksum: choice(['pseudo-header', 'rfc9568', 'multicast-pseudo-header'], {
      description:
        'The checksum form that is sent with version 3 over IPv4; all are accepted. keepalived needs pseudo-header; up to its version 1.3.6, with unicast, multicast-pseudo-header.',
      default: 'pseudo-header',
    }),
    auth,
    track: names(
      {
        description:
          'The trackers that this virtual router follows, by name; left out: all; none: none of them.',
      },
      'none',
    ).optional(),
    timing: choice(['fast', 'rfc'], {
      description: 'fast shortens local waits at a hand-over; rfc keeps to the letter of RFC 9568.',
      default: 'fast',
    }),
  })
  .superRefine(checkRouter, evenIfIncomplete);

export const sections = {
  docker: z.strictObject({
    enabled: choice(['true', 'false', 'auto'], {
      description:
        'Whether to ask the Docker engine at all; auto: if it answers at the start, or if upstreams or a tracker need it.',
      default: 'true',
    }),
    host: text(
      /^(unix:\/\/\/\S{1,100}|tcp:\/\/(?:[\w.-]+|\[[\da-fA-F:]+\]):\d{1,5})$/,
      'unix:///PATH or tcp://HOST:PORT',
      { description: "The Docker engine's address.", default: 'unix:///var/run/docker.sock' },
    ),
    'label-prefix': labelPrefix,
    engine: engines,
  }),
  discovery,
  nginx: z.strictObject({
    'upstreams-file': text(/^(off|\/[^\0\n]{1,4095})$/, 'an absolute path, or off', {
      description: 'The file that nginx includes; `off` renders no upstreams.',
      default: '/etc/nginx/locum/upstreams.conf',
    }),
    process: processName({ description: "The name of nginx's processes.", default: 'nginx' }),
    'reloads-per-minute': integer(1, 120, {
      description:
        'Reloads within a minute at most, promotions aside: each leaves old workers behind until their connections end. They are half a second apart in any case; fewer than 120 make changes wait.',
      default: '120',
    }),
  }),
  control: z.strictObject({
    // 108 octets of sun_path with the closing zero (unix(7)).
    socket: text(/^\/[\x21-\x7e]{1,106}$/, 'an absolute path of at most 107 characters', {
      description: 'The unix socket that answers `locum status`.',
      default: '/run/locum/locum.sock',
    }),
  }),
  http,
  drain: z.strictObject({
    hold: duration(
      {
        description:
          'How long `locum drain` waits at most for open connections to end, while new ones are held off. A client tries again after 1s, so beyond 700ms some wait for 3s.',
        default: '500ms',
      },
      seconds(10),
    ),
    'state-file': text(/^(?:\/[^/\0\n]+)+$/, 'the absolute path of a file', {
      description: 'The file that makes a drain survive a restart of the sidecar, on a volume of its own.',
      default: '/var/lib/locum/drained.json',
    }),
  }),
  scheduling: z.strictObject({
    policy: choice(['other', 'rr'], {
      description:
        'How the kernel schedules the threads that adverts depend on: rr, in real time before all normal work, needs the capability SYS_NICE.',
      default: 'other',
    }),
    priority: integer(1, 99, {
      description:
        'The real-time priority, with policy rr; helper threads are one below. 1 is above everything that is not real-time.',
      default: '2',
    }),
    nice: integer(-20, 19, {
      description: 'The niceness, with policy other; less than 0 needs the capability SYS_NICE.',
      default: '0',
    }),
  }),
  log: z.strictObject({
    level: choice(['debug', 'info', 'warn', 'error'], {
      description: 'The least important lines that are written.',
      default: 'info',
    }),
    format: choice(['json', 'text'], { description: 'One JSON object a line, or text.', default: 'json' }),
  }),
};

export const schema = z.strictObject({
  vrrp: z
    .record(spellableName, router)
    .superRefine(checkRouters, evenIfIncomplete)
    .meta({ description: 'The virtual routers by name.' }),
  track: z
    .record(
      spellableName,
      z.discriminatedUnion('type', [
        trackers.process,
        trackers.docker,
        trackers.http,
        trackers.tcp,
        trackers.exec,
        trackers.interface,
        trackers.file,
        trackers.ping,
        trackers.nginx,
        trackers.upstreams,
      ]),
    )
    .meta({
      description: 'The trackers by name; a virtual router follows all of them unless it names some.',
    }),
  notify: z
    .record(spellableName, z.discriminatedUnion('type', [hooks.exec, hooks.webhook]))
    .meta({ description: 'Who is told when a virtual router changes its state, by name.' })
    .optional(),
  upstream: upstreams,
  ...sections,
});

/** What the schema makes of the merged settings, under the names of the file. */
export type Settings = z.output<typeof schema>;
