/** Locum beside a keepalived that is configured otherwise, in one way for each virtual router: `locum status` says what differs and what to do. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerWarning, RouterStatus } from '../../src/control/status.ts';
import { Flood } from '../support/flood.ts';
import { Keepalived } from '../support/keepalived.ts';
import { Lan } from '../support/lan.ts';
import { LocumNode, VIP_CIDR } from '../support/node.ts';
import { waitFor } from '../support/wait.ts';

const LOCUM = '198.18.51.11';
const KEEPALIVED = '198.18.51.12';
const STRANGER = '198.18.51.66';
const PASSWORD = 'xi5Joh1u';

interface Mismatch {
  /** Of the virtual router, over the defaults: version 3, every second. */
  readonly locum: Readonly<Record<string, unknown>>;
  readonly keepalived: readonly string[];
  readonly vip?: string;
  readonly about: string;
  readonly text: RegExp;
  readonly dropped: boolean;
}

const password = (key: string): string => `authentication { auth_type PASS\n auth_pass ${key}\n }`;

const MISMATCHES: Readonly<Record<string, Mismatch>> = {
  version: {
    locum: {},
    keepalived: ['version 2'],
    about: 'version',
    text: /^speaks version 2, we 3: set the same version/,
    dropped: true,
  },
  interval2: {
    locum: { version: 2, 'advert-interval': '2s' },
    keepalived: ['version 2'],
    about: 'interval',
    text: /^advertises every 1s, we every 2s: set the same interval/,
    dropped: true,
  },
  interval3: {
    locum: { 'advert-interval': '500ms' },
    keepalived: ['version 3'],
    about: 'interval-differs',
    text: /^advertises every 1s, we every 500ms: set the same interval/,
    dropped: false,
  },
  addresses: {
    locum: {},
    keepalived: ['version 3'],
    vip: '198.18.51.201/24',
    about: 'addresses-differ',
    text: /^does not advertise 198\.18\.51\.113 and advertises 198\.18\.51\.201, which we do not have: /,
    dropped: false,
  },
  password: {
    locum: { version: 2, auth: { type: 'pass', password: PASSWORD } },
    keepalived: ['version 2', password('mistaken')],
    about: 'auth-password',
    text: /^the password differs: set the same password/,
    dropped: true,
  },
  authentication: {
    locum: { version: 2 },
    keepalived: ['version 2', password(PASSWORD)],
    about: 'auth-type',
    text: /^authentication type 1, ours is 0: give both the same type/,
    dropped: true,
  },
};

const NAMES = Object.keys(MISMATCHES);
const vridOf = (name: string): number => 60 + NAMES.indexOf(name);
const vipOf = (name: string): string => `198.18.51.${110 + NAMES.indexOf(name)}/24`;

function keepalivedConfiguration(): string {
  const instances = Object.entries(MISMATCHES).map(
    ([name, { keepalived, vip = vipOf(name) }]) => `vrrp_instance ${name} {
  state BACKUP
  interface eth0
  virtual_router_id ${vridOf(name)}
  priority 200
  advert_int 1
  ${keepalived.join('\n')}
  virtual_ipaddress {
    ${vip}
  }
}
`,
  );
  return instances.join('');
}

/** What is said of a sender, whether it is believed or not. */
function warningsOf({ peers, refused }: RouterStatus, address: string): readonly PeerWarning[] {
  return [...peers, ...refused]
    .filter(sender => sender.address === address)
    .flatMap(({ warnings }) => warnings);
}

test('what differs from a keepalived is said of it, in each virtual router', async () => {
  const lan = await Lan.create();
  try {
    const web = { vrid: 51, vip: [VIP_CIDR], interface: 'eth0', priority: 100 };
    const routers = Object.entries(MISMATCHES).map(([name, { locum }]) => [
      name,
      { vrid: vridOf(name), vip: [vipOf(name)], interface: 'eth0', priority: 100, ...locum },
    ]);
    const node = await LocumNode.create(lan, 'locum', {
      address: `${LOCUM}/24`,
      priority: 100,
      track: {},
      sections: { vrrp: { web, ...Object.fromEntries(routers) } },
    });
    await node.startDaemon();
    const keepalived = new Keepalived(await lan.host('keepalived', `${KEEPALIVED}/24`));
    await keepalived.run(keepalivedConfiguration());

    for (const [name, { about, text, dropped }] of Object.entries(MISMATCHES)) {
      const warning = await waitFor(
        async () => {
          const router = (await node.status()).routers.find(each => each.name === name);
          return router && warningsOf(router, KEEPALIVED).find(each => each.about === about);
        },
        { what: `${name}: a warning of ${about}`, deadlineMs: 20_000, context: () => keepalived.log },
      );
      assert.match(warning.text, text);
      assert.equal(warning.dropped, dropped, name);
    }

    const stranger = await lan.host('stranger', `${STRANGER}/24`);
    const options = { rate: 50, seconds: 60, master: STRANGER };
    const floods = [
      await Flood.start(stranger, { ...options, kind: 'spoofed' }),
      await Flood.start(stranger, { ...options, kind: 'ttl' }),
    ];
    const { refused } = await waitFor(
      async () => {
        const router = (await node.status()).routers.find(({ name }) => name === 'web');
        const about = new Set(router?.refused.flatMap(({ warnings }) => warnings.map(each => each.about)));
        return about.has('checksum') && about.has('ttl') ? router : undefined;
      },
      { what: 'wrong checksums and TTLs are named', deadlineMs: 10_000 },
    );
    await Promise.all(floods.map(flood => flood.stop()));
    assert.ok(refused.length <= 16);

    const { stdout } = await node.locum('status');
    assert.match(stdout, new RegExp(`refused +${KEEPALIVED} says priority 200, VRRPv2 every 1s, heard`));
    assert.match(stdout, /! speaks version 2, we 3: .* packets? dropped\)/);
    assert.doesNotMatch(stdout, new RegExp(`${PASSWORD}|mistaken`), 'no secret is shown');
  } finally {
    await lan.close();
  }
});
