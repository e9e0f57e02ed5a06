/** Trackers of the network in a real kernel: an interface that loses its carrier, a gateway that answers. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../../src/app/clock.ts';
import type { TrackerTarget } from '../../src/app/config/config.ts';
import { TrackerRunner } from '../../src/app/tracker-runner.ts';
import { createProbe } from '../../src/app/trackers.ts';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import { milliseconds, seconds } from '../../src/lib/time.ts';
import { runCommand } from '../../src/native/command.ts';
import { openRouteNetlink, type RouteNetlink } from '../../src/net/rtnetlink.ts';
import { procfs } from '../../src/probes/procfs.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { waitFor } from '../support/wait.ts';
import { enterNewNetwork, ip, makeCable } from './namespace.ts';

const skip = enterNewNetwork();

describe('trackers of the network', { skip }, () => {
  let netlink: RouteNetlink;
  const runners: TrackerRunner[] = [];

  const track = (target: TrackerTarget, interval = seconds(20)) => {
    const timeout = milliseconds(500);
    const config = { weight: 0, reverse: false, interval, timeout, rise: 1, fall: 1, ...target };
    const probe = createProbe(config, {
      processes: procfs(),
      processWatcher: undefined,
      docker: undefined,
      locateProxy: () => ({ ok: false, error: '' }),
      plan: () => ({ upstreams: [], leftOut: [], unasked: [], warnings: [] }),
      netlink,
      clock: systemClock,
      run: runCommand,
    });
    const options = { name: 'net', config, probe, clock: systemClock, log: new KeptLog() };
    const runner = new TrackerRunner({ ...options, onHealth: () => undefined });
    runners.push(runner);
    runner.start();
    return runner;
  };
  const becomes = (runner: TrackerRunner, health: string, detail: RegExp) =>
    waitFor(() => runner.health() === health && detail.test(runner.status().last?.detail ?? ''), {
      what: `${health}: ${detail}`,
      deadlineMs: 3_000,
      everyMs: 1,
      context: () => JSON.stringify(runner.status()),
    });

  before(() => {
    netlink = openRouteNetlink(error => assert.fail(error));
  });
  after(() => {
    for (const runner of runners) runner.stop();
    netlink.close();
  });

  test('an interface is followed without waiting for the interval', async t => {
    const runner = track({ type: 'interface', interface: 'near' });
    await becomes(runner, 'down', /no interface near/);
    makeCable('near', 'far', '198.18.51.1/24');
    await becomes(runner, 'up', /up and running/);
    const began = performance.now();
    ip('link set far down');
    await becomes(runner, 'down', /no carrier/);
    t.diagnostic(`carrier lost to down, ip(8) included: ${(performance.now() - began).toFixed(1)} ms`);
    ip('link set far up');
    await becomes(runner, 'up', /up and running/);
    ip('link set near down');
    await becomes(runner, 'down', /near is down/);
    ip('link set near name renamed');
    await becomes(runner, 'down', /no interface near/);
    ip('link delete renamed');
  });

  test('a gateway answers, then not, then again', async () => {
    const target = { type: 'ping', address: '198.18.61.1' as IpAddress, count: 2, replies: 1 } as const;
    const runner = track(target, milliseconds(500));
    await becomes(runner, 'down', /unreachable/);
    ip('address add 198.18.61.1/32 dev lo');
    await becomes(runner, 'up', /198\.18\.61\.1 answers/);
    ip('address delete 198.18.61.1/32 dev lo');
    await becomes(runner, 'down', /./);
  });
});
