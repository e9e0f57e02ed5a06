/**
 * compose/node.yaml on two engines on two hosts, as people run it: whatever happens to a host, its engine or its cable, the address is on
 * exactly one of them when things have settled.
 */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Hosts } from '../support/docker-hosts.ts';
import { holdersOf } from '../support/docker-nodes.ts';
import { waitFor } from '../support/wait.ts';

const SET_UP_MS = 600_000;
const SCENARIO_MS = 90_000;

describe('compose/node.yaml on two hosts', { concurrency: false }, () => {
  let hosts: Hosts;
  before(
    async () => {
      hosts = await Hosts.start('host');
    },
    { timeout: SET_UP_MS },
  );
  after(() => hosts?.close());

  it('the host of the higher priority has the address, on its own network', {
    timeout: SCENARIO_MS,
  }, async () => {
    await hosts.settled('host-a');
    const states = await Promise.all(
      ['node', 'nginx', 'locum'].map(service => hosts.a.project.state(service)),
    );
    assert.deepEqual(
      states.map(({ status }) => status),
      ['running', 'running', 'running'],
    );
  });

  it('nginx lost, then back', { timeout: SCENARIO_MS }, async () => {
    await hosts.a.project.docker('kill', 'nginx');
    await hosts.heldBy('host-b');
    await hosts.a.project.docker('start', 'nginx');
    await hosts.settled('host-a');
  });

  it('the link is cut without a sign and healed: one master again', { timeout: SCENARIO_MS }, async () => {
    const { lan, a, b, client } = hosts;
    await lan.cutBothWays(a.host, b.host);
    await lan.cutBothWays(a.host, client);
    // Neither can know better: both have it, and the client reaches the one it can reach.
    await waitFor(
      async () => (await holdersOf(hosts.site)).length === 2 && (await hosts.site.ask()) === 'host-b',
      {
        what: 'the host that the client can reach answers',
        deadlineMs: 20_000,
        everyMs: 100,
      },
    );
    await lan.heal();
    await hosts.settled('host-a');
  });

  it('the cable is pulled and put back: the address moves at once and returns', {
    timeout: SCENARIO_MS,
  }, async () => {
    const { lan, a } = hosts;
    await lan.setCable(a.host, 'down');
    await hosts.heldBy('host-b');
    await lan.setCable(a.host, 'up');
    await hosts.settled('host-a');
  });

  it("the master's engine restarts: the other host serves meanwhile", { timeout: SCENARIO_MS }, async () => {
    await hosts.a.engine.stopDaemon();
    await hosts.heldBy('host-b');
    await hosts.a.engine.startDaemon();
    // What compose/locum.service does: Docker starts containers in no order and leaves down a member that came before its holder.
    await hosts.a.project.up();
    await hosts.settled('host-a');
  });

  it("the backup's engine restarts: nothing moves", { timeout: SCENARIO_MS }, async () => {
    await hosts.b.engine.restartDaemon();
    await hosts.b.project.up();
    await hosts.settled('host-a');
  });

  it('the master loses its power: the other host has the address', { timeout: SCENARIO_MS }, async () => {
    await hosts.a.host.inside.close();
    await waitFor(async () => (await hosts.site.ask()) === 'host-b', {
      what: 'the other host answers',
      deadlineMs: 20_000,
      everyMs: 100,
    });
  });
});
