/** When a virtual router takes part and what it tells the link: delays, announcements and sync groups, below `vrrp.NAME`. */

import { z } from 'zod';
import { err, ok, type Result } from '../../lib/result.ts';
import { type Duration, formatDuration, parseDuration, seconds } from '../../lib/time.ts';
import type { AnnounceConfig } from './config.ts';
import { type About, atMost, type Fault, integer, type Leaf, list, parsed, text } from './leaf.ts';

const HOUR: Duration = seconds(3_600);
/** As far as keepalived counts (preempt_delay). */
const LONGEST_DELAY: Duration = seconds(1_000);
const MOST_ANNOUNCEMENTS = 16;

function readTime(item: string, most: Duration): Result<Duration, Fault> {
  const value = parseDuration(item);
  if (value !== undefined && value <= most) return ok(value);
  if (/^\d+(\.\d+)?$/.test(item)) return err({ what: 'needs a unit', fix: `write ${item}s or ${item}ms` });
  return err({
    what: `must be a time from 0s to ${formatDuration(most)}`,
    fix: value === undefined ? 'write a number and a unit, such as 0s or 30s' : atMost(most),
  });
}

/** A span of time with its unit that may be 0. */
function pause(most: Duration, about: About): Leaf<Duration> {
  return parsed(item => readTime(item, most), about, ['0s', '30s']);
}

/** Spans of time in any order, those of 0 left out; ascending. */
function times(most: Duration, about: About): Leaf<readonly Duration[]> {
  const read = (items: readonly string[]): Result<readonly Duration[], Fault> => {
    if (items.length > MOST_ANNOUNCEMENTS)
      return err({ what: `has ${items.length} times`, fix: `give ${MOST_ANNOUNCEMENTS} at most` });
    const found = new Set<Duration>();
    for (const item of items) {
      const time = readTime(item.trim(), most);
      if (!time.ok) return time;
      if (time.value > 0) found.add(time.value);
    }
    return ok([...found].sort((a, b) => a - b));
  };
  return list(text => ok(text.split(',')), read, { ...about, items: { type: 'string' } });
}

export const announce = z
  .strictObject({
    repeat: integer(1, 100, {
      description: 'How often each address is announced at once, every time that it is announced.',
      default: '1',
    }),
    again: times(HOUR, {
      description:
        'When a new master, or one that was contested, announces its addresses again, counted from the first time; 0s: not at all.',
      default: '50ms, 1s, 5s',
    }),
    refresh: pause(HOUR, {
      description: 'How often a master announces its addresses after that; 0s: never.',
      default: '30s',
    }),
  })
  .meta({
    description:
      'How a master tells the link where its addresses are (gratuitous ARP, neighbour advertisements).',
  });

export const preemptDelay = pause(LONGEST_DELAY, {
  description:
    'How long a node that came back leaves a living master of lower priority alone: after its start, the end of a fault, or a priority that rose. A master that resigns, sinks or falls silent is not waited for.',
  default: '0s',
});

export const startDelay = pause(LONGEST_DELAY, {
  description:
    'How long after its start this node takes no part at all, for a host or a network that needs a while.',
  default: '0s',
});

export const syncGroup = text(
  /^[A-Za-z0-9][\w.-]{0,31}$/,
  'a name of up to 32 letters, digits, dots, hyphens and underscores',
  {
    description:
      'The virtual routers of this node with the same name here move together: one rises only when all can, and one that stops being master takes the others down.',
  },
);

export function toAnnounceConfig({ repeat, again, refresh }: z.output<typeof announce>): AnnounceConfig {
  return { repeat, again, refresh: refresh === 0 ? undefined : refresh };
}
