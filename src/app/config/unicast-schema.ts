/** Advertisements to peers instead of to the group: `vrrp.NAME.unicast`. No RFC has it; keepalived does, and the words are close to its. */

import { z } from 'zod';
import { addressList } from './address-leaves.ts';
import type { UnicastConfig } from './config.ts';
import { flag, integer } from './leaf.ts';

export const unicast = z.strictObject({
  peers: addressList({
    description:
      "The nodes that are told, by their own addresses. One list does for all nodes: this host's own address is left out.",
  }),
  ttl: integer(1, 255, {
    description: 'The TTL (hop limit) of what is sent.',
    default: '255',
  }),
  'min-ttl': integer(1, 255, {
    description:
      'The least TTL (hop limit) of what is accepted. 255 where the peers are on this network: then nothing comes from beyond a router.',
    default: '1',
  }),
  'check-source': flag({
    description: 'Whether only the peers are believed.',
    default: 'true',
  }),
});

export function toUnicastConfig(settings: z.output<typeof unicast>): UnicastConfig {
  return {
    peers: settings.peers,
    ttl: settings.ttl,
    minimumTtl: settings['min-ttl'],
    checkSource: settings['check-source'],
  };
}
