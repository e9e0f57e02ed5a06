/** The part of the schema that is about hooks: who is told of states, by type, and what all types have in common. */

import { z } from 'zod';
import { err, ok, type Result } from '../../lib/result.ts';
import { seconds } from '../../lib/time.ts';
import { NOTICE_STATES } from '../../notify/notice.ts';
import { choice, duration, type Fault, integer, parsed, text } from './leaf.ts';
import { choices, command, names } from './tracker-leaves.ts';

const common = {
  timeout: duration({ description: 'How long one try may take before it is cut.', default: '10s' }),
  states: choices(NOTICE_STATES, {
    description: 'The states that are told.',
    default: NOTICE_STATES.join(','),
  }),
  routers: names({
    description: 'The virtual routers whose states are told; left out: all.',
  }).optional(),
  'per-minute': integer(1, 600, {
    description:
      'States of one virtual router that are told at once; after so many, one each time this share of a minute has passed, and what came meanwhile is folded into the newest.',
    default: '30',
  }),
};

const LONGEST_URL = 2_048;

/** What an http client makes of it counts, so it is read as one does. */
function readUrl(value: string): Result<string, Fault> {
  const fix = 'write it like https://hooks.example.com/locum';
  if (!/^https?:\/\/[^/]/.test(value) || !URL.canParse(value))
    return err({ what: 'must be an http or https URL', fix });
  if (value.length > LONGEST_URL) return err({ what: `is longer than ${LONGEST_URL} characters`, fix });
  const { username, password } = new URL(value);
  return username === '' && password === ''
    ? ok(value)
    : err({
        what: 'must not hold a user name or password',
        fix: 'use secret-file, or a token in the path: the URL is never shown',
      });
}

const filePath = (description: string) =>
  text(/^\/[^\0\n]{1,4094}$/, 'an absolute path', { description }).optional();

export const hooks = {
  exec: z.strictObject({
    type: z.literal('exec'),
    command: command({
      description: 'A program by its absolute path, with its arguments. No shell. Not as a label.',
    }),
    arguments: choice(['all', 'state', 'none'], {
      description:
        "What follows them: all, TYPE NAME STATE PRIORITY as with keepalived's notify; state, the last two; none, nothing, as with its notify_master.",
      default: 'all',
    }),
    ...common,
  }),
  webhook: z.strictObject({
    type: z.literal('webhook'),
    url: parsed(readUrl, {
      description:
        'Where each state is posted as JSON, http or https. Never shown: a token may stand in it. Not as a label.',
      writeOnly: true,
    }),
    'secret-file': filePath(
      'A file with the secret that signs, 24 to 64 octets or whsec_ and base64, read for each try; left out: nothing is signed. Not as a label.',
    ),
    'tls-ca': filePath('A PEM file of the authorities that count instead of the built-in ones.'),
    attempts: integer(1, 20, {
      description:
        'Tries for each state, the first included: pauses of 500ms, 1s, 2s, … up to 30s lie between.',
      default: '10',
    }),
    'retry-for': duration(
      { description: 'How long after the first try another may begin.', default: '5m' },
      seconds(3_600),
    ),
    ...common,
  }),
};
