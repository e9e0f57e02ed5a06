/** The part of the schema that is about hooks: who is told of states, by type, and what all types have in common. */

import { z } from 'zod';
import { NOTICE_STATES } from '../../notify/notice.ts';
import { choice, duration } from './leaf.ts';
import { choices, command, names } from './tracker-leaves.ts';

const common = {
  timeout: duration({ description: 'How long telling one state may take before it is cut.', default: '10s' }),
  states: choices(NOTICE_STATES, {
    description: 'The states that are told.',
    default: NOTICE_STATES.join(','),
  }),
  routers: names({
    description: 'The virtual routers whose states are told; left out: all.',
  }).optional(),
};

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
};
