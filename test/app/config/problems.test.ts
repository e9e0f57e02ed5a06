/** What is refused, how it is said, and that nothing secret is said. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatProblems } from '../../../src/app/config/problems.ts';
import { FILE, load, onlyProblem, SMALLEST } from './support.ts';

const environment = (more: Readonly<Record<string, string>>) => ({ environment: { ...SMALLEST, ...more } });

describe('one setting', () => {
  const refused: readonly (readonly [variable: string, value: string, path: string, what: RegExp])[] = [
    ['LOCUM_VRID', '0', 'vrrp.default.vrid', /from 1 to 255 \(is "0"\)/],
    ['LOCUM_VRID', '256', 'vrrp.default.vrid', /from 1 to 255 \(is "256"\)/],
    ['LOCUM_VRID', '5.1', 'vrrp.default.vrid', /whole number/],
    ['LOCUM_PRIORITY', '0', 'vrrp.default.priority', /from 1 to 255/],
    ['LOCUM_PRIORITY', '256', 'vrrp.default.priority', /from 1 to 255/],
    ['LOCUM_VERSION', '4', 'vrrp.default.version', /2 or 3/],
    ['LOCUM_PREEMPT', 'yes', 'vrrp.default.preempt', /true or false/],
    ['LOCUM_INTERFACE', 'an-interface-name', 'vrrp.default.interface', /1 to 15 characters/],
    ['LOCUM_VIP', '198.18.51.100', 'vrrp.default.vip', /no prefix length/],
    ['LOCUM_VIP', '198.18.51.300/24', 'vrrp.default.vip', /is not an address with a prefix length/],
    ['LOCUM_VIP', 'fd00::1/129', 'vrrp.default.vip', /is not an address with a prefix length/],
    ['LOCUM_VIP', 'fd00::1', 'vrrp.default.vip', /fd00::1 has no prefix length/],
    ['LOCUM_VIP', 'ff02::12/64', 'vrrp.default.vip', /not an address that a host can hold/],
    ['LOCUM_VIP', '::ffff:198.18.51.1/128', 'vrrp.default.vip', /not an address that a host can hold/],
    ['LOCUM_VIP', 'fd00::1/64,fd00:0::1/128', 'vrrp.default.vip', /has fd00::1 twice/],
    ['LOCUM_VIP', '198.18.51.1/24,fd00::1/64', 'vrrp.default.vip', /both IPv4 and IPv6/],
    ['LOCUM_SOURCE', '198.18.51.2/24', 'vrrp.default.source', /has a prefix length/],
    ['LOCUM_SOURCE', 'fe80::1%eth0', 'vrrp.default.source', /names an interface/],
    ['LOCUM_SOURCE', 'fe80::1', 'vrrp.default.source', /must be IPv4/],
    ['LOCUM_SOURCE', '198.18.51.100', 'vrrp.default.source', /is a virtual address/],
    ['LOCUM_UNICAST__PEERS', 'node2', 'vrrp.default.unicast.peers', /"node2" is not an address/],
    ['LOCUM_UNICAST__PEERS', '198.18.51.2,fd00::2', 'vrrp.default.unicast.peers', /must be IPv4/],
    ['LOCUM_UNICAST__PEERS', '198.18.51.100', 'vrrp.default.unicast.peers', /is a virtual address/],
    ['LOCUM_VIP', '224.0.0.18/24', 'vrrp.default.vip', /not an address that a host can hold/],
    ['LOCUM_VIP', '198.18.51.1/24,198.18.51.1/32', 'vrrp.default.vip', /has 198.18.51.1 twice/],
    ['LOCUM_ADVERT_INTERVAL', '1', 'vrrp.default.advert-interval', /needs a unit/],
    ['LOCUM_ADVERT_INTERVAL', '0s', 'vrrp.default.advert-interval', /longer than zero/],
    ['LOCUM_ADVERT_INTERVAL', '15ms', 'vrrp.default.advert-interval', /steps of 10ms with version 3/],
    ['LOCUM_ADVERT_INTERVAL', '41s', 'vrrp.default.advert-interval', /10ms to 40.95s/],
    ['LOCUM_AUTH__TYPE', 'md5', 'vrrp.default.auth.type', /none or pass or ah or hmac/],
    ['LOCUM_TRACK__NGINX__WEIGHT', '-255', 'track.nginx.weight', /from -254 to 254/],
    [
      'LOCUM_TRACK__NGINX__TIMEOUT',
      '2s',
      'track.nginx.timeout',
      /not be longer than the interval, which is 1s/,
    ],
    ['LOCUM_TRACK__NGINX__NAME', 'sixteen-letters-', 'track.nginx.name', /1 to 15 characters/],
    ['LOCUM_TRACK__NGINX__RISE', '0', 'track.nginx.rise', /from 1 to 255/],
    ['LOCUM_TRACK__NGINX__TYPE', 'script', 'track.nginx.type', /process or docker or http/],
    ['LOCUM_DOCKER__HOST', '/var/run/docker.sock', 'docker.host', /unix:\/\/\/PATH or tcp/],
    ['LOCUM_SOCKET', 'locum.sock', 'control.socket', /absolute path/],
    ['LOCUM_ADVERT_INTERVAL', '25h', 'vrrp.default.advert-interval', /at most 24h/],
    ['LOCUM_LOG__FORMAT', 'xml', 'log.format', /json or text/],
    ['LOCUM_LOG', 'debug', 'log', /group of settings/],
  ];
  for (const [variable, value, path, what] of refused)
    it(`refuses ${variable}=${value}`, () => {
      const { config, problems } = load(environment({ [variable]: value }));
      assert.equal(config, undefined);
      const problem = onlyProblem(problems, path);
      assert.match(problem.what, what);
      assert.equal(problem.source, `environment ${variable}`);
      assert.ok(problem.fix.length > 0);
    });

  it('takes the ends of each range', () => {
    const good: readonly (readonly [string, string])[] = [
      ['LOCUM_VRID', '255'],
      ['LOCUM_PRIORITY', '254'],
      ['LOCUM_ADVERT_INTERVAL', '10ms'],
      ['LOCUM_ADVERT_INTERVAL', '40.95s'],
      ['LOCUM_TRACK__NGINX__WEIGHT', '254'],
      ['LOCUM_TRACK__NGINX__NAME', 'fifteen-letters'],
      ['LOCUM_NGINX__UPSTREAMS_FILE', 'off'],
    ];
    for (const [variable, value] of good)
      assert.deepEqual(load(environment({ [variable]: value })).problems, [], `${variable}=${value}`);
  });

  it('of an http tracker must be a URL without a login', () => {
    const yaml = (url: string) => `track: {page: {type: http, url: "${url}"}}`;
    for (const url of ['127.0.0.1:80', 'ftp://127.0.0.1/', 'http:///x', 'http://'])
      assert.match(
        onlyProblem(load({ ...environment({}), yaml: yaml(url) }).problems, 'track.page.url').what,
        /URL/,
      );
    const { problems, settings } = load({ ...environment({}), yaml: yaml('http://me:geheim@127.0.0.1/') });
    assert.match(onlyProblem(problems, 'track.page.url').what, /user name or password/);
    assert.ok(!JSON.stringify([problems, settings]).includes('geheim'));
  });
});

describe('version 2', () => {
  const v2 = (more: Readonly<Record<string, string>>) => load(environment({ LOCUM_VERSION: '2', ...more }));

  it('takes whole seconds from 1 to 255', () => {
    assert.deepEqual(v2({ LOCUM_ADVERT_INTERVAL: '255s' }).problems, []);
    for (const interval of ['500ms', '1500ms', '256s'])
      assert.match(
        onlyProblem(v2({ LOCUM_ADVERT_INTERVAL: interval }).problems, 'vrrp.default.advert-interval').what,
        /whole seconds from 1s to 255s/,
      );
  });

  it('takes a password of 1 to 8 octets', () => {
    const pass = (password: string) => v2({ LOCUM_AUTH__TYPE: 'pass', LOCUM_AUTH__PASSWORD: password });
    assert.ok(pass('12345678').config !== undefined);
    for (const password of ['123456789', 'äöüäö'])
      assert.match(
        onlyProblem(pass(password).problems, 'vrrp.default.auth.password').what,
        /1 to 8 octets, has/,
      );
    assert.match(onlyProblem(pass('').problems, 'vrrp.default.auth.password').what, /is missing/);
  });

  it('alone has authentication', () => {
    const { problems } = load(environment({ LOCUM_AUTH__TYPE: 'pass', LOCUM_AUTH__PASSWORD: 'x' }));
    assert.match(onlyProblem(problems, 'vrrp.default.auth.type').what, /version 3.*no authentication/);
  });
});

describe('several virtual routers', () => {
  const two = (web: string, mail: string) =>
    load({ yaml: `vrrp:\n  web: {vip: 198.18.51.1/24, ${web}}\n  mail: {${mail}}\n` }).problems;

  it('must differ in VRID on one interface', () => {
    const [one, other] = ['vrid: 7', 'vip: 198.18.51.2/24, vrid: 7'];
    assert.match(onlyProblem(two(one, other), 'vrrp.mail.vrid').what, /also the VRID of web/);
    assert.deepEqual(two(`${one}, interface: eth0`, `${other}, interface: eth1`), []);
  });

  it('must not share an address', () => {
    const problems = two('vrid: 1', 'vrid: 2, vip: [198.18.51.9/24, 198.18.51.1/32]');
    assert.match(onlyProblem(problems, 'vrrp.mail.vip').what, /198.18.51.1\/32, which web has too/);
  });
});

describe('unknown names', () => {
  it('get the nearest valid one', () => {
    const near: readonly (readonly [string, string])[] = [
      ['LOCUM_VRDI', 'did you mean vrid?'],
      ['LOCUM_VRRP__WEB__ADVRT_INTERVAL', 'did you mean vrrp.web.advert-interval?'],
      ['LOCUM_TRACK__NGINX__WIGHT', 'did you mean track.nginx.weight?'],
      ['LOCUM_LOGS__LEVEL', 'did you mean log?'],
    ];
    for (const [variable, fix] of near) {
      const { problems } = load(environment({ [variable]: '1' }));
      assert.deepEqual(
        problems.map(problem => [problem.what, problem.fix]),
        [['is not a setting', fix]],
        variable,
      );
    }
  });

  it('of another type of tracker are no settings', () => {
    const { problems } = load(
      environment({
        LOCUM_TRACK__NGINX__TYPE: 'process',
        LOCUM_TRACK__NGINX__NAME: 'nginx',
        LOCUM_TRACK__NGINX__URL: 'x',
      }),
    );
    onlyProblem(problems, 'track.nginx.url');
  });

  it('for routers and trackers are those that every source can spell', () => {
    for (const name of ['Web', 'a_b', 'a--b', '-a', 'ä', 'x'.repeat(33)]) {
      const { problems } = load({ yaml: `vrrp: {"${name}": {vrid: 1, vip: 198.18.51.1/24}}` });
      assert.match(onlyProblem(problems, `vrrp.${name}`).fix, /lower-case letters/);
    }
    assert.match(
      onlyProblem(
        load({ ...environment({}), labels: { 'locum.vrrp.__proto__.vrid': '1' } }).problems,
        'vrrp.__proto__.vrid',
      ).what,
      /not a setting/,
    );
  });
});

describe('the file', () => {
  it('that is not YAML gives the line, and nothing else', () => {
    const { problems } = load({ yaml: 'vrid: 51\nvip: [198.18.51.1/24\npriority: 1\n' });
    assert.ok(problems.length >= 1);
    for (const problem of problems) {
      assert.match(problem.what, /not valid YAML/);
      assert.match(problem.source, /^\/etc\/locum\/locum\.yaml:[234]$/);
    }
  });

  it('that holds no settings, or other YAML, is refused with the line', () => {
    for (const [yaml, line] of [
      ['just text', 1],
      ['- vrid', 1],
      ['vrid: 51\nvip: &a 198.18.51.1/24\npriority: *a', 3],
      ['vrid: 51\nvip: [{a: 1}]', 2],
      ['vrid: 51\n? [a, b]\n: 1', 2],
    ] as const) {
      const { problems } = load({ yaml });
      assert.equal(problems[0]?.source, `${FILE}:${line}`, yaml);
    }
  });

  it('may name no setting twice', () => {
    const { problems } = load({ yaml: 'vrid: 51\nvip: 198.18.51.1/24\nvrid: 52\n' });
    assert.match(problems[0]?.what ?? '', /Map keys must be unique/);
    assert.equal(problems[0]?.source, `${FILE}:3`);
  });
});

describe('everything that is wrong', () => {
  it('is told at once', () => {
    const { problems } = load({
      yaml: 'vrrp: {web: {vrid: 0, vip: 198.18.51.1, prioritty: 1, advert-interval: 15ms}}\nlog: {level: inf}\n',
      labels: { 'locum.track.page.type': 'http', 'locum.track.page.timeout': '2s' },
      environment: { LOCUM_NGINX__UPSTREAMS_FILE: 'x', LOCUM_FOO: '1' },
    });
    assert.deepEqual(problems.map(({ path }) => path).sort(), [
      'foo',
      'log.level',
      'nginx.upstreams-file',
      'track.page.timeout',
      'track.page.url',
      'vrrp.web.advert-interval',
      'vrrp.web.prioritty',
      'vrrp.web.vip',
      'vrrp.web.vrid',
    ]);
  });

  it('is written with what, from where, and what to do', () => {
    const { problems } = load(environment({ LOCUM_VRID: '300' }));
    assert.equal(
      formatProblems(problems),
      'error: vrrp.default.vrid: must be a whole number from 1 to 255 (is "300")\n' +
        '    from: environment LOCUM_VRID\n' +
        '    fix:  use 1 to 255',
    );
  });

  it('when nothing is set, is one problem that says how to begin', () => {
    assert.match(onlyProblem(load({}).problems, 'vrrp').fix, /LOCUM_VRID and LOCUM_VIP/);
  });
});

describe('a secret', () => {
  const PASSWORD = 'geheim-geheim';

  it('is in no problem and in no setting, wherever it was put', () => {
    const places = [
      load(environment({ LOCUM_AUTH__TYPE: 'pass', LOCUM_AUTH__PASSWORD: PASSWORD })),
      load(environment({ LOCUM_AUTH__PASSWORD: PASSWORD })),
      load(environment({ LOCUM_AUTH: PASSWORD })),
      load(environment({ LOCUM_AUTH__PASWORD: PASSWORD })),
      load(environment({ LOCUM_PASSWORD: PASSWORD })),
      load({ yaml: `auth: {type: pass, password: [${PASSWORD}]}`, ...environment({}) }),
      load({ yaml: `auth: {type: pass, password: {x: ${PASSWORD}}}`, ...environment({}) }),
      load({ yaml: `auth: {type: pass, password: "${PASSWORD}`, ...environment({}) }),
      load({ yaml: `auth: {type: pass, password: ${PASSWORD}: x}`, ...environment({}) }),
      load({ yaml: `auth:\n  password: |x${PASSWORD}\n`, ...environment({}) }),
      load({ yaml: `auth:\n  password: "a" ${PASSWORD}\n`, ...environment({}) }),
      load({ yaml: `auth: !<${PASSWORD}> {type: pass}\n ${PASSWORD}`, ...environment({}) }),
    ];
    for (const [i, { problems, settings }] of places.entries()) {
      assert.ok(problems.length > 0, `place ${i}`);
      assert.ok(
        !JSON.stringify([problems, settings]).includes('geheim'),
        JSON.stringify([i, problems, settings]),
      );
    }
  });

  it('of a good configuration shows as hidden', () => {
    const { config, settings } = load(
      environment({ LOCUM_VERSION: '2', LOCUM_AUTH__TYPE: 'pass', LOCUM_AUTH__PASSWORD: 'geheim' }),
    );
    assert.ok(config !== undefined);
    assert.equal(settings.find(({ path }) => path === 'vrrp.default.auth.password')?.value, '(hidden)');
  });
});

describe('whatever is given', () => {
  const word = fc.oneof(
    fc.constantFrom(
      'vrrp',
      'track',
      'web',
      'auth',
      'password',
      'type',
      'nginx',
      'vip',
      'log',
      '__proto__',
      'constructor',
      '',
    ),
    fc.string({ maxLength: 8 }),
  );
  const path = fc.array(word, { minLength: 1, maxLength: 10 });

  it('either makes a configuration or is a list of whole problems, and never throws', () => {
    const entries = fc.array(fc.tuple(path, fc.string({ maxLength: 20 })), { maxLength: 8 });
    fc.assert(
      fc.property(entries, entries, fc.string({ maxLength: 60 }), (labels, variables, yaml) => {
        const { config, problems } = load({
          yaml,
          labels: Object.fromEntries(labels.map(([p, v]) => [`locum.${p.join('.')}`, v])),
          environment: Object.fromEntries(variables.map(([p, v]) => [`LOCUM_${p.join('__')}`, v])),
        });
        assert.equal(
          config === undefined,
          problems.some(({ severity }) => severity === 'error'),
        );
        for (const { what, source, fix } of problems) assert.ok(what !== '' && source !== '' && fix !== '');
      }),
      { numRuns: 300 },
    );
  });
});
