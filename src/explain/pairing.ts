/**
 * Whether the nodes hear each other at all. What a receiver discards (vrrp/receive.ts) leaves it alone, and master beside the other;
 * what it only notes makes a pair with a flaw.
 */

import { formatDuration } from '../lib/time.ts';
import type { NodeModel } from './model.ts';

/** Below `vrrp.NAME`. */
type SettingPath =
  | 'version'
  | 'advert-interval'
  | 'unicast.peers'
  | 'unicast.min-ttl'
  | 'checksum'
  | 'auth.type'
  | 'vip';

/** A node does not hear another: there is nothing to explain but that. */
export interface Deafness {
  readonly setting: SettingPath;
  readonly text: string;
  /** What to do. */
  readonly fix: string;
}

/** Two nodes hear each other, and something is odd about them. */
export interface Flaw {
  readonly setting: SettingPath;
  readonly severity: 'warning' | 'note';
  readonly text: string;
}

/** A sentence about the settings of two nodes. */
type Words = (a: NodeModel, b: NodeModel) => string;

interface Rung extends Pick<Deafness, 'setting' | 'fix'> {
  readonly discards: (hearer: NodeModel, speaker: NodeModel) => boolean;
  /** What the two are set to. */
  readonly words: Words;
}

interface Oddity extends Pick<Flaw, 'setting' | 'severity'> {
  readonly applies: (a: NodeModel, b: NodeModel) => boolean;
  readonly words: Words;
}

const THE_SAME = 'use the same on all nodes';

/** Of the receive ladder, those that settings decide. */
const RUNGS: readonly Rung[] = [
  {
    setting: 'unicast.peers',
    discards: (hearer, speaker) => !arrives(hearer, speaker) || !isBelieved(hearer, speaker),
    words: differ(placeOf, fullNameOf),
    fix: 'name the addresses of the other nodes on each node, or use multicast on all',
  },
  {
    setting: 'unicast.min-ttl',
    discards: ({ unicast: hearer }, { unicast: speaker }) =>
      hearer !== undefined && speaker !== undefined && speaker.ttl < hearer.minimumTtl,
    words: differ(ttlOf),
    fix: 'send with 255 (unicast.ttl, unicast_ttl of keepalived), or accept less',
  },
  {
    setting: 'version',
    discards: (hearer, speaker) => hearer.version !== speaker.version,
    words: differ(node => `${node.version}`),
    fix: THE_SAME,
  },
  {
    setting: 'checksum',
    discards: (hearer, speaker) => demandsPseudoHeader(hearer) && checksumOf(speaker) === 'rfc9568',
    words: differ(checksumOf),
    fix: 'use v3_checksum_as_v2 with every keepalived of the group, or the same form on all nodes',
  },
  {
    setting: 'auth.type',
    discards: ({ authentication: { believes } }, { authentication: { gives } }) =>
      !believes.includes(gives.id),
    words: (a, b) =>
      proofOf(a) === proofOf(b) ? `is not the same on ${a.name} and ${b.name}` : differ(proofOf)(a, b),
    fix: 'let each node believe what the others sign with, before they do; else use the same on all nodes',
  },
  {
    setting: 'advert-interval',
    discards: (hearer, speaker) => hearer.version === 2 && hearer.interval !== speaker.interval,
    words: differ(intervalOf),
    fix: THE_SAME,
  },
];

const ODDITIES: readonly Oddity[] = [
  {
    setting: 'unicast.peers',
    severity: 'note',
    applies: (a, b) => a.unicast !== undefined && b.unicast !== undefined && unplaced(a, b) !== '',
    words: (a, b) =>
      `${differ(placeOf)(a, b)}: that these are each other's addresses is taken for granted, as the configuration of ${unplaced(a, b)} does not say its own`,
  },
  {
    setting: 'advert-interval',
    severity: 'warning',
    applies: (a, b) => a.version === 3 && b.version === 3 && a.interval !== b.interval,
    words: (a, b) =>
      `${differ(intervalOf)(a, b)}: a backup learns the interval of its master, and times change with it`,
  },
  {
    setting: 'vip',
    severity: 'warning',
    applies: (a, b) => addressesOf(a) !== addressesOf(b),
    words: (a, b) =>
      `${differ(addressesOf)(a, b)}: an address that only one has is lost while the other is master`,
  },
];

/** Every setting for which one of the nodes does not hear another, each once. */
export function deafnesses(nodes: readonly NodeModel[]): Deafness[] {
  return RUNGS.flatMap(({ setting, discards, words, fix }) => {
    const texts = pairsOf(nodes).flatMap(([a, b]) => {
      const consequence = consequenceOf(discards(a, b), discards(b, a), a, b);
      return consequence === undefined ? [] : `${words(a, b)}: ${consequence}`;
    });
    return texts.slice(0, 1).map(text => ({ setting, text, fix }));
  });
}

/** What else does not go together in two of the nodes, each setting once. */
export function flaws(nodes: readonly NodeModel[]): Flaw[] {
  return ODDITIES.flatMap(({ setting, severity, applies, words }) => {
    const pair = pairsOf(nodes).find(([a, b]) => applies(a, b));
    return pair === undefined ? [] : [{ setting, severity, text: words(...pair) }];
  });
}

function pairsOf(nodes: readonly NodeModel[]): (readonly [NodeModel, NodeModel])[] {
  return nodes.flatMap((a, i) => nodes.slice(i + 1).map(b => [a, b] as const));
}

function consequenceOf(
  aIsDeaf: boolean,
  bIsDeaf: boolean,
  { name: a }: NodeModel,
  { name: b }: NodeModel,
): string | undefined {
  if (aIsDeaf && bIsDeaf) return 'each discards what the other says, and both are master';
  if (!aIsDeaf && !bIsDeaf) return undefined;
  const [deaf, heard] = aIsDeaf ? [a, b] : [b, a];
  return `${deaf} discards what ${heard} says, and is master beside it`;
}

/** Whether it is sent to at all. An address that is not known is taken for the right one. */
function arrives({ unicast, primaryAddress }: NodeModel, speaker: NodeModel): boolean {
  if (unicast === undefined || speaker.unicast === undefined) return unicast === speaker.unicast;
  return primaryAddress === undefined || speaker.unicast.peers.includes(primaryAddress);
}

function isBelieved({ unicast }: NodeModel, { primaryAddress }: NodeModel): boolean {
  if (unicast?.checkSource !== true || primaryAddress === undefined) return true;
  return unicast.peers.includes(primaryAddress);
}

/** keepalived, unless it sends the other form itself; Locum hears every form. Over IPv6 and in version 2 there is one. */
function demandsPseudoHeader(node: NodeModel): boolean {
  const hasForms = node.version === 3 && !addressesOf(node).includes(':');
  return hasForms && node.program === 'keepalived' && node.checksum !== 'message-only';
}

function checksumOf({ checksum }: NodeModel): string {
  return checksum === 'message-only' ? 'rfc9568' : checksum;
}

function placeOf({ unicast }: NodeModel): string {
  return unicast === undefined ? 'multicast' : unicast.peers.join(', ');
}

function ttlOf({ unicast }: NodeModel): string {
  return unicast === undefined ? 'none' : `${unicast.minimumTtl} (it sends ${unicast.ttl})`;
}

/** Those whose own address nobody can tell. */
function unplaced(...nodes: readonly NodeModel[]): string {
  const lacking = nodes.filter(({ primaryAddress }) => primaryAddress === undefined);
  return lacking.map(({ name }) => name).join(' or ');
}

/** With its own address, where it is known. */
function fullNameOf({ name, primaryAddress }: NodeModel): string {
  return primaryAddress === undefined ? name : `${name} (${primaryAddress})`;
}

function proofOf({ authentication }: NodeModel): string {
  return authentication.gives.shown;
}

function intervalOf({ interval }: NodeModel): string {
  return formatDuration(interval);
}

function addressesOf({ addresses }: NodeModel): string {
  return [...addresses].sort().join(', ');
}

type OfNode = (node: NodeModel) => string;

function differ(of: OfNode, called: OfNode = ({ name }) => name): Words {
  return (a, b) => `is ${of(a)} on ${called(a)} and ${of(b)} on ${called(b)}`;
}
