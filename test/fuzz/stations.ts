/** Who listens while the fuzzer speaks: routers of every version, family, destination and authentication, each with a peer. */

import { seconds, utc } from '../../src/lib/time.ts';
import { passAuthentication } from '../../src/vrrp/authentication.ts';
import type { Authentication, HmacAuthentication, Parameters } from '../../src/vrrp/parameters.ts';
import {
  digestOf,
  hmac,
  IPV6,
  ip,
  PEER,
  PEER_6,
  parameters,
  THIRD,
  US,
  US_6,
  unicastTo,
} from '../vrrp/support.ts';

export interface Station {
  readonly name: string;
  readonly listener: Parameters;
  /** A peer whose advertisements the listener accepts. */
  readonly speaker: Parameters;
}

/** The password of AH, and the key of a trailer by its id. */
export const AH_KEY = 'secret';
export const hmacKey = (id: number): string => `key ${id}`;

/** The time of day at all stations. */
export const NOW_SECOND = 1_800_000_000;
export const NOW = utc(NOW_SECOND * 1_000_000);

function station(name: string, changes: Partial<Parameters>, speakers: Partial<Parameters> = {}): Station {
  const listener = parameters(changes);
  const isIpv6 = listener.addresses === IPV6.addresses;
  const [ours, theirs] = isIpv6 ? [US_6, PEER_6] : [US, PEER];
  const { unicast } = listener;
  return {
    name,
    listener,
    speaker: {
      ...listener,
      primaryAddress: theirs,
      unicast: unicast && { ...unicast, peers: [ours], ttl: 255 },
      ...speakers,
    },
  };
}

const TO_PEERS: Partial<Parameters> = { unicast: unicastTo([PEER, THIRD], { minimumTtl: 2 }) };
const TO_PEERS_6: Partial<Parameters> = {
  ...IPV6,
  unicast: unicastTo([PEER_6, ip('fd00:198:18::3')], { minimumTtl: 64, checkSource: false }),
};
const two = (authentication: Authentication): Partial<Parameters> => ({ version: 2, authentication });

export const PLAIN: readonly Station[] = [
  station('v2', { version: 2 }),
  station('v2 with a password', two(passAuthentication(new TextEncoder().encode('secret')))),
  station('v2 to peers', { version: 2, ...TO_PEERS }),
  station('v3', {}),
  station('v3 message-only', { checksum: 'message-only' }),
  station('v3 to peers', TO_PEERS),
  station('v3 to peers as in old ones', { ...TO_PEERS, checksum: 'multicast-pseudo-header' }),
  station('v3 over IPv6', IPV6),
  station('v3 over IPv6 to peers', TO_PEERS_6),
];

const AH = two({ type: 'ah', digest: digestOf('md5', AH_KEY) });

export const HEADED: readonly Station[] = [station('AH', AH), station('AH to peers', { ...AH, ...TO_PEERS })];

function signed(name: string, changes: Partial<Parameters>, how: Partial<HmacAuthentication>): Station {
  const authentication = hmac(how);
  const speakers = { authentication: { ...authentication, mode: 'enforce' as const } };
  return station(`HMAC ${name} ${authentication.mode}`, { ...changes, authentication }, speakers);
}

export const SIGNED: readonly Station[] = [
  signed('v2', { version: 2 }, {}),
  signed('v3', {}, { window: undefined }),
  signed('v3', {}, { mode: 'permissive', activeKey: 2 }),
  signed('v3 to peers', TO_PEERS, { mode: 'receive-only' }),
  signed('v3 over IPv6', IPV6, { window: seconds(300) }),
  signed('v3 over IPv6', IPV6, { mode: 'permissive' }),
  signed('v3 over IPv6 to peers', TO_PEERS_6, {}),
];
