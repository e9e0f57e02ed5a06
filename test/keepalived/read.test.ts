/** Single rules of the reading that a transcript shows badly, or not at all. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseAddress } from '../../src/keepalived/values.ts';
import { seconds } from '../../src/lib/time.ts';
import { bodyOf, readText } from './support.ts';

const instanceOf = (body: string, before = '') =>
  bodyOf(body, before).configuration.instances[0] ?? assert.fail('no instance');

const mistakesOf = (body: string, before = '') =>
  bodyOf(body, before).remarks.filter(({ severity }) => severity === 'mistake');

describe('no remark shows a password', () => {
  const secret = 'gEh31m';
  const lines = [
    `auth_type PASS\nauth_pass ${secret} ${secret}`,
    `auth_type PASS\nauth_pass${secret}`,
    `auth_type PASS\nauth_pass1${secret}`,
    `auth_type PASS\nauth_pas ${secret}`,
    `auth_type PASS\n${secret}`,
    `auth_type AH\nauth_pass "${secret}`,
    `auth_type AH\nauth_pass ${secret} {\n${secret}\n}`,
    `auth_type ${secret}\nauth_pass abc`,
    `auth_pass ${secret}123456789`,
    `auth_type PASS\nauth_pass ${secret}123456789`,
  ];
  for (const line of lines)
    test(JSON.stringify(line.replaceAll(secret, '…')), () => {
      const { remarks } = bodyOf(`authentication {\n${line}\n}`);
      assert.notEqual(remarks.length, 0);
      assert.ok(!JSON.stringify(remarks).includes(secret), JSON.stringify(remarks));
    });
});

describe('a keyword without a space', () => {
  test('is named with what it was taken for and what to write', () => {
    const [remark, ...others] = mistakesOf('priority 98\nmcast_src_ip198.18.51.2');
    assert.deepEqual(others, []);
    assert.equal(remark?.setting, 'vrrp_instance A mcast_src_ip');
    assert.match(remark?.what ?? '', /has no space before its value \("mcast_src_ip198\.18\.51\.2"\)/);
    assert.equal(remark?.fix, 'write mcast_src_ip 198.18.51.2');
    assert.equal(remark?.at.line, 9);
    assert.equal(instanceOf('mcast_src_ip198.18.51.2').sourceAddress, undefined);
  });

  test('is the longest that fits', () => {
    assert.equal(mistakesOf('preempt_delay5')[0]?.fix, 'write preempt_delay 5');
  });
});

describe('what rules something else out', () => {
  test('strict mode: authentication, and packets to the address', () => {
    const body = 'authentication {\nauth_type PASS\nauth_pass abc\n}';
    const strict = instanceOf(body, 'global_defs {\nvrrp_strict\n}');
    assert.deepEqual([strict.strict, strict.accept, strict.authentication], [true, false, { type: 'none' }]);
    assert.equal(strict.announcements.lowerPriorityRepeat, 0);
    assert.equal(instanceOf(`${body}\nstrict_mode off`, 'global_defs {\nvrrp_strict\n}').strict, false);
  });

  test('state MASTER: nopreempt and preempt_delay', () => {
    const master = instanceOf('state MASTER\npriority 100\nnopreempt\npreempt_delay 5');
    assert.deepEqual([master.preempt, master.preemptDelay], [true, 0]);
    const backup = instanceOf('nopreempt\npreempt_delay 5');
    assert.deepEqual([backup.preempt, backup.preemptDelay], [false, seconds(5)]);
  });

  test('a priority that is no number is 100, also of a MASTER', () => {
    assert.equal(instanceOf('state MASTER\npriority high').priority, 100);
    assert.equal(instanceOf('state MASTER').priority, 255);
  });

  test('unicast without a peer is multicast', () => {
    assert.deepEqual(instanceOf('unicast_peer {\n}').unicastPeers, []);
    assert.match(mistakesOf('unicast_peer {\n}')[0]?.what ?? '', /multicast/);
  });

  test('one VRID for two instances of an interface, but not for two families', () => {
    const other = (address: string) =>
      `vrrp_instance B {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n${address}\n}\n}`;
    const refused = (address: string) =>
      bodyOf('', other(address)).remarks.filter(({ severity }) => severity === 'refused').length;
    assert.deepEqual([refused('198.18.51.101'), refused('fe80::51')], [1, 0]);
  });
});

test('a block that nothing is known of is named once, with its line', () => {
  const { remarks, configuration } = readText('vrrp_instanze A {\nvirtual_router_id 51\n}\n');
  assert.deepEqual(
    remarks.map(({ at, fix }) => [at.line, fix]),
    [[1, 'did you mean vrrp_instance?']],
  );
  assert.deepEqual(configuration.instances, []);
});

test('only a file with conditions needs to know whose it is', () => {
  assert.equal(instanceOf('@node1 priority 7\n@other priority 8').priority, 7);
});

describe('addresses', () => {
  for (const text of ['::', '::1', 'fe80::1', '1:2:3:4:5:6:7:8', '1::8', '::ffff:198.18.0.1', '2001:DB8::a'])
    test(text, () => assert.deepEqual(parseAddress(text), { text: text.toLowerCase(), family: 6 }));
  for (const text of [
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    'g::',
    '12345::',
    '1.2.3',
    '::1.2.3',
  ])
    test(`${text} is none`, () => assert.equal(parseAddress(text), undefined));
});
