/**
 * The virtual routers of this node and the links that they live on, as they are configured at the moment. A configuration is reached from
 * the one before by removing, adding and adjusting; the start is the way from none. Who goes has given its addresses back before who comes
 * takes any; who stays is never told to let go of what it keeps.
 */

import type { Clock } from '../lib/clock.ts';
import { OperatingError } from '../lib/errors.ts';
import { type Cidr, formatCidr } from '../lib/ip-address.ts';
import type { Logger } from '../lib/logger.ts';
import type { AddressTable } from '../net/addresses.ts';
import type { LinkNetlink, RouteNetlink } from '../net/rtnetlink.ts';
import type { WeightedTracker } from '../tracking/priority.ts';
import { OWNER_PRIORITY } from '../vrrp/parameters.ts';
import { type Claimant, Claims } from './claims.ts';
import { timeOfDay } from './clock.ts';
import { type Config, heldBy, type RouterConfig } from './config/config.ts';
import { Link } from './link.ts';
import { addressesOn, announcerOn } from './outlet.ts';
import type { Action, Places } from './reload-plan.ts';
import { type StateChange, WorkingRouter } from './router.ts';
import type { Core, RunnerPorts } from './router-runner.ts';
import type { Placed } from './status.ts';
import { SyncGroups } from './sync-groups.ts';
import { VirtualPlace } from './virtual-place.ts';
import { VirtualPlaces } from './virtual-places.ts';

export interface RoutersOptions {
  readonly netlink: RouteNetlink & LinkNetlink;
  readonly addresses: AddressTable;
  /** Which daemon the macvlans belong to. */
  readonly owner: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** What decides for the virtual router of that name. */
  readonly coreOf: (name: string) => Core;
  readonly onStateChange: (router: WorkingRouter, change: StateChange) => void;
}

/** What is to be reached: virtual routers, and the names of their interfaces. */
export interface Wanted {
  readonly routers: Config['vrrp'];
  readonly places: Places;
}

interface Here extends Placed {
  /** By which it has addresses of the link itself. */
  readonly claimant: Claimant;
}

/** How long virtual routers may take to resign and give their addresses back; what is left then, the leases end. */
const STOP_WITHIN_MS = 2_000;

export class Routers {
  readonly #options: RoutersOptions;
  readonly #claims = new Claims();
  readonly #groups = new SyncGroups();
  readonly #virtualPlaces: VirtualPlaces;
  #placed: readonly Here[] = [];
  #links: readonly Link[] = [];

  constructor(options: RoutersOptions) {
    const { netlink, addresses, owner, clock, log } = options;
    this.#options = options;
    this.#virtualPlaces = new VirtualPlaces({
      netlink,
      addresses,
      claims: this.#claims,
      owner,
      clock,
      log,
    });
  }

  get placed(): readonly Placed[] {
    return this.#placed;
  }

  get links(): readonly Link[] {
    return this.#links;
  }

  get all(): readonly WorkingRouter[] {
    return this.#placed.map(({ router }) => router);
  }

  get places(): Places {
    return Object.fromEntries(this.#placed.map(({ router, link }) => [router.name, link.name]));
  }

  /** Takes away the interfaces that a former run left. Rejects with OperatingError. */
  sweepInterfaces(): Promise<void> {
    return this.#virtualPlaces.sweep();
  }

  /** Takes away the addresses that a former run left behind. Rejects with OperatingError. */
  async sweepAddresses(): Promise<void> {
    for (const { router, link } of this.#placed) {
      if (link.index === undefined) continue;
      const swept = await this.#options.addresses.sweep(heldBy(router.config), link.index);
      for (const cidr of swept)
        this.#options.log.warn(
          { router: router.name, address: formatCidr(cidr) },
          'removed an address that a former run left behind',
        );
    }
  }

  /** Those that go, and those that begin anew: resolves when they have resigned and their addresses are free, or after a bounded time. */
  async remove(actions: readonly Action[]): Promise<void> {
    const names = namesOf(actions, 'remove', 'restart');
    const leaving = this.#placed.filter(({ router }) => names.has(router.name));
    if (leaving.length === 0) return;
    // Who stays must not be taken down with who goes.
    this.#groups.join(this.#placed.filter(placed => !leaving.includes(placed)).map(({ router }) => router));
    for (const { router } of leaving) router.accompany(undefined);
    await this.#stop(leaving.map(({ router }) => router));
    this.#placed = this.#placed.filter(placed => !leaving.includes(placed));
    for (const { router, link, place, tenant } of leaving) {
      router.runner.close();
      link.leave(tenant);
      if (place instanceof VirtualPlace) await this.#removeInterface(place);
    }
  }

  async #removeInterface(place: VirtualPlace): Promise<void> {
    try {
      await this.#virtualPlaces.remove(place);
    } catch (thrown) {
      if (!(thrown instanceof OperatingError)) throw thrown;
      this.#options.log.error({ interface: place.name, code: thrown.code }, thrown.message);
    }
  }

  /**
   * Adds and adjusts; those that were added wait for {@link begin}. What could not be opened is the result: its routers are in fault
   * until it can.
   */
  async place(
    actions: readonly Action[],
    { routers, places }: Wanted,
    trackers: readonly WeightedTracker[],
  ): Promise<OperatingError | undefined> {
    const former = this.#links;
    for (const link of former) link.forgetAddresses();
    for (const name of namesOf(actions, 'add', 'restart')) {
      const config = routers[name];
      const place = places[name];
      if (config !== undefined && place !== undefined) this.#add(name, config, this.#linkNamed(place));
    }
    for (const name of namesOf(actions, 'adjust')) this.#adjust(name, routers[name], trackers);
    const order = Object.keys(routers);
    this.#placed = this.#placed.toSorted(
      (a, b) => order.indexOf(a.router.name) - order.indexOf(b.router.name),
    );
    for (const link of former) this.#refresh(link);
    this.#groups.join(this.all);
    const opened = this.#links.filter(link => !former.includes(link)).map(link => link.open());
    const failed = (await Promise.allSettled(opened)).find(({ status }) => status === 'rejected');
    await this.#virtualPlaces.settled();
    return failed?.status === 'rejected' ? failed.reason : undefined;
  }

  /** Lets those take part that were added. */
  begin(actions: readonly Action[]): void {
    const names = namesOf(actions, 'add', 'restart');
    for (const router of this.all) if (names.has(router.name)) router.start();
  }

  /** An address has left the kernel. */
  addressLost(cidr: Cidr, interfaceIndex: number): void {
    for (const link of this.#links) link.addressRemoved(cidr, interfaceIndex);
    this.#virtualPlaces.addressRemoved(cidr, interfaceIndex);
  }

  /** All resign and give their addresses back. */
  stop(): Promise<void> {
    return this.#stop(this.all);
  }

  /** After the stop. Rejects with OperatingError, after all was tried. */
  async close(): Promise<void> {
    await this.#virtualPlaces.close().finally(() => {
      for (const link of this.#links) link.close();
    });
  }

  #linkNamed(interfaceName: string): Link {
    const known = this.#links.find(({ name }) => name === interfaceName);
    if (known !== undefined) return known;
    const { netlink, clock, log } = this.#options;
    const link = new Link({ interfaceName, netlink, clock, log });
    this.#links = [...this.#links, link];
    return link;
  }

  #add(name: string, config: RouterConfig, link: Link): void {
    const { clock, log, coreOf, onStateChange } = this.#options;
    const place = config.vmac === undefined ? link : this.#virtualPlaces.create(link, config, config.vmac);
    const claimant = this.#claims.claimant();
    const ports = { clock, utc: timeOfDay, ...this.#edgesOf(place, () => router.config, claimant) };
    const router: WorkingRouter = new WorkingRouter({
      name,
      config,
      ports,
      log,
      core: coreOf(name),
      onStateChange: change => onStateChange(router, change),
    });
    const tenant = place instanceof VirtualPlace ? place.house(router) : router;
    link.join(tenant);
    this.#placed = [...this.#placed, { router, link, place, tenant, claimant }];
  }

  #edgesOf(
    place: Link | VirtualPlace,
    current: () => RouterConfig,
    claimant: Claimant,
  ): Pick<RunnerPorts, 'wire' | 'addresses' | 'announcer'> {
    if (place instanceof VirtualPlace) {
      const { wire, addresses, announcer } = place;
      return { wire, addresses, announcer };
    }
    const holding = () => ({ vips: heldBy(current()), isOwner: current().priority === OWNER_PRIORITY });
    return {
      wire: place.wire,
      addresses: addressesOn(place, holding, this.#options.addresses, claimant),
      announcer: announcerOn(place, () => ({ vips: heldBy(current()), repeat: current().announce.repeat })),
    };
  }

  #adjust(name: string, config: RouterConfig | undefined, trackers: readonly WeightedTracker[]): void {
    const placed = this.#placed.find(({ router }) => router.name === name);
    if (placed === undefined || config === undefined) return;
    const { router, place, claimant } = placed;
    if (place instanceof VirtualPlace) place.reconfigure(config);
    else if (router.isMaster && place.index !== undefined)
      // Before anybody lets one of them go: what is handed on is never away.
      for (const vip of heldBy(config)) claimant.take(vip, place.index);
    router.adjust(config, trackers);
  }

  /** A link that nobody lives on any more is closed. */
  #refresh(link: Link): void {
    if (link.isDeserted) {
      link.close();
      this.#links = this.#links.filter(one => one !== link);
    } else link.refresh();
  }

  async #stop(routers: readonly WorkingRouter[]): Promise<void> {
    const stopped = routers.map(router => new Promise<void>(done => router.stop(done)));
    const late = new Promise<'late'>(resolve => setTimeout(resolve, STOP_WITHIN_MS, 'late').unref());
    if ((await Promise.race([Promise.all(stopped), late])) === 'late')
      this.#options.log.error({}, 'a virtual router could not be stopped in time; its lease ends by itself');
  }
}

function namesOf(actions: readonly Action[], ...changes: readonly Action['change'][]): ReadonlySet<string> {
  return new Set(actions.filter(({ change }) => changes.includes(change)).map(({ name }) => name));
}
