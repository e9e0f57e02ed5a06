/** What explain/ is told about a node that runs keepalived. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Problem } from '../../src/app/config/problems.ts';
import { isKeepalivedFile, readKeepalivedNode } from '../../src/cli/node-keepalived.ts';
import { type ImaginedRouter, virtualRouters } from '../../src/cli/node-models.ts';
import { milliseconds, seconds } from '../../src/lib/time.ts';

const INSTANCE = 'virtual_router_id 51\ninterface eth0\nvirtual_ipaddress {\n198.18.51.100/24\n}';

function read(
  body: string,
  around = '',
): { routers: readonly ImaginedRouter[]; problems: readonly Problem[] } {
  const content = `${around}\nvrrp_instance web {\n${INSTANCE}\n${body}\n}\n`;
  const { node, problems } = readKeepalivedNode({ name: 'keepalived.conf', content });
  return { routers: node?.routers ?? [], problems };
}

function routerOf(body: string, around?: string): ImaginedRouter {
  const { routers, problems } = read(body, around);
  return routers[0] ?? assert.fail(JSON.stringify(problems));
}

describe('a file is for keepalived', () => {
  const files: [name: string, content: string, is: boolean][] = [
    ['a.conf', '', true],
    ['a.CONF', 'vrid: 51', true],
    ['a', '# x\n  vrrp_instance VI_1 {\n', true],
    ['a.yaml', 'vrrp_instance VI_1\n{', true],
    ['a.yaml', 'vrid: 51\n# vrrp_instance of old\n', false],
    ['a.yaml', 'vrrp_instance: {a: 1}', false],
  ];
  for (const [name, content, is] of files)
    it(`${name} with ${JSON.stringify(content)}: ${is}`, () => {
      assert.equal(isKeepalivedFile({ name, content }), is);
    });
});

describe('a node with keepalived', () => {
  it('has what decides who is master', () => {
    const { model } = routerOf('priority 120\nmcast_src_ip 198.18.51.1\nnopreempt\nadvert_int 2');
    assert.deepEqual(model, {
      name: '',
      from: 'keepalived.conf',
      program: 'keepalived',
      priority: 120,
      version: 2,
      interval: seconds(2),
      preempt: false,
      preemptDelay: 0,
      syncGroup: undefined,
      timing: 'rfc',
      leaseSeconds: undefined,
      primaryAddress: '198.18.51.1',
      addresses: ['198.18.51.100'],
      unicast: undefined,
      checksum: 'pseudo-header',
      authentication: { gives: { id: 'none', shown: 'none' }, believes: ['none'] },
      trackers: [],
    });
  });

  it('sends unicast with 255, over IPv6 with 64, and takes what its most generous peer may send', () => {
    const unicast = (body: string) => {
      const { ttl, minimumTtl } = routerOf(body).model.unicast ?? assert.fail('multicast');
      return [ttl, minimumTtl];
    };
    const peers = (...lines: string[]) => `unicast_peer {\n${lines.join('\n')}\n}`;
    assert.deepEqual(unicast(peers('198.18.51.2')), [255, 1]);
    assert.deepEqual(unicast(peers('198.18.51.2 min_ttl 254', '198.18.51.3 min_ttl 250')), [255, 250]);
    assert.deepEqual(unicast(`unicast_ttl 9\n${peers('198.18.51.2 min_ttl 254', '198.18.51.3')}`), [9, 1]);
    const six = `vrrp_instance web {
      virtual_router_id 51
      interface eth0
      virtual_ipaddress {
        fe80::100
      }
      ${peers('fe80::2')}
    }`;
    const { node } = readKeepalivedNode({ name: 'keepalived.conf', content: six });
    assert.equal(node?.routers[0]?.model.unicast?.ttl, 64);
  });

  it('follows scripts, processes, files and interfaces', () => {
    const around = `
      vrrp_script web {
        script /bin/true
        interval 5
        timeout 2
        rise 3
        fall 2
      }
      vrrp_track_process web {
        process nginx
        weight 10
        fork_delay 1
        terminate_delay 2
      }
      track_file points {
        file /tmp/points
        weight 3 reverse
      }`;
    const body = `
      track_script {
        web weight 4 reverse
      }
      track_process {
        web
      }
      track_file {
        points
      }
      track_interface {
        eth1
      }`;
    const { trackers } = routerOf(body, around).model;
    assert.deepEqual(
      trackers.map(({ name, type, weight, reverse }) => [name, type, weight, reverse]),
      [
        ['script web', 'exec', 4, true],
        ['process web', 'process', 10, false],
        ['points', 'file', -3, false],
        ['eth1', 'interface', 0, false],
      ],
    );
    const [script, process, , link] = trackers;
    assert.deepEqual(
      [script?.rise, script?.fall, script?.interval, script?.timeout],
      [3, 2, seconds(5), seconds(2)],
    );
    assert.deepEqual(script?.notice, { failure: undefined, recovery: undefined });
    assert.deepEqual(process?.notice, { failure: milliseconds(2_005), recovery: milliseconds(1_005) });
    assert.deepEqual(link?.notice, { failure: milliseconds(5), recovery: milliseconds(5) });
  });

  it('is compared by its password without showing it', () => {
    const auth = (type: string, password: string) =>
      routerOf(`authentication {\nauth_type ${type}\nauth_pass ${password}\n}`).model.authentication.gives.id;
    assert.equal(auth('PASS', 'geheimes1'), auth('PASS', 'geheimes2'));
    assert.notEqual(auth('PASS', 'geheim'), auth('PASS', 'Geheim'));
    assert.notEqual(auth('PASS', 'geheim'), auth('AH', 'geheim'));
    assert.ok(!auth('AH', 'geheim').includes('geheim'));
  });

  it('says where its settings come from', () => {
    const { sourceOf } = routerOf('priority 7', 'global_defs {\nvrrp_version 3\n}');
    assert.deepEqual(['vrid', 'vip', 'priority', 'version', 'advert-interval'].map(sourceOf), [
      'keepalived.conf:5',
      'keepalived.conf:7',
      'keepalived.conf:10',
      'keepalived.conf:2',
      "keepalived's default",
    ]);
  });

  it('is explained by each VRID', () => {
    const { node } = readKeepalivedNode({
      name: 'a.conf',
      content: `vrrp_instance a {\n${INSTANCE}\n}\nvrrp_instance b {\n${INSTANCE.replace('51', '52')}\n}\n`,
    });
    const routers = virtualRouters(node === undefined ? [] : [node]);
    assert.deepEqual(
      routers.map(([member]) => member?.router.vrid),
      [51, 52],
    );
  });
});

describe('problems', () => {
  const paths = (problems: readonly Problem[]) => problems.map(({ severity, path }) => `${severity} ${path}`);

  it('of mistakes are warnings with file and line', () => {
    const { problems } = read('prioritty 7');
    assert.deepEqual(paths(problems), ['warning vrrp_instance web']);
    assert.equal(problems[0]?.source, 'keepalived.conf:8');
  });

  it('that keepalived does not start with are errors', () => {
    const { routers, problems } = read('advert_int');
    assert.deepEqual([routers, paths(problems)], [[], ['error vrrp_instance web advert_int']]);
  });

  it('tell in one line what does not matter', () => {
    const { problems } = read('smtp_alert on\ndebug 1', 'virtual_server 198.18.51.100 80 {\n}');
    assert.deepEqual(paths(problems), ['warning keepalived.conf']);
    assert.match(
      problems[0]?.what ?? '',
      /virtual_server \(line 1\), vrrp_instance web smtp_alert \(line 9\)/,
    );
  });

  it('tell what the table leaves out', () => {
    const other = `vrrp_instance other {\n${INSTANCE.replace('eth0', 'eth1')}\n}`;
    const group = 'vrrp_sync_group both {\ngroup {\nweb\nother\n}\n}';
    const { routers, problems } = read('preempt_delay 5\ndown_timer_adverts 5', `${other}\n${group}`);
    assert.equal(routers.length, 1);
    assert.deepEqual(paths(problems).sort(), [
      'warning vrrp_instance web',
      'warning vrrp_instance web down_timer_adverts',
      'warning vrrp_instance web preempt_delay',
      'warning vrrp_sync_group both',
    ]);
  });

  it('say that there is nothing to explain', () => {
    const { node, problems } = readKeepalivedNode({ name: 'nginx.conf', content: 'events {\n}\n' });
    assert.deepEqual([node, paths(problems)], [undefined, ['error vrrp_instance', 'warning file']]);
  });
});
