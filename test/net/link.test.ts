/** A link whose sockets cannot be opened: whom that concerns, and that it is tried again by the clock. */

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import type { RouterConfig } from '../../src/app/config/config.ts';
import type { Footing } from '../../src/app/footing.ts';
import { Link, type LinkTenant, RETRY_AFTER } from '../../src/app/link.ts';
import { OperatingError } from '../../src/lib/errors.ts';
import { openRouteNetlink, type RouteNetlink } from '../../src/net/rtnetlink.ts';
import { configOf, SMALLEST } from '../app/config/support.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { waitFor } from '../support/wait.ts';
import { enterNewNetwork, indexOf, ip, makeCable } from './namespace.ts';

const skip = enterNewNetwork();
const CONFIG = configOf({ environment: SMALLEST }).vrrp['default'] as RouterConfig;
const CONFIG6 = configOf({ environment: { ...SMALLEST, LOCUM_VIP: 'fe80::5100/64' } }).vrrp[
  'default'
] as RouterConfig;

class Tenant implements LinkTenant {
  readonly footings: Footing[] = [];
  readonly config: RouterConfig;

  constructor(config: RouterConfig) {
    this.config = config;
  }

  receive(): void {}
  addressRemoved(): void {}

  footingChanged(footing: Footing): void {
    this.footings.push(footing);
  }

  get fault(): string | undefined {
    return (this.footings.at(-1) ?? assert.fail('told of nothing')).fault;
  }
}

describe('a link', { skip }, () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0).reverse()) close();
  });

  const real = (): RouteNetlink => {
    const netlink = openRouteNetlink(error => assert.fail(error));
    closing.push(() => netlink.close());
    return netlink;
  };
  const linkOn = (netlink: RouteNetlink, ...tenants: Tenant[]) => {
    const clock = new VirtualClock();
    const log = new KeptLog();
    const link = new Link({ interfaceName: 'near', netlink, clock, log });
    closing.push(() => link.close());
    for (const tenant of tenants) link.join(tenant);
    return { link, clock };
  };

  test('opens its sockets when they can be opened, though nothing happens on the interface', async () => {
    makeCable('near', 'far', '198.18.51.1/24');
    const index = indexOf('near');
    const netlink = real();
    const { readLink } = netlink;
    const known = await readLink('near');
    ip('link delete near');
    const tenant = new Tenant(CONFIG);
    const listAddresses = () => Promise.resolve([]);
    const stale = {
      ...netlink,
      readLink: () => Promise.resolve(known),
      listAddresses,
      subscribe: () => () => {},
    };
    const { link, clock } = linkOn(stale, tenant);
    await assert.rejects(link.open(), { code: 'ENODEV' });
    const outletIndex = () => link.outlet?.index;
    assert.equal(outletIndex(), undefined);
    ip(`link add near index ${index} type veth peer name far`);
    closing.push(() => ip('link delete near'));
    await clock.pass(RETRY_AFTER);
    assert.equal(outletIndex(), index);
    assert.doesNotMatch(tenant.fault ?? '', /cannot/);
  });

  test('is read again after it could not be read', async () => {
    makeCable('near', 'far', '198.18.51.1/24');
    closing.push(() => ip('link delete near'));
    const netlink = real();
    const failure = new OperatingError('ENOBUFS', 'the answer was lost');
    let failing = true;
    const readLink = (name: string) => (failing ? Promise.reject(failure) : netlink.readLink(name));
    const tenant = new Tenant(CONFIG);
    const { link, clock } = linkOn({ ...netlink, readLink }, tenant);
    await assert.rejects(link.open(), { code: 'ENOBUFS' });
    failing = false;
    await clock.pass(RETRY_AFTER);
    await waitFor(() => tenant.footings.length > 0, { what: 'a footing', deadlineMs: 2_000, everyMs: 1 });
    assert.equal(tenant.fault, undefined);
  });

  test('a family that cannot be spoken leaves the other one alone', async () => {
    makeCable('near', 'far', '198.18.51.1/24');
    closing.push(() => ip('link delete near'));
    // Below the least MTU of IPv6 (RFC 8200 §5) the interface has none of it.
    ip('link set near mtu 1000');
    const [four, six] = [new Tenant(CONFIG), new Tenant(CONFIG6)];
    const { link } = linkOn(real(), four, six);
    await assert.rejects(link.open(), OperatingError);
    assert.equal(four.fault, undefined);
    assert.ok(six.fault);
    assert.ok(link.outlet);
  });
});
