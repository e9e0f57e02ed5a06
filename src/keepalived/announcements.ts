/** How often gratuitous ARP is repeated: the same keywords in global_defs and in an instance, which inherits what it does not say. */

import { type Duration, seconds } from '../lib/time.ts';
import type { Announcements } from './model.ts';

/** The values of the keywords, by their names in an instance. */
export interface AnnouncementValues {
  readonly garp_master_delay?: Duration;
  readonly garp_master_repeat?: number;
  readonly garp_master_refresh?: Duration;
  readonly garp_master_refresh_repeat?: number;
  readonly garp_lower_prio_delay?: Duration;
  readonly garp_lower_prio_repeat?: number;
}

const KEEPALIVED: Announcements = {
  masterRepeat: 5,
  masterDelay: seconds(5),
  refresh: undefined,
  refreshRepeat: 1,
  lowerPriorityRepeat: 5,
  lowerPriorityDelay: seconds(5),
};

/** `vrrp_min_garp`: one, and no repeat later. */
const MINIMAL: Announcements = {
  ...KEEPALIVED,
  masterRepeat: 1,
  masterDelay: seconds(0),
  lowerPriorityRepeat: 1,
  lowerPriorityDelay: seconds(0),
};

/** Of global_defs. What follows an advert of lower priority is what follows becoming master, unless said otherwise. */
export function globalAnnouncements(values: AnnouncementValues, minimal: boolean): Announcements {
  const defaults = minimal ? MINIMAL : KEEPALIVED;
  const { garp_master_repeat: repeat, garp_master_delay: delay } = values;
  return announcements(values, {
    ...defaults,
    lowerPriorityRepeat: repeat ?? defaults.lowerPriorityRepeat,
    lowerPriorityDelay: delay ?? defaults.lowerPriorityDelay,
  });
}

export function announcements(values: AnnouncementValues, inherited: Announcements): Announcements {
  const refresh = values.garp_master_refresh;
  return {
    masterRepeat: values.garp_master_repeat ?? inherited.masterRepeat,
    masterDelay: values.garp_master_delay ?? inherited.masterDelay,
    refresh: refresh === undefined ? inherited.refresh : refresh === 0 ? undefined : refresh,
    refreshRepeat: values.garp_master_refresh_repeat ?? inherited.refreshRepeat,
    lowerPriorityRepeat: values.garp_lower_prio_repeat ?? inherited.lowerPriorityRepeat,
    lowerPriorityDelay: values.garp_lower_prio_delay ?? inherited.lowerPriorityDelay,
  };
}
