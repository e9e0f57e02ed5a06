/** The part of the schema that is about hooks: who is told of states, by type, and what all types have in common. */

import { z } from 'zod';
import { NOTICE_STATES } from '../../notify/notice.ts';
import { duration } from './leaf.ts';
import { choices, command } from './tracker-leaves.ts';

const common = {
  timeout: duration({ description: 'How long telling one state may take before it is cut.', default: '10s' }),
  states: choices(NOTICE_STATES, {
    description: 'The states that are told.',
    default: NOTICE_STATES.join(','),
  }),
};

export const hooks = {
  exec: z.strictObject({
    type: z.literal('exec'),
    command: command({
      description:
        "A program by its absolute path, with its arguments; keepalived's TYPE NAME STATE PRIORITY follow them. No shell. Not as a label.",
    }),
    ...common,
  }),
};
