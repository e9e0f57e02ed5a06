/** `locum doctor` for virtual routers of both families: nothing but ok on a healthy host, IPv6 that is disabled, a filter, another VRID user. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DoctorJson } from '../../src/doctor/render.ts';
import { dissect } from '../support/capture.ts';
import { Lan } from '../support/lan.ts';
import { LocumNode } from '../support/node.ts';
import { MAIN } from '../support/paths.ts';
import { waitFor } from '../support/wait.ts';

type Lines = DoctorJson['lines'];

const VIP = 'fd00:198:18::100';
const INTERVAL = { 'advert-interval': '400ms' };
const VRRP = {
  four: { vrid: 51, vip: '198.18.51.100/24', interface: 'eth0', ...INTERVAL },
  six: { vrid: 51, vip: ['fe80::5100/64', `${VIP}/64`], interface: 'eth0', ...INTERVAL },
};

let lan: Lan;
let node: LocumNode;
before(async () => {
  lan = await Lan.create();
  const options = { address: '198.18.51.11/24', moreAddresses: ['fd00:198:18::11/64'], priority: 100 };
  node = await LocumNode.create(lan, 'node-a', { ...options, sections: { vrrp: VRRP } });
  await node.nginx.start();
  await waitFor(
    async () => (await node.host.inside.run('ip', ['-6', 'address'])).includes('tentative') === false,
    {
      what: 'the link-local address can be used',
      deadlineMs: 10_000,
    },
  );
});
after(() => lan.close());

async function examine(): Promise<Lines> {
  const args = [MAIN, 'doctor', '--json', '--listen', '1300ms', '--config', node.configFile];
  const { code, stdout, stderr } = await node.host.inside.exec(process.execPath, args);
  assert.ok(code === 0 || code === 1, `exit ${code}: ${stderr}`);
  return (JSON.parse(stdout) as DoctorJson).lines.filter(({ check }) => check !== 'timers');
}

const troubles = (lines: Lines): string[] =>
  lines
    .filter(({ status }) => status !== 'ok')
    .map(({ status, check, subject }) => `${status} ${check} ${subject}`.trim());

const found = (lines: Lines, check: string, subject: string): string =>
  lines.find(line => line.check === check && line.subject === subject)?.found ?? '';

test('a healthy host of both families has nothing but ok, and no VRRP on the wire', async () => {
  const capture = await lan.capture('ip proto 112 or ip6 proto 112');
  const lines = await examine();
  await capture.stop();
  assert.deepEqual(troubles(lines), [], JSON.stringify(lines, undefined, 1));
  assert.match(found(lines, 'ipv6', 'eth0'), /^adverts come from fe80:/);
  assert.match(found(lines, 'firewall', 'eth0 VRRP over IPv6'), /passes, out and in/);
  assert.deepEqual(await dissect(capture.file, ['frame.number'], {}), []);
});

test('a packet filter that drops IPv6 alone is found', async () => {
  const rules = ['add table ip6 planted', 'add chain ip6 planted in { type filter hook input priority 0; }'];
  await node.host.inside.run('nft', [[...rules, 'add rule ip6 planted in ip6 nexthdr 112 drop'].join('; ')]);
  try {
    const lines = await examine();
    assert.deepEqual(troubles(lines), ['fail firewall eth0 VRRP over IPv6']);
  } finally {
    await node.host.inside.run('nft', ['delete table ip6 planted']);
  }
});

test('the master of the other family is no rival, and whoever has the address is named by its adverts', async () => {
  const rival = await LocumNode.start(lan, 'node-b', {
    address: '198.18.51.12/24',
    priority: 90,
    sections: { vrrp: { six: VRRP.six } },
  });
  try {
    await rival.becomes('master');
    const lines = await examine();
    assert.deepEqual(troubles(lines), []);
    assert.match(found(lines, 'vrrp', 'six VRID 51'), /^fe80:.* is master for fe80::5100/);
    assert.match(found(lines, 'vrrp', 'four VRID 51'), /nobody else was heard/);
    assert.match(found(lines, 'address', `${VIP}/64`), /^the master is fe80:/);
  } finally {
    await rival.daemon.stop();
  }
});

test('IPv6 that is disabled is found, with the way to enable it', async () => {
  await node.host.inside.run('sysctl', ['-qw', 'net.ipv6.conf.eth0.disable_ipv6=1']);
  const lines = await examine();
  const line = lines.find(({ check }) => check === 'ipv6');
  assert.equal(line?.status, 'fail');
  assert.match(line.fix ?? '', /net\.ipv6\.conf\.eth0\.disable_ipv6=0/);
});
