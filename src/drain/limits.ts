/** How long the steps of a drain take, and why. */

import { type Duration, milliseconds, seconds } from '../lib/time.ts';

/** After new connections are held off: what was accepted a moment ago gets the time to send its request. */
export const SETTLE_AT_LEAST: Duration = milliseconds(20);

/** How long handshakes under way are waited for: clients further away finish theirs with the new workers. */
export const SETTLE_AT_MOST: Duration = milliseconds(100);

/** Between two looks at the connections. */
export const LOOK_EVERY: Duration = milliseconds(10);

/**
 * How long new connections are held off beyond the time for the open ones: what a hand-over between two Locum nodes takes, on a
 * busy machine. A client sends its SYN again after a second (RFC 6298 §2), and by then the other node should answer.
 */
export const HAND_OVER_HOLD: Duration = milliseconds(250);

/** How often a wait for another node is reported. */
export const SAY_EVERY: Duration = seconds(1);

/** What the other node may need beyond its timer to be heard. */
export const TAKE_OVER_SLACK: Duration = seconds(1);
