/** compose/node.yaml with compose/macvlan.yaml on two engines on two hosts: each node on the LAN with an interface and an address of its own. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type DockerHost, Hosts, VIP } from '../support/docker-hosts.ts';
import { monotonicUs, Observer } from '../support/observer.ts';

const SET_UP_MS = 600_000;
const SCENARIO_MS = 90_000;
/** In no network of the LAN. */
const REMOTE = '198.18.61.1';

describe('compose/node.yaml and compose/macvlan.yaml on two hosts', { concurrency: false }, () => {
  let hosts: Hosts;
  before(
    async () => {
      hosts = await Hosts.start('macvlan');
    },
    { timeout: SET_UP_MS },
  );
  after(() => hosts?.close());

  it("one master, with the address on its pod's macvlan interface and on no host", {
    timeout: SCENARIO_MS,
  }, async () => {
    await hosts.settled('host-a');
    assert.deepEqual(await kindsWithAddress(hosts.a), ['macvlan']);
    for (const { host, project } of [hosts.a, hosts.b])
      assert.ok(!(await project.addressesBeside(1)).includes(VIP), `${host.name} has the address itself`);
  });

  it("a client beyond the LAN's router gets its answer: the node's default route leads there", {
    timeout: SCENARIO_MS,
  }, async () => {
    // The client is the router: an address behind it, and the requests come from there.
    const { client, site } = hosts;
    await client.inside.run('ip', ['address', 'add', `${REMOTE}/32`, 'dev', 'lo']);
    await client.inside.run('ip', ['route', 'add', VIP, 'dev', 'eth0', 'src', REMOTE]);
    try {
      assert.equal(await site.ask(), 'host-a');
    } finally {
      await client.inside.run('ip', ['route', 'delete', VIP]);
    }
  });

  it("SIGKILL to the master's nginx: the other node answers, then Docker's restart brings it back", {
    timeout: SCENARIO_MS,
  }, async () => {
    const observer = await Observer.start(hosts.client, { address: VIP }, { everyMs: 10 });
    try {
      await observer.answerOf('host-a', 0, 5_000);
      const { pid } = await hosts.a.project.state('nginx');
      const killedUs = monotonicUs();
      await hosts.a.project.signal(pid, 'KILL');
      const moved = await observer.answerOf('host-b', killedUs, 5_000);
      await observer.answerOf('host-a', moved.atUs, 15_000);
    } finally {
      await observer.stop();
    }
    await hosts.settled('host-a');
  });

  it('compose restart of the holder: Compose starts the members after it', {
    timeout: SCENARIO_MS,
  }, async () => {
    await hosts.a.project.compose(['restart', 'node']);
    await hosts.settled('host-a');
  });
});

/** The kinds (ip-link(8)) of the interfaces of the node's pod that have the virtual address. */
async function kindsWithAddress({ engine, project }: DockerHost): Promise<(string | undefined)[]> {
  const { pid } = await project.state('node');
  const entrance = [
    '--target',
    String(pid),
    '--net',
    'ip',
    '-json',
    '-details',
    'address',
    'show',
    'to',
    VIP,
  ];
  const links = JSON.parse(await engine.inside.run('nsenter', entrance)) as {
    linkinfo?: { info_kind: string };
  }[];
  return links.map(link => link.linkinfo?.info_kind);
}
