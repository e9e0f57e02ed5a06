/**
 * The sync groups of this node at work: what vrrp/sync-group.ts makes of where the members stand is told to them, whenever one of them
 * has taken a step. It decides nothing.
 */

import { assert } from '../lib/assert.ts';
import { faultOf, type Member, mayRise, ordersFor } from '../vrrp/sync-group.ts';
import type { Company, WorkingRouter } from './router.ts';

type GroupMember = Pick<WorkingRouter, 'name' | 'runner' | 'ownFault' | 'accompany' | 'companyFault'>;

/** The groups of the routers of this node, as they are configured at the moment. */
export class SyncGroups {
  #groups: ReadonlyMap<string, SyncGroup> = new Map();

  /** Joins the routers that name the same group; a group whose members are the same goes on. */
  join(routers: readonly WorkingRouter[]): void {
    const members = new Map<string, WorkingRouter[]>();
    for (const router of routers) {
      const { syncGroup } = router.config;
      if (syncGroup === undefined) router.accompany(undefined);
      else members.set(syncGroup, [...(members.get(syncGroup) ?? []), router]);
    }
    const former = this.#groups;
    const entries = [...members].map(([name, routers]) => {
      const group = former.get(name);
      return [name, group?.consistsOf(routers) ? group : joinSyncGroup(name, routers)] as const;
    });
    this.#groups = new Map(entries);
    for (const [name, group] of former) if (this.#groups.get(name) !== group) group.dissolve();
    for (const group of this.#groups.values()) group.settle();
  }
}

export function joinSyncGroup(name: string, members: readonly GroupMember[]): SyncGroup {
  const group = new SyncGroup(name, members);
  for (const member of members) member.accompany(group);
  return group;
}

/** Far more rounds than a step of one member can lead to. */
const MOST_ROUNDS = 1_000;

export class SyncGroup implements Company {
  readonly #name: string;
  #members: readonly GroupMember[];
  #isActing = false;
  #isOutdated = false;
  #isRising = false;

  constructor(name: string, members: readonly GroupMember[]) {
    this.#name = name;
    this.#members = members;
  }

  settle(): void {
    this.#act(() => undefined);
  }

  consistsOf(members: readonly GroupMember[]): boolean {
    return members.length === this.#members.length && members.every(one => this.#members.includes(one));
  }

  /** Its members have gone their ways: what it still waits for leads to nothing. */
  dissolve(): void {
    this.#members = [];
  }

  /** What a member is told is a step of its own, and leads to another look, until nobody is told anything. */
  #act(act: () => void): void {
    this.#isOutdated = true;
    if (this.#isActing) {
      act();
      return;
    }
    this.#isActing = true;
    try {
      act();
      for (let round = 0; this.#isOutdated; round++) {
        assert(round < MOST_ROUNDS, `sync group ${this.#name} comes to rest`);
        this.#isOutdated = false;
        this.#look();
      }
    } finally {
      this.#isActing = false;
    }
  }

  #look(): void {
    const views = this.#views();
    for (const { name, input } of ordersFor(this.#name, views)) this.#runnerOf(name)?.tellAtOnce(input);
    for (const [i, view] of views.entries()) this.#members[i]?.companyFault(faultOf(this.#name, view, views));
    if (mayRise(views)) this.#riseOnceRead();
  }

  /** A timer tells of one wire only: on another one the master's word may lie unread. */
  #riseOnceRead(): void {
    if (this.#isRising) return;
    this.#isRising = true;
    let unread = this.#members.length;
    const oneIsRead = (): void => {
      unread -= 1;
      if (unread > 0) return;
      this.#isRising = false;
      if (mayRise(this.#views())) this.#act(() => this.#rise());
    };
    for (const { runner } of this.#members) runner.onceRead(oneIsRead);
  }

  #rise(): void {
    for (const { runner } of this.#members) runner.tellAtOnce({ type: 'rise' });
  }

  #views(): readonly Member[] {
    return this.#members.map(({ name, runner: { router }, ownFault }) => ({ name, router, fault: ownFault }));
  }

  #runnerOf(name: string): GroupMember['runner'] | undefined {
    return this.#members.find(member => member.name === name)?.runner;
  }
}
