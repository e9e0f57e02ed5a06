/**
 * The schema: every setting once, with its kind, its default and what it means. Validation, defaults, the JSON Schema and the
 * valid names in error messages all come from here. Names are written as in the file.
 */

import { z } from 'zod';
import { err, ok, type Result } from '../../lib/result.ts';
import {
  choice,
  cidrList,
  duration,
  type Fault,
  flag,
  integer,
  parsed,
  secret,
  statusRange,
  text,
} from './leaf.ts';
import { checkRouter, checkRouters, checkTracker, evenIfIncomplete } from './rules.ts';

/** Names of virtual routers and trackers: what a label and an environment variable can spell as well as a file. */
const NAME = /^(?=.{1,32}$)[a-z0-9]+(?:-[a-z0-9]+)*$/;
const name = z.string().regex(NAME);

/** Linux's limit for /proc/PID/comm: 16 octets with the closing zero. */
const processName = /^[^\s/]{1,15}$/;
const PROCESS_NAME = 'a process name of 1 to 15 characters, as /proc/PID/comm has it';
const PROCESS_NAME_FIX = 'give its first 15 characters: the kernel keeps no more';

const OWNER: Readonly<Record<number, Fault>> = {
  255: {
    what: 'would make this node the owner of the addresses, which is not supported yet',
    fix: 'use 254 or less',
  },
};

export const TRACKER_TYPES = ['process', 'docker', 'http'] as const;
export const AUTH_TYPES = ['none', 'pass'] as const;

const auth = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({
    type: z.literal('pass'),
    password: secret(passwordFault, {
      description: 'The password of VRRPv2, 1 to 8 octets. It crosses the network in clear text.',
    }),
  }),
]);

export const router = z
  .strictObject({
    vrid: integer(1, 255, {
      description:
        'The virtual router identifier, the same on all its nodes and on nobody else on this network.',
    }),
    vip: cidrList({
      description:
        'The virtual addresses with their prefix lengths, in the order in which they are advertised.',
    }),
    interface: text(/^[^\s/]{1,15}$/, 'an interface name of 1 to 15 characters', {
      description: 'The interface; left out: the one on whose network the first virtual address lies.',
    }).optional(),
    priority: integer(
      1,
      254,
      { description: 'The base priority; the highest is master.', default: '100' },
      OWNER,
    ),
    version: choice(['2', '3'], { description: 'The version of VRRP.', default: '3' }),
    'advert-interval': duration({
      description:
        'The time between advertisements: 10ms to 40.95s in steps of 10ms with version 3, 1s to 255s in whole seconds with version 2.',
      default: '1s',
    }),
    preempt: flag({
      description: 'Whether to take over from a living master of lower priority.',
      default: 'true',
    }),
    checksum: choice(['pseudo-header', 'rfc9568'], {
      description:
        'The checksum form that is sent with version 3; both are accepted. keepalived needs pseudo-header.',
      default: 'pseudo-header',
    }),
    auth,
    timing: choice(['fast', 'rfc'], {
      description: 'fast shortens local waits at a hand-over; rfc keeps to the letter of RFC 9568.',
      default: 'fast',
    }),
  })
  .superRefine(checkRouter, evenIfIncomplete);

const trackerCommon = {
  weight: integer(-254, 254, {
    description:
      'Added to the priority while up when positive, subtracted while down when negative; 0: a tracker that is down is a fault.',
    default: '0',
  }),
  interval: duration({ description: 'The time between checks.', default: '1s' }),
  timeout: duration({ description: 'How long a check may take; by default as long as the interval.' }),
  rise: integer(1, 255, { description: 'Successes in a row that it takes to be up.', default: '1' }),
  fall: integer(1, 255, { description: 'Failures in a row that it takes to be down.', default: '1' }),
};

const processTracker = z
  .strictObject({
    type: z.literal('process'),
    name: text(
      processName,
      PROCESS_NAME,
      {
        description: 'A process of this name must live and take signals, as with `killall -0`.',
      },
      PROCESS_NAME_FIX,
    ),
    ...trackerCommon,
  })
  .superRefine(checkTracker, evenIfIncomplete);

const dockerTracker = z
  .strictObject({
    type: z.literal('docker'),
    container: text(/^[a-zA-Z0-9][\w.-]{0,254}$/, 'the name or id of a container', {
      description: 'The container that must run and not be unhealthy; left out: the proxy.',
    }).optional(),
    ...trackerCommon,
  })
  .superRefine(checkTracker, evenIfIncomplete);

const httpTracker = z
  .strictObject({
    type: z.literal('http'),
    url: parsed(readUrl, { description: 'The address that is fetched.' }),
    status: statusRange({ description: 'The status codes that count as success.', default: '200-399' }),
    ...trackerCommon,
  })
  .superRefine(checkTracker, evenIfIncomplete);

export const trackers = { process: processTracker, docker: dockerTracker, http: httpTracker };

export const sections = {
  docker: z.strictObject({
    enabled: flag({ description: 'Whether to ask the Docker engine at all.', default: 'true' }),
    host: text(
      /^(unix:\/\/\/\S{1,100}|tcp:\/\/(?:[\w.-]+|\[[\da-fA-F:]+\]):\d{1,5})$/,
      'unix:///PATH or tcp://HOST:PORT',
      { description: "The Docker engine's address.", default: 'unix:///var/run/docker.sock' },
    ),
  }),
  nginx: z.strictObject({
    'upstreams-file': text(/^(off|\/[^\0\n]{1,4095})$/, 'an absolute path, or off', {
      description: 'The file that nginx includes; `off` renders no upstreams.',
      default: '/etc/nginx/locum/upstreams.conf',
    }),
    process: text(
      processName,
      PROCESS_NAME,
      {
        description: "The name of nginx's processes.",
        default: 'nginx',
      },
      PROCESS_NAME_FIX,
    ),
  }),
  control: z.strictObject({
    // 108 octets of sun_path with the closing zero (unix(7)).
    socket: text(/^\/[\x21-\x7e]{1,106}$/, 'an absolute path of at most 107 characters', {
      description: 'The unix socket that answers `locum status`.',
      default: '/run/locum/locum.sock',
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
    .record(name, router)
    .superRefine(checkRouters, evenIfIncomplete)
    .meta({ description: 'The virtual routers by name.' }),
  track: z
    .record(name, z.discriminatedUnion('type', [processTracker, dockerTracker, httpTracker]))
    .meta({ description: 'The trackers by name; every virtual router follows all of them.' }),
  ...sections,
});

/** What the schema makes of the merged settings, under the names of the file. */
export type Settings = z.output<typeof schema>;

function passwordFault(password: string): Fault | undefined {
  const octets = new TextEncoder().encode(password).length;
  return octets >= 1 && octets <= 8 && !password.includes('\0')
    ? undefined
    : {
        what: `must be 1 to 8 octets, has ${octets}`,
        fix: 'shorten it: VRRPv2 has room for 8 octets (keepalived cuts longer ones to 8 without a word)',
      };
}

function readUrl(value: string): Result<string, Fault> {
  if (!URL.canParse(value) || !/^https?:\/\/[^/]/.test(value))
    return err({ what: 'must be an http or https URL', fix: 'write it like http://127.0.0.1:8080/healthz' });
  const url = new URL(value);
  return url.username === '' && url.password === ''
    ? ok(value)
    : err({ what: 'must not hold a user name or password', fix: 'track a page that needs no login' });
}
