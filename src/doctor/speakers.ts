/** Who else speaks VRRP on the link, held against this node's virtual routers. Pure. */

import { about, type Line } from './line.ts';

/** What this node is configured to be. */
export interface OwnRouter {
  readonly name: string;
  readonly interface: string;
  readonly vrid: number;
  readonly version: 2 | 3;
  readonly priority: number;
  readonly intervalMs: number;
  readonly addresses: readonly string[];
  /** As the daemon beside says; undefined when none runs. */
  readonly state: 'init' | 'backup' | 'master' | 'fault' | undefined;
}

/** Somebody whose adverts were heard, by the last of them. */
export interface Speaker {
  readonly source: string;
  readonly vrid: number;
  readonly version: number;
  readonly priority: number;
  readonly addresses: readonly string[];
  readonly adverts: number;
  /** Why this node would drop its adverts, the reason in one word; undefined when it would take them, or has no such VRID. */
  readonly refused: { readonly reason: string; readonly detail: string } | undefined;
}

export interface SpeakerFacts {
  readonly own: OwnRouter;
  /** On the interface of the router, any VRID. */
  readonly speakers: readonly Speaker[];
  readonly listenedMs: number;
}

/** The line about a virtual router. */
export function speakerLine({ own, speakers, listenedMs }: SpeakerFacts): Line {
  const line = about('vrrp', `${own.name} VRID ${own.vrid}`);
  const rivals = speakers.filter(speaker => speaker.vrid === own.vrid && isSameFamily(speaker, own));
  const refused = rivals.find(speaker => speaker.refused !== undefined);
  if (refused?.refused !== undefined)
    return line.fail(
      `${nameOf(refused)} is heard and not believed: ${refused.refused.detail}`,
      fixFor(refused.refused.reason, own),
    );
  const stranger = rivals.find(({ addresses }) => !addresses.some(one => own.addresses.includes(one)));
  if (stranger !== undefined)
    return line.fail(
      `${nameOf(stranger)} uses it for ${listOf(stranger.addresses)}, not for ${listOf(own.addresses)}: two pairs with one VRID silence each other`,
      `give vrrp.${own.name}.vrid a number that nobody on this link uses, the same on both nodes`,
    );
  const masters = rivals.filter(({ priority, adverts }) => priority > 0 && adverts > 1);
  if (masters.length > 1 || (own.state === 'master' && masters.length > 0))
    return line.fail(
      `two masters: ${[...masters.map(nameOf), ...(own.state === 'master' ? ['this node'] : [])].join(' and ')}`,
      'they do not hear each other: look at the firewall and at what the switch does with multicast (IGMP snooping)',
    );
  return misplaced(line, own, speakers) ?? peaceful(line, own, rivals, listenedMs);
}

type Maker = ReturnType<typeof about>;

/** Our addresses under another VRID: one of the two nodes has the wrong number. */
function misplaced(line: Maker, own: OwnRouter, speakers: readonly Speaker[]): Line | undefined {
  const found = speakers.find(
    ({ vrid, addresses }) => vrid !== own.vrid && addresses.some(one => own.addresses.includes(one)),
  );
  return (
    found &&
    line.fail(
      `${nameOf(found)} advertises ${listOf(found.addresses)} under VRID ${found.vrid}: both nodes would hold the address`,
      `set vrrp.${own.name}.vrid to the same number on both nodes`,
    )
  );
}

function peaceful(line: Maker, own: OwnRouter, rivals: readonly Speaker[], listenedMs: number): Line {
  const [peer] = rivals;
  if (peer === undefined) return silence(line, own, listenedMs);
  const same =
    peer.addresses.length === own.addresses.length &&
    peer.addresses.every(one => own.addresses.includes(one));
  if (!same)
    return line.warn(
      `${nameOf(peer)} advertises ${listOf(peer.addresses)}, and this node has ${listOf(own.addresses)}`,
      `make vrrp.${own.name}.vip the same list on both nodes`,
    );
  return line.ok(`${nameOf(peer)} is master for ${listOf(peer.addresses)}, version ${peer.version}`);
}

/** Three intervals are what a backup waits for its master. */
const INTERVALS = 3;

function silence(line: Maker, own: OwnRouter, listenedMs: number): Line {
  const heard = `nobody else was heard for ${seconds(listenedMs)}`;
  if (own.state === 'master') return line.ok(`this node is master, ${heard}`);
  if (listenedMs < INTERVALS * own.intervalMs)
    return line.ok(
      `${heard}, which is less than ${INTERVALS} intervals of ${seconds(own.intervalMs)}: --listen waits longer`,
    );
  return own.state === 'backup'
    ? line.fail(
        `the daemon here is backup, and ${heard}`,
        '`locum status` says whom it follows; look again: a hand-over may be on its way',
      )
    : line.ok(`${heard}: this node would be master`);
}

/** The others that share the link, for those who look for a free VRID. */
export function bystanderLines(
  interfaceName: string,
  ownVrids: readonly number[],
  speakers: readonly Speaker[],
): Line[] {
  const others = speakers.filter(({ vrid }) => !ownVrids.includes(vrid));
  if (others.length === 0) return [];
  const shown = others.slice(0, 8).map(({ vrid, source }) => `VRID ${vrid} (${source})`);
  const more = others.length > shown.length ? `, and ${others.length - shown.length} more` : '';
  return [about('vrrp', interfaceName).ok(`also on this link: ${shown.join(', ')}${more}`)];
}

/** What to do, by the rung of the receive ladder that failed. */
function fixFor(reason: string, own: OwnRouter): string {
  const setting = (name: string): string => `make vrrp.${own.name}.${name} the same on both nodes`;
  const fixes: Readonly<Record<string, string>> = {
    'unknown-peer': `name it in vrrp.${own.name}.unicast.peers on every node, or find out what that host is`,
    version: setting('version'),
    interval: setting('advert-interval'),
    'auth-type': setting('auth'),
    'auth-missing': setting('auth'),
    'auth-password': setting('auth.password'),
    'auth-key': setting('auth.keys'),
    'auth-digest': `${setting('auth')}: its password, or its keys`,
    'auth-stale': 'set the clocks of both nodes by NTP, or use auth.anti-replay: monotonic on both',
    'own-address':
      'another host has the address of this one, or the network sends our packets back: `ip neighbour` and the switch tell',
  };
  return (
    fixes[reason] ??
    'find out what that host is: `tcpdump -w - proto 112 | locum decode` explains its packets'
  );
}

/** One VRID in both families is two virtual routers (RFC 9568 §5.2.3). */
function isSameFamily({ source }: Speaker, { addresses: [first = ''] }: OwnRouter): boolean {
  return source.includes(':') === first.includes(':');
}

const nameOf = ({ source, priority }: Speaker): string => `${source} (priority ${priority})`;

const listOf = (addresses: readonly string[]): string => addresses.slice(0, 4).join(', ') || 'no address';

const seconds = (ms: number): string => `${Number((ms / 1_000).toFixed(2))} s`;
