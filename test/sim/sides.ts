/**
 * One virtual router, or a sync group: the same hosts on several links, a virtual router on each, which move together. A side is what one
 * link is for all hosts.
 */

import type { WorkingRouter } from '../../src/app/router.ts';
import { joinSyncGroup } from '../../src/app/sync-groups.ts';
import { parseIpAddress } from '../../src/lib/ip-address.ts';
import type { Bug } from './bugs/bug.ts';
import { drawInstallation, type Installation, type NodeConfig } from './config.ts';
import { Lan } from './lan.ts';
import { Node } from './node.ts';
import type { Random } from './random.ts';
import { drawTrackers } from './tracker-setup.ts';
import type { World } from './world.ts';

export const GROUP = 'g';

/** Of all scenarios; a group costs as much as its sides together. */
const GROUPED = 0.01;

/** `routers`, `grouped`: where that is not to be drawn. */
export function drawSides(
  random: Random,
  routers: number | undefined,
  grouped: boolean | undefined,
): readonly Installation[] {
  const first = drawInstallation(random, routers);
  if (!(grouped ?? random.chance(GROUPED))) return [first];
  const count = random.chance(0.8) ? 2 : 3;
  return Array.from({ length: count }, (_, side) => sideOf(random, first, side));
}

/** Mostly the members of a host are worth the same everywhere; what somebody may have mixed up is mixed up here. */
function sideOf(random: Random, first: Installation, side: number): Installation {
  const isMixedUp = random.chance(0.15);
  const isReversed = random.chance(0.3);
  const priorities = first.nodes.map(({ parameters }) => parameters.priority);
  const own = isMixedUp ? random.shuffled(priorities) : priorities;
  const intervals = first.nodes.map(({ parameters }) => parameters.advertisementInterval);
  const trackers = random.chance(0.5) ? drawTrackers(random, intervals) : [];
  const nodes = first.nodes.map((node, id): NodeConfig => {
    const { parameters } = node;
    const place = isReversed ? first.nodes.length - 1 - id : id;
    return {
      ...node,
      name: `${node.name}${side + 1}`,
      trackers: trackers[id] ?? [],
      parameters: {
        ...parameters,
        joint: true,
        vrid: ((parameters.vrid + side - 1) % 255) + 1,
        priority: own[id] ?? parameters.priority,
        addresses: parameters.addresses.map(address => onSide(address, side)),
        primaryAddress: onSide(`198.18.51.${11 + place}`, side),
      },
    };
  });
  return { ...first, nodes };
}

function onSide(address: string, side: number): NodeConfig['parameters']['primaryAddress'] {
  const moved = parseIpAddress(address.replace('198.18.51.', `198.18.${51 + side}.`));
  if (moved === undefined) throw new TypeError(address);
  return moved;
}

/** A link with its nodes. */
export interface Side {
  readonly lan: Lan;
  readonly installation: Installation;
  readonly nodes: readonly Node[];
}

export function createSides(
  world: World,
  installations: readonly Installation[],
  bug: Bug | undefined,
): readonly Side[] {
  const isGroup = installations.length > 1;
  const sides = installations.map(
    (installation): Side & { readonly nodes: readonly (Node | MemberNode)[] } => {
      const lan = new Lan(world);
      const nodes = installation.nodes.map(config =>
        isGroup ? new MemberNode(world, lan, config, bug) : new Node(world, lan, config, bug),
      );
      lan.stations.push(...nodes);
      return { lan, installation, nodes };
    },
  );
  for (const { id } of installations[0]?.nodes ?? []) {
    const members = sides.flatMap(({ nodes }) =>
      nodes.filter(node => node instanceof MemberNode && node.id === id),
    );
    if (isGroup) new Host(world, members as MemberNode[], bug);
  }
  return sides;
}

const RETRY_US = 5_000;

/** What happens to a process happens to all its members. */
class Host {
  readonly #world: World;
  readonly #members: readonly MemberNode[];
  readonly #bug: Bug | undefined;

  constructor(world: World, members: readonly MemberNode[], bug: Bug | undefined) {
    this.#world = world;
    this.#members = members;
    this.#bug = bug;
    for (const member of members) member.host = this;
  }

  each(act: (member: MemberNode) => void): void {
    for (const member of this.#members) act(member);
  }

  /** A process that is still stopping ends first. */
  start(): void {
    if (this.#members.some(({ stops }) => stops)) this.#world.after(RETRY_US, () => this.start());
    if (this.#members.some(({ alive }) => alive)) return;
    this.each(member => member.startAlone());
    const join = this.#bug?.join?.(joinSyncGroup) ?? joinSyncGroup;
    const routers = this.#members.flatMap(({ member }) => member ?? []);
    join(GROUP, routers as unknown as WorkingRouter[]);
  }
}

/** Wires are read one after the other; what arrives on one meanwhile cannot have been read. */
const READING_US = 500;

export class MemberNode extends Node {
  host: Host | undefined;
  readonly #arrivals = new WeakMap<Uint8Array, number>();

  override datagramArrives(packet: Uint8Array): void {
    this.#arrivals.set(packet, this.world.now);
    super.datagramArrives(packet);
  }

  override get unread(): readonly Uint8Array[] {
    const { now } = this.world;
    return super.unread.filter(packet => now - (this.#arrivals.get(packet) ?? 0) > READING_US);
  }

  override start(): void {
    this.host?.start();
  }

  override kill(): void {
    this.host?.each(member => member.killAlone());
  }

  override stop(): void {
    this.host?.each(member => member.stopAlone());
  }

  override block(): void {
    this.host?.each(member => member.blockAlone());
  }

  override goOn(): void {
    this.host?.each(member => member.goOnAlone());
  }

  override drain(force: boolean): void {
    this.host?.each(member => member.drainAlone(force));
  }

  override undrain(): void {
    this.host?.each(member => member.undrainAlone());
  }

  startAlone(): void {
    super.start();
  }

  killAlone(): void {
    super.kill();
  }

  stopAlone(): void {
    super.stop();
  }

  blockAlone(): void {
    super.block();
  }

  goOnAlone(): void {
    super.goOn();
  }

  drainAlone(force: boolean): void {
    super.drain(force);
  }

  undrainAlone(): void {
    super.undrain();
  }
}
