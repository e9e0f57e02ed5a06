/** All bugs that the simulator must catch. */

import type { Bug } from './bugs/bug.ts';
import { CORE_BUGS } from './bugs/core-bugs.ts';
import { DRAIN_BUGS } from './bugs/drain-bugs.ts';
import { EDGE_BUGS } from './bugs/edge-bugs.ts';
import { STANDING_BUGS } from './bugs/standing-bugs.ts';
import { TRACKER_BUGS } from './bugs/tracker-bugs.ts';

export const BUGS: readonly Bug[] = [
  ...CORE_BUGS,
  ...EDGE_BUGS,
  ...TRACKER_BUGS,
  ...DRAIN_BUGS,
  ...STANDING_BUGS,
];
