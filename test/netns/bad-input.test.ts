/** Configurations that cannot work: one clear message each, exit code 2, and nothing on the host was touched. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { addressesOf, Lan } from '../support/lan.ts';
import type { Finished } from '../support/namespace.ts';
import { LocumNode } from '../support/node.ts';
import { MAIN } from '../support/paths.ts';

interface Case {
  readonly title: string;
  readonly router?: Readonly<Record<string, unknown>>;
  readonly sections?: Readonly<Record<string, unknown>>;
  /** The file as it is, instead of settings. */
  readonly text?: string;
  /** What the one message must name. */
  readonly names: readonly RegExp[];
}

const CASES: readonly Case[] = [
  {
    title: 'an unknown interface',
    router: { interface: 'eth7' },
    names: [/vrrp\.web\.interface/, /eth7/, /eth0/],
  },
  {
    title: 'a VIP in no network of this host',
    sections: { vrrp: { web: { vrid: 51, vip: ['198.19.7.100/24'] } } },
    names: [/vrrp\.web\.interface/, /198\.19\.7\.100/, /eth0/],
  },
  { title: 'VRID 0', router: { vrid: 0 }, names: [/vrrp\.web\.vrid/, /\b0\b/, /1 to 255/] },
  { title: 'VRID 256', router: { vrid: 256 }, names: [/vrrp\.web\.vrid/, /256/, /1 to 255/] },
  { title: 'priority 0', router: { priority: 0 }, names: [/vrrp\.web\.priority/, /\b0\b/, /1 to 25[45]/] },
  { title: 'priority 256', router: { priority: 256 }, names: [/vrrp\.web\.priority/, /256/, /1 to 25[45]/] },
  {
    title: 'an interval that version 2 cannot say',
    router: { version: 2, 'advert-interval': '1500ms' },
    names: [/vrrp\.web\.advert-interval/],
  },
  { title: 'a misspelt setting', router: { prioritee: 100 }, names: [/prioritee/, /priority/] },
  {
    title: 'two routers with one VRID',
    sections: {
      vrrp: {
        web: { vrid: 51, vip: ['198.18.51.100/24'], interface: 'eth0' },
        dns: { vrid: 51, vip: ['198.18.51.101/24'], interface: 'eth0' },
      },
    },
    names: [/vrid/, /51/, /\bweb\b/, /\bdns\b/],
  },
  { title: 'unreadable YAML', text: 'vrrp: {web: [', names: [/locum\.yaml/, /line|:1/] },
  {
    title: 'a Docker engine that does not answer',
    sections: { docker: { enabled: true, host: 'unix:///nonexistent/docker.sock' } },
    names: [/docker\.host/, /nonexistent/],
  },
];

describe('bad input', () => {
  let lan: Lan;
  let node: LocumNode;
  before(async () => {
    lan = await Lan.create();
    node = await LocumNode.create(lan, 'node-a', { address: '198.18.51.11/24', priority: 100 });
  });
  after(() => lan.close());

  async function assertRefused({ code, stdout, stderr }: Finished, names: readonly RegExp[]): Promise<void> {
    const text = `${stdout}${stderr}`;
    assert.equal(code, 2, text);
    for (const name of names) assert.match(stderr, name);
    assert.doesNotMatch(text, /\n\s+at .*:\d+:\d+/, 'no stack trace');
    assert.deepEqual([...(await addressesOf(node.host)).keys()], ['198.18.51.11/24']);
    assert.equal(existsSync(node.socket), false);
  }

  const run = (): Promise<Finished> =>
    node.host.inside.exec(process.execPath, [MAIN, 'run', '--config', node.configFile]);

  for (const { title, router = {}, sections = {}, text, names } of CASES) {
    test(title, async () => {
      await node.configure({ priority: 100, router, sections });
      if (text !== undefined) await writeFile(node.configFile, text);
      await assertRefused(await run(), names);
    });
  }

  test('several problems are named at once', async () => {
    await node.configure({ priority: 0, router: { vrid: 256, interface: 'eth7' } });
    await assertRefused(await run(), [/vrrp\.web\.priority/, /vrrp\.web\.vrid/]);
  });

  test('a missing file', async () => {
    const finished = await node.host.inside.exec(process.execPath, [
      MAIN,
      'run',
      '--config',
      '/nonexistent.yaml',
    ]);
    await assertRefused(finished, [/\/nonexistent\.yaml/]);
  });

  for (const capability of ['net_raw', 'net_admin']) {
    test(`without the capability ${capability}`, async () => {
      await node.configure({ priority: 100 });
      const without = ['--inh-caps', `-${capability}`, '--bounding-set', `-${capability}`];
      const args = [...without, process.execPath, MAIN, 'run', '--config', node.configFile];
      await assertRefused(await node.host.inside.exec('setpriv', args), [new RegExp(capability, 'i')]);
    });
  }

  test('the configuration file is not there to be read', async () => {
    await node.configure({ priority: 100 });
    const finished = await node.host.inside.exec(process.execPath, [
      MAIN,
      'check',
      '--config',
      node.configFile,
    ]);
    assert.equal(finished.code, 0, `a good configuration passes: ${finished.stderr}`);
  });
});
