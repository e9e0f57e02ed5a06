/** The part of the schema that is about trackers: what each type watches, and what all have in common. */

import { z } from 'zod';
import { AILMENTS } from '../../docker/condition.ts';
import { choice, duration, flag, integer, statusRange, text } from './leaf.ts';
import { checkTracker, evenIfIncomplete, type TrackerDraft } from './rules.ts';
import {
  choices,
  command,
  endpoint,
  headers,
  hostPort,
  httpUrl,
  ipAddress,
  percent,
  upstreamName,
} from './tracker-leaves.ts';

const common = {
  weight: integer(-254, 254, {
    description:
      'Added to the priority while up when positive, subtracted while down when negative; 0: a tracker that is down is a fault.',
    default: '0',
  }),
  reverse: flag({
    description:
      'Turns the rule over: a positive weight is subtracted while up, a negative one added while down; 0: a tracker that is up is a fault.',
    default: 'false',
  }),
  interval: duration({ description: 'The time between checks.', default: '1s' }),
  timeout: duration({ description: 'How long a check may take; by default as long as the interval.' }),
  rise: integer(1, 255, { description: 'Successes in a row that it takes to be up.', default: '1' }),
  fall: integer(1, 255, { description: 'Failures in a row that it takes to be down.', default: '1' }),
};

function tracker<const T extends string, Shape extends z.ZodRawShape>(type: T, shape: Shape) {
  return z
    .strictObject({ type: z.literal(type), ...shape, ...common })
    .superRefine((draft: unknown, context) => checkTracker(draft as TrackerDraft, context), evenIfIncomplete);
}

/** Linux's limit for /proc/PID/comm: 16 octets with the closing zero. */
export const processName = (about: { readonly description: string; readonly default?: string }) =>
  text(
    /^[^\s/]{1,15}$/,
    'a process name of 1 to 15 characters, as /proc/PID/comm has it',
    about,
    'give its first 15 characters: the kernel keeps no more',
  );

export const interfaceName = (description: string) =>
  text(/^[^\s/]{1,15}$/, 'an interface name of 1 to 15 characters', { description });

/** 4,096 octets of PATH_MAX with the closing zero. */
const absolutePath = (description: string) =>
  text(/^\/[^\0\n]{1,4094}$/, 'an absolute path', { description });

const connect = endpoint({
  description:
    "Where to connect instead of the URL's host and port: HOST:PORT, such as the virtual address, or unix:///PATH.",
}).optional();

const failOn = choices(AILMENTS, {
  description:
    'What counts as a failure, beside a container that is not there; oom: a process of it was killed for want of memory.',
  default: 'stopped,restarting,paused,starting,unhealthy',
});

export const trackers = {
  process: tracker('process', {
    name: processName({
      description: 'A main process of this name must live and take signals, as with `killall -0`.',
    }),
    quorum: integer(1, 10_000, {
      description: 'Processes of this name that must live, workers included.',
      default: '1',
    }),
  }),
  docker: tracker('docker', {
    container: text(/^[a-zA-Z0-9][\w.-]{0,254}$/, 'the name or id of a container', {
      description: 'The container that must run and not be unhealthy; left out: the proxy.',
    }).optional(),
    'fail-on': failOn,
  }),
  http: tracker('http', {
    url: httpUrl({ description: 'The address that is fetched.' }),
    connect,
    method: choice(['GET', 'HEAD'], { description: 'The method of the request.', default: 'GET' }),
    status: statusRange({ description: 'The status codes that count as success.', default: '200-399' }),
    contains: text(/^[^\0]{1,200}$/, '1 to 200 characters', {
      description: 'Text that must stand in the first 64 KiB of the body; no pattern.',
    }).optional(),
    headers: headers({ description: 'Header fields to send, `Name: value` each. Never shown.' }).optional(),
    'tls-verify': flag({ description: "Whether the server's certificate must be valid.", default: 'true' }),
    'tls-ca': absolutePath(
      'A PEM file of the authorities that count instead of the built-in ones.',
    ).optional(),
    'tls-name': text(/^[a-zA-Z0-9](?:[\w.-]{0,251}\w)?$/, 'a host name', {
      description:
        "The name that is asked for (SNI) and that the certificate must have; left out: the URL's.",
    }).optional(),
  }),
  tcp: tracker('tcp', {
    address: hostPort({ description: 'The port that must accept connections, as HOST:PORT.' }),
  }),
  exec: tracker('exec', {
    command: command({
      description:
        'A program by its absolute path, with its arguments; exit code 0 is success. No shell. Not as a label.',
    }),
  }),
  interface: tracker('interface', { interface: interfaceName('The interface that must be up and running.') }),
  file: tracker('file', {
    path: absolutePath(
      'A file with a number, which is multiplied by the weight; up while it is 0, which stands for a file that is not there too.',
    ),
  }),
  ping: tracker('ping', {
    address: ipAddress({ description: 'The address that must answer echo requests: a gateway, a witness.' }),
    count: integer(1, 20, { description: 'Echo requests in a check.', default: '3' }),
    replies: integer(1, 20, { description: 'Answers needed of them.', default: '1' }),
  }),
  nginx: tracker('nginx', {
    url: httpUrl({ description: "The address of nginx's stub_status page; its accepts must go on rising." }),
    connect,
    'max-connections': integer(1, 10_000_000, {
      description: 'The most active connections that count as success; left out: any number.',
    }).optional(),
  }),
  upstreams: tracker('upstreams', {
    upstream: upstreamName({ description: 'The upstream to watch; left out: each one.' }).optional(),
    'min-servers': integer(0, 10_000, {
      description: 'Backends that must be able to serve.',
      default: '1',
    }),
    'min-share': percent({
      description: 'The share of its labelled containers that must be able to serve.',
      default: '0%',
    }),
  }),
};
