/** Every number, time and password that keepalived accepts is one that Locum starts with: as it is, or drawn to what there is, with a word. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { keepalivedLayer } from '../../src/app/config/keepalived-layer.ts';
import { type Loaded, loadConfig } from '../../src/app/config/load.ts';
import type { Translation } from '../../src/keepalived/settings/sheet.ts';
import { translate } from '../../src/keepalived/settings/translate.ts';
import { readText } from './support.ts';

interface Block {
  readonly global?: string;
  readonly instance?: string;
  readonly script?: string;
  readonly process?: string;
  readonly file?: string;
}

const textOf = ({ global = '', instance = '', script = '', process = '', file = '' }: Block): string => `
global_defs {
${global}
}
vrrp_script s {
script /bin/s
${script}
}
vrrp_track_process p {
process nginx
${process}
}
track_file f {
file /run/f
${file}
}
vrrp_instance A {
interface eth0
virtual_router_id 51
virtual_ipaddress {
198.18.51.100/24
}
unicast_peer {
198.18.51.2
}
track_script {
s
}
track_process {
p
}
track_file {
f
}
${instance}
}
`;

function through(block: Block): { readonly translation: Translation; readonly loaded: Loaded } {
  const translation = translate(readText(textOf(block)).configuration);
  const file = keepalivedLayer(translation, 'keepalived.conf');
  return { translation, loaded: loadConfig({ file, proxy: undefined, environment: {} }) };
}

type Range = readonly [where: keyof Block, keyword: string, least: number, most: number];

const WHOLE: readonly Range[] = [
  ['global', 'vrrp_version', 2, 3],
  ['global', 'vrrp_garp_master_delay', 0, 86_400],
  ['global', 'vrrp_garp_master_repeat', 1, 65_535],
  ['global', 'vrrp_garp_master_refresh', 0, 86_400],
  ['global', 'vrrp_down_timer_adverts', 1, 100],
  ['global', 'vrrp_rt_priority', 1, 99],
  ['global', 'vrrp_priority', -20, 19],
  ['instance', 'virtual_router_id', 1, 255],
  ['instance', 'priority', 1, 255],
  ['instance', 'version', 2, 3],
  ['instance', 'unicast_ttl', 0, 255],
  ['instance', 'garp_master_delay', 0, 86_400],
  ['instance', 'garp_master_repeat', 1, 65_535],
  ['instance', 'garp_master_refresh', 0, 86_400],
  ['script', 'interval', 1, 4_294],
  ['script', 'timeout', 0, 4_294],
  ['script', 'weight', -253, 253],
  ['script', 'rise', 1, 2_147_483_647],
  ['script', 'fall', 1, 2_147_483_647],
  ['process', 'weight', -254, 254],
  ['process', 'quorum', 1, 2_147_483_647],
  ['process', 'quorum_max', 0, 2_147_483_647],
  ['file', 'weight', -254, 254],
];

const FRACTIONS: readonly Range[] = [
  ['global', 'vrrp_startup_delay', 0, 86_400],
  ['instance', 'advert_int', 0.01, 255],
  ['instance', 'preempt_delay', 0, 1_000],
];

const whole = fc
  .constantFrom(...WHOLE)
  .chain(([where, keyword, min, max]) =>
    fc
      .oneof(fc.constantFrom(min, max), fc.integer({ min, max }))
      .map(value => [where, `${keyword} ${value}`] as const),
  );
const fraction = fc
  .constantFrom(...FRACTIONS)
  .chain(([where, keyword, min, max]) =>
    fc
      .oneof(fc.constantFrom(min, max), fc.double({ min, max, noNaN: true }))
      .map(value => [where, `${keyword} ${Number(value.toFixed(6))}`] as const),
  );
const password = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .map(text => text.replace(/[\s"'\\#!{}~$\p{C}]/gu, 'x'))
  .map(text => ['instance', `authentication {\nauth_type PASS\nauth_pass ${text}\n}`] as const);

test('every value within the ranges of keepalived loads', () => {
  fc.assert(
    fc.property(fc.oneof(whole, fraction, password), ([where, line]) => {
      const { loaded } = through({ [where]: line });
      const errors = loaded.problems.filter(({ severity }) => severity === 'error');
      assert.deepEqual(errors, [], line);
    }),
    { numRuns: 500 },
  );
});

describe('what keepalived lets grow further is drawn to the most there is, with a word', () => {
  const cases: readonly (readonly [
    where: keyof Block,
    line: string,
    path: string,
    value: unknown,
    word: RegExp,
  ])[] = [
    ['instance', 'garp_master_refresh 7200', 'vrrp.a.announce.refresh', '1h', /more than 1h, which is used/],
    ['instance', 'garp_master_delay 7200', 'vrrp.a.announce.again', '1h', /more than 1h, which is used/],
    ['instance', 'garp_master_repeat 101', 'vrrp.a.announce.repeat', 100, /more than 100, which is used/],
    ['global', 'vrrp_garp_master_refresh 7200', 'vrrp.a.announce.refresh', '1h', /more than 1h/],
    ['global', 'vrrp_startup_delay 1200', 'vrrp.a.start-delay', '1000s', /more than 1000s, which is used/],
    ['script', 'rise 300', 'track.s.rise', 255, /more than 255, which is used/],
    ['process', 'quorum 20000', 'track.p.quorum', 10_000, /more than 10000, which is used/],
  ];
  for (const [where, line, path, value, word] of cases)
    test(line, () => {
      const { translation } = through({ [where]: line });
      const setting = translation.settings.find(each => each.path.join('.') === path);
      assert.equal(setting?.value, value);
      const [keyword = ''] = line.replace(/^vrrp_garp/, 'garp').split(' ');
      const remarks = translation.remarks.filter(remark => remark.setting.endsWith(` ${keyword}`));
      assert.deepEqual(
        remarks.map(({ severity, at }) => [severity, at.line]),
        [['ignored', setting?.at?.line]],
      );
      assert.match(remarks[0]?.what ?? '', word);
    });
});

describe('a password', () => {
  const said = (text: string) => {
    const { configuration, remarks } = readText(
      textOf({ instance: `authentication {\nauth_type PASS\nauth_pass ${text}\n}` }),
    );
    const [instance] = configuration.instances;
    const found = instance?.authentication;
    return {
      password: found !== undefined && 'password' in found ? found.password : undefined,
      what: remarks.map(({ what }) => what).join(),
    };
  };

  test('counts octets, as it is sent', () => {
    assert.deepEqual(said('12345678'), { password: '12345678', what: '' });
    assert.deepEqual(said('äöü34'), { password: 'äöü34', what: '' });
    const { password: kept, what } = said('äöü34567');
    assert.equal(kept, 'äöü34');
    assert.match(what, /11 octets, of which the first 8 count/);
  });

  test('whose eighth octet is within a character is told: no text is that', () => {
    const { password: kept, what } = said('1234567ä');
    assert.equal(kept, '1234567');
    assert.match(what, /end within a character/);
  });
});
