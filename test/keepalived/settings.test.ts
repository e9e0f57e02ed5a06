/** What becomes of single things of keepalived.conf as settings of Locum, where the table of keywords says only that something does. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Names } from '../../src/keepalived/settings/names.ts';
import { processSought, withPath } from '../../src/keepalived/settings/programs.ts';
import { translate } from '../../src/keepalived/settings/translate.ts';
import { bodyOf, readText } from './support.ts';

const settingsOf = (text: string) => settingsIn(translate(readText(text).configuration));
const settingsIn = ({ settings }: ReturnType<typeof translate>): Record<string, unknown> =>
  Object.fromEntries(
    settings.flatMap(({ path, value }) => (value === undefined ? [] : [[path.join('.'), value]])),
  );
const settingsWith = (body: string, before = '') => settingsIn(translate(bodyOf(body, before).configuration));
const remarksWith = (body: string, before = '') =>
  translate(bodyOf(body, before).configuration).remarks.map(({ what }) => what);

const below = (settings: Record<string, unknown>, path: string) =>
  Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) =>
      name.startsWith(`${path}.`) ? [[name.slice(path.length + 1), value]] : [],
    ),
  );

describe('a name', () => {
  const names: readonly (readonly [wanted: string, claimed: string])[] = [
    ['VI_1', 'vi-1'],
    ['vi-1', 'vi-1-2'],
    ['Vi 1!', 'vi-1-3'],
    ['__', 'other'],
    ['', 'other-2'],
    ['ü', 'other-3'],
    [`${'a'.repeat(31)}_b`, 'a'.repeat(31)],
    ['a'.repeat(40), 'a'.repeat(32)],
    ['a'.repeat(50), `${'a'.repeat(30)}-2`],
    ['x'.repeat(100_000), 'x'.repeat(32)],
  ];
  test('keeps what can be spelled, and is no other', () => {
    const all = new Names();
    assert.deepEqual(
      names.map(([wanted]) => all.claim(wanted, 'other')),
      names.map(([, claimed]) => claimed),
    );
  });
});

describe('a command', () => {
  const sought: readonly (readonly [command: string, process: string | undefined])[] = [
    ['killall -0 nginx', 'nginx'],
    ['/usr/bin/killall -0 nginx', 'nginx'],
    ['killall -q -0 haproxy', 'haproxy'],
    ['pidof nginx', 'nginx'],
    ['/bin/pidof -s nginx', 'nginx'],
    ['pgrep nginx', 'nginx'],
    ['pgrep -x nginx', 'nginx'],
    ['pkill -0 nginx', 'nginx'],
    ['/usr/bin/pkill -0 -x nginx', 'nginx'],
    ['pkill nginx', undefined],
    ['killall nginx', undefined],
    ['killall -0', undefined],
    ['killall -0 nginx haproxy', undefined],
    ['killall -0 -u www nginx', undefined],
    ['pgrep -f nginx', undefined],
    ['pgrep ^nginx$', undefined],
    ['pidof /usr/sbin/nginx', undefined],
    ['killall -0 a-name-of-sixteen', undefined],
    ['systemctl is-active nginx', undefined],
    ['constructor -0 nginx', undefined],
    ['', undefined],
  ];
  for (const [command, process] of sought)
    test(`${command || 'of nothing'} looks for ${process ?? 'no process'}`, () => {
      assert.equal(processSought(command === '' ? [] : command.split(' ')), process);
    });

  test('without a path is looked up when it runs', () => {
    assert.deepEqual(withPath(['check.sh', 'a']), ['/usr/bin/env', 'check.sh', 'a']);
    assert.deepEqual(withPath(['/bin/check.sh']), ['/bin/check.sh']);
  });
});

describe('trackers', () => {
  const script = (name: string, more = '') => `vrrp_script ${name} {\nscript /bin/${name}\n${more}\n}\n`;
  const instance = (name: string, vrid: number, follows: string) =>
    `vrrp_instance ${name} {\ninterface eth0\nvirtual_router_id ${vrid}\nvirtual_ipaddress {\n198.18.51.${vrid}\n}\n` +
    `track_script {\n${follows}\n}\n}\n`;

  test('are followed by all when each instance follows all, and that goes without saying', () => {
    const settings = settingsOf(`${script('a')}${instance('X', 51, 'a')}${instance('Y', 52, 'a')}`);
    assert.equal(settings['vrrp.x.track'], undefined);
    assert.deepEqual(below(settings, 'track.a'), { type: 'exec', command: ['/bin/a'], weight: 0 });
  });

  test('are named by those who follow some, and by those who follow none', () => {
    const settings = settingsOf(
      script('a') + script('b') + instance('X', 51, 'a') + instance('Y', 52, 'a\nb') + instance('Z', 53, ''),
    );
    assert.deepEqual(
      ['x', 'y', 'z'].map(name => settings[`vrrp.${name}.track`]),
      [['a'], undefined, 'none'],
    );
  });

  test('are made anew for a weight of another instance', () => {
    const settings = settingsOf(
      script('a', 'weight 4') +
        instance('X', 51, 'a') +
        instance('Y', 52, 'a weight 9') +
        instance('Z', 53, 'a weight 9'),
    );
    assert.deepEqual(
      ['x', 'y', 'z'].map(name => settings[`vrrp.${name}.track`]),
      [['a'], ['a-2'], ['a-2']],
    );
    assert.deepEqual([settings['track.a.weight'], settings['track.a-2.weight']], [4, 9]);
  });

  test('have times only where the file says so, and a timeout no longer than the interval', () => {
    const times = (more: string) => below(settingsOf(script('a', more) + instance('X', 51, 'a')), 'track.a');
    assert.deepEqual(times('interval 5\ntimeout 2\nrise 3\nfall 2'), {
      type: 'exec',
      command: ['/bin/a'],
      weight: 0,
      interval: '5s',
      timeout: '2s',
      rise: 3,
      fall: 2,
    });
    assert.equal(times('interval 1\ntimeout 5')['timeout'], undefined);
  });

  test('of processes go by the name that the kernel keeps', () => {
    const around = 'vrrp_track_process p {\nprocess /usr/sbin/a-name-of-sixteen\nquorum 2\n}';
    assert.deepEqual(below(settingsWith('track_process {\np\n}', around), 'track.p'), {
      type: 'process',
      name: 'a-name-of-sixte',
      weight: 0,
      quorum: 2,
    });
  });

  test('that nobody follows are left out, with a word', () => {
    const { settings, remarks } = translate(
      readText(script('a') + script('b') + instance('X', 51, 'a')).configuration,
    );
    assert.ok(!settings.some(({ path }) => path[1] === 'b'));
    assert.deepEqual(
      remarks.map(({ setting, at }) => [setting, at.line]),
      [['vrrp_script b', 5]],
    );
  });
});

describe('hooks', () => {
  test('for one state are called without a word, those for all as keepalived calls them', () => {
    const settings = settingsWith('notify_master "/bin/n up"\nnotify /bin/all');
    assert.deepEqual(below(settings, 'notify'), {
      'a-master.type': 'exec',
      'a-master.command': ['/bin/n', 'up'],
      'a-master.states': ['master'],
      'a-master.arguments': 'none',
      'a.type': 'exec',
      // Its instance is called A, which Locum cannot spell.
      'a.command': ['/bin/all', 'INSTANCE', 'A'],
      'a.arguments': 'state',
    });
  });

  test('of an instance whose name stays need no name of their own', () => {
    const text = `vrrp_instance web {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n198.18.51.1\n}\nnotify n.sh\n}`;
    assert.deepEqual(below(settingsOf(text), 'notify.web'), {
      type: 'exec',
      command: ['/usr/bin/env', 'n.sh'],
    });
  });

  test('of a sync group are told by its first member', () => {
    const other =
      'vrrp_instance B {\ninterface eth1\nvirtual_router_id 52\nvirtual_ipaddress {\n198.18.52.1\n}\n}\n' +
      'vrrp_sync_group G {\ngroup {\nB\nA\n}\nnotify /bin/n\n}';
    const settings = settingsWith('', other);
    assert.deepEqual(below(settings, 'notify.g'), {
      type: 'exec',
      command: ['/bin/n', 'GROUP', 'G'],
      arguments: 'state',
      routers: ['b'],
    });
    assert.deepEqual([settings['vrrp.a.sync-group'], settings['vrrp.b.sync-group']], ['g', 'g']);
  });
});

describe('a virtual router', () => {
  const router = (body: string, before = '') => below(settingsWith(body, before), 'vrrp.a');

  test('is an owner with the priority 255, said or meant', () => {
    assert.equal(router('priority 255')['priority'], 255);
    assert.equal(router('state MASTER')['priority'], 255);
    assert.equal(router('')['priority'], undefined);
  });

  test('speaks to its peers as keepalived does', () => {
    assert.deepEqual(below(router('unicast_peer {\n198.18.51.2\n198.18.51.3\n}'), 'unicast'), {
      peers: ['198.18.51.2', '198.18.51.3'],
      'check-source': false,
    });
    const limited = 'unicast_ttl 200\nunicast_peer {\n198.18.51.2 min_ttl 254\n198.18.51.3 min_ttl 255\n}';
    assert.deepEqual(below(router(limited), 'unicast'), {
      peers: ['198.18.51.2', '198.18.51.3'],
      ttl: 200,
      'min-ttl': 254,
      'check-source': true,
    });
    assert.match(remarksWith(limited).join('\n'), /has min_ttl 255, and 254 counts for all peers/);
  });

  test('is where its addresses are when it needs no interface', () => {
    const text =
      'vrrp_instance web {\nvirtual_router_id 51\nunicast_src_ip 198.18.51.1\nunicast_peer {\n198.18.51.2\n}\n' +
      'virtual_ipaddress {\n198.18.51.100/24 dev eth1\n}\n}';
    assert.equal(settingsOf(text)['vrrp.web.interface'], 'eth1');
    assert.deepEqual(translate(readText(text).configuration).remarks, []);
  });

  test('has addresses on one interface, its own macvlan included', () => {
    const others = (body: string) => remarksWith(`virtual_ipaddress {\n198.18.51.101 ${body}`);
    assert.match(others('dev eth1\n}').join(), /is to be held on eth1, and .* on one interface, here eth0/);
    assert.deepEqual(others('dev eth0\n}'), []);
    assert.deepEqual(others('dev v51 use_vmac\n}\nuse_vmac v51'), []);
  });

  test('without an address is refused once, at the line that leaves it without', () => {
    const refused = (body: string) => {
      const { configuration, remarks } = readText(
        `vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\n${body}\n}\n`,
      );
      return [...remarks, ...translate(configuration).remarks].map(({ severity, at, fix }) => [
        severity,
        at.line,
        /virtual_ipaddress_excluded/.test(fix),
      ]);
    };
    assert.deepEqual(refused(''), [['refused', 1, false]]);
    assert.deepEqual(refused('virtual_ipaddress {\n}'), [['refused', 4, false]]);
    assert.deepEqual(refused('priority 100\nno_virtual_ipaddress'), [['refused', 5, false]]);
    assert.deepEqual(refused('virtual_ipaddress_excluded {\n198.18.51.1\n}'), [['refused', 4, true]]);
  });

  test('announces as the file says, and by its own schedule where that is silent', () => {
    assert.deepEqual(below(router(''), 'announce'), {});
    assert.deepEqual(below(router('garp_master_delay 0\ngarp_master_refresh 0'), 'announce'), {
      again: '0s',
      refresh: '0s',
    });
    assert.deepEqual(below(router('', 'global_defs {\nvrrp_min_garp\n}'), 'announce'), {
      repeat: 1,
      again: '0s',
    });
  });

  test('signs with the keys of auth_hmac, those in files left out', () => {
    const body =
      'auth_hmac {\nkey 1 hex:00\nkey 2 "some text"\nkey 3 file:/etc/key\nactive_key 2\nmode permissive\ntime_window 30\n}';
    assert.deepEqual(below(router(body), 'auth'), {
      type: 'hmac',
      'keys.1': 'hex:00',
      'keys.2': 'some text',
      'active-key': 2,
      mode: 'permissive',
      'time-window': '30s',
    });
    const told = bodyOf(body).remarks.map(({ severity, what, at }) => [severity, what, at.line]);
    assert.deepEqual(told, [['mistake', '3 stands in a file of its own, which is not read here', 11]]);
  });

  test('keeps its line in every setting', () => {
    const { settings } = translate(
      bodyOf('priority 120\nauthentication {\nauth_type PASS\nauth_pass abc\n}').configuration,
    );
    const lines = settings.flatMap(({ path, at }) => (at === undefined ? [] : [[path.join('.'), at.line]]));
    assert.deepEqual(Object.fromEntries(lines), {
      'vrrp.a': 2,
      'vrrp.a.vrid': 3,
      'vrrp.a.vip': 5,
      'vrrp.a.interface': 4,
      'vrrp.a.priority': 8,
      'vrrp.a.version': 2,
      'vrrp.a.auth': 10,
      'vrrp.a.auth.type': 10,
      'vrrp.a.auth.password': 11,
      track: 2,
    });
  });
});
