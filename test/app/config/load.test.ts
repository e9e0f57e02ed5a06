/** The configuration's sources: spellings, precedence, defaults, and the source of each value. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { controlSettings, dockerSettings } from '../../../src/app/config/load.ts';
import { configOf, load, onlyProblem, SMALLEST } from './support.ts';

describe('the defaults', () => {
  it('need nothing but a VRID and an address', () => {
    assert.deepEqual(configOf({ environment: SMALLEST }), {
      vrrp: {
        default: {
          vrid: 51,
          vip: [{ address: '198.18.51.100', prefixLength: 24 }],
          excludedVip: [],
          interface: undefined,
          priority: 100,
          version: 3,
          advertInterval: 1_000_000,
          preempt: true,
          preemptDelay: 0,
          startDelay: 0,
          syncGroup: undefined,
          announce: { repeat: 1, again: [50_000, 1_000_000, 5_000_000], refresh: 30_000_000 },
          checksum: 'pseudo-header',
          auth: { type: 'none' },
          vmac: undefined,
          unicast: undefined,
          source: undefined,
          timing: 'fast',
          track: undefined,
        },
      },
      track: {
        nginx: {
          type: 'process',
          name: 'nginx',
          quorum: 1,
          weight: -30,
          reverse: false,
          interval: 1_000_000,
          timeout: 1_000_000,
          rise: 1,
          fall: 1,
        },
      },
      notify: {},
      docker: {
        enabled: true,
        host: 'unix:///var/run/docker.sock',
        labelPrefix: 'locum',
        engines: [],
      },
      discovery: { projects: undefined, starting: false },
      upstream: new Map(),
      nginx: { upstreamsFile: '/etc/nginx/locum/upstreams.conf', process: 'nginx', reloadsPerMinute: 120 },
      control: { socket: '/run/locum/locum.sock' },
      http: { listen: undefined, peers: [], compatibleMetrics: false },
      drain: { hold: 500_000, stateFile: '/var/lib/locum/drained.json' },
      scheduling: { policy: 'other', nice: 0 },
      log: { level: 'info', format: 'json' },
    });
  });

  it('give a tracker its interval as its timeout', () => {
    const { track } = configOf({
      environment: SMALLEST,
      yaml: 'track: {web: {type: http, url: "http://127.0.0.1/", interval: 250ms}}',
    });
    assert.deepEqual(track['web'], {
      type: 'http',
      url: 'http://127.0.0.1/',
      connect: undefined,
      method: 'GET',
      status: [200, 399],
      contains: undefined,
      headers: {},
      tls: { verify: true, ca: undefined, name: undefined },
      weight: 0,
      reverse: false,
      interval: 250_000,
      timeout: 250_000,
      rise: 1,
      fall: 1,
    });
  });

  it('track nginx by the name that its processes have', () => {
    const { track } = configOf({ environment: { ...SMALLEST, LOCUM_NGINX__PROCESS: 'openresty' } });
    assert.equal(track['nginx']?.type === 'process' && track['nginx'].name, 'openresty');
  });

  it('remain where only a part of the default tracker is set', () => {
    const { track } = configOf({ environment: { ...SMALLEST, LOCUM_TRACK__NGINX__WEIGHT: '-50' } });
    assert.deepEqual([track['nginx']?.type, track['nginx']?.weight], ['process', -50]);
  });

  it('give way to a group that is there and empty, with a warning', () => {
    const { config, problems } = load({ environment: SMALLEST, yaml: 'track: {}' });
    assert.deepEqual(config?.track, {});
    assert.equal(onlyProblem(problems, 'track').severity, 'warning');
  });
});

describe('one path has three spellings', () => {
  const settings: readonly (readonly [path: string, value: string])[] = [
    ['vrrp.web.vrid', '7'],
    ['vrrp.web.vip', '198.18.51.7/24,198.18.51.8/24'],
    ['vrrp.web.interface', 'eth7'],
    ['vrrp.web.priority', '98'],
    ['vrrp.web.version', '2'],
    ['vrrp.web.advert-interval', '3s'],
    ['vrrp.web.preempt', 'false'],
    ['vrrp.web.checksum', 'rfc9568'],
    ['vrrp.web.auth.type', 'pass'],
    ['vrrp.web.auth.password', '0123'],
    ['vrrp.web.timing', 'rfc'],
    ['track.page.type', 'http'],
    ['track.page.url', 'http://127.0.0.1:8080/healthz'],
    ['track.page.status', '200-299'],
    ['track.page.timeout', '500ms'],
    ['track.page.weight', '-20'],
    ['track.page.rise', '2'],
    ['track.box.type', 'docker'],
    ['track.box.container', 'web_1'],
    ['nginx.upstreams-file', '/tmp/upstreams.conf'],
    ['log.level', 'debug'],
  ];
  const inYaml = settings.map(([path, value]) => nested(path.split('.'), value));
  const expected = configOf({ yaml: JSON.stringify(inYaml.reduce(mergeGroups)) });

  function nested(path: readonly string[], value: string): Record<string, unknown> {
    const [head = '', ...rest] = path;
    return { [head]: rest.length === 0 ? value : nested(rest, value) };
  }
  function mergeGroups(a: Record<string, unknown>, b: Record<string, unknown>): Record<string, unknown> {
    const merged = { ...a };
    for (const [name, value] of Object.entries(b))
      merged[name] =
        typeof value === 'object' && typeof merged[name] === 'object'
          ? mergeGroups(merged[name] as Record<string, unknown>, value as Record<string, unknown>)
          : value;
    return merged;
  }

  it('as labels', () => {
    assert.deepEqual(
      configOf({ labels: Object.fromEntries(settings.map(([p, v]) => [`locum.${p}`, v])) }),
      expected,
    );
  });

  it('as environment variables', () => {
    const name = (path: string) => `LOCUM_${path.replaceAll('.', '__').replaceAll('-', '_').toUpperCase()}`;
    assert.deepEqual(
      configOf({ environment: Object.fromEntries(settings.map(([p, v]) => [name(p), v])) }),
      expected,
    );
  });

  it('in any mixture of the three', () => {
    const place = fc.array(fc.constantFrom('file', 'label', 'environment'), {
      minLength: settings.length,
      maxLength: settings.length,
    });
    fc.assert(
      fc.property(place, places => {
        const here = (where: string) => settings.filter((_, i) => places[i] === where);
        const yaml = here('file').map(([path, value]) => nested(path.split('.'), value));
        const variable = (path: string) =>
          `LOCUM_${path.replaceAll('.', '__').replaceAll('-', '_').toUpperCase()}`;
        const config = configOf({
          yaml: JSON.stringify(yaml.reduce(mergeGroups, {})).replace(/^\{\}$/, ''),
          labels: Object.fromEntries(here('label').map(([p, v]) => [`locum.${p}`, v])),
          environment: Object.fromEntries(here('environment').map(([p, v]) => [variable(p), v])),
        });
        assert.deepEqual(config, expected);
      }),
      { numRuns: 50 },
    );
  });

  it("keeps YAML's own lists, numbers and flags", () => {
    const { vrrp } = configOf({
      yaml: 'vrrp:\n  web:\n    vrid: 51\n    vip:\n      - 198.18.51.1/24\n      - 198.18.51.2/24\n    preempt: false\n',
    });
    assert.deepEqual(vrrp['web']?.vip.length, 2);
    assert.equal(vrrp['web']?.preempt, false);
  });

  it('keeps the digits of a password that looks like a number', () => {
    const { vrrp } = configOf({
      yaml: 'vrid: 51\nvip: 198.18.51.1/24\nversion: 2\nauth: {type: pass, password: 0042}\n',
    });
    assert.deepEqual(vrrp['default']?.auth, { type: 'pass', password: '0042' });
  });
});

describe('precedence', () => {
  const given = {
    yaml: 'vrid: 1\npriority: 101\nadvert-interval: 2s\n',
    labels: { 'locum.vrid': '2', 'locum.priority': '102', 'locum.vip': '198.18.51.100/24' },
    environment: { LOCUM_VRID: '3' },
  };

  it('is defaults, file, labels, environment', () => {
    const router = configOf(given).vrrp['default'];
    assert.deepEqual(
      [router?.vrid, router?.priority, router?.advertInterval, router?.version],
      [3, 102, 2_000_000, 3],
    );
  });

  it('shows in the source of each value', () => {
    const sources = Object.fromEntries(load(given).settings.map(({ path, source }) => [path, source]));
    assert.equal(sources['vrrp.default.vrid'], 'environment LOCUM_VRID');
    assert.equal(sources['vrrp.default.priority'], 'label locum.priority on container web1');
    assert.equal(sources['vrrp.default.advert-interval'], '/etc/locum/locum.yaml:3');
    assert.equal(sources['vrrp.default.version'], 'default');
  });

  it('leaves out what is set to nothing', () => {
    const { vrrp } = configOf({
      yaml: 'vrid: 1\npriority:\n',
      labels: { 'locum.priority': '' },
      environment: { LOCUM_VRID: '', LOCUM_VIP: '198.18.51.100/24', LOCUM_INTERFACE: '' },
    });
    assert.deepEqual([vrrp['default']?.vrid, vrrp['default']?.priority], [1, 100]);
  });
});

describe('the short form', () => {
  it('means the one router that is named anywhere', () => {
    const { vrrp } = configOf({
      yaml: 'vrrp: {web: {vrid: 51}}',
      labels: { 'locum.vip': '198.18.51.100/24' },
      environment: { LOCUM_PRIORITY: '98' },
    });
    assert.deepEqual(Object.keys(vrrp), ['web']);
    assert.equal(vrrp['web']?.priority, 98);
  });

  it('is refused beside several routers, once for each use', () => {
    const yaml =
      'vrrp: {web: {vrid: 1, vip: 198.18.51.1/24}, mail: {vrid: 2, vip: 198.18.51.2/24}}\npriority: 100\n';
    const { problems } = load({ yaml });
    const problem = onlyProblem(problems, 'priority');
    assert.match(problem.what, /which virtual router.* web, mail/);
    assert.equal(problem.source, '/etc/locum/locum.yaml:2');
    assert.equal(problem.fix, 'write vrrp.web.priority or vrrp.mail.priority');
  });

  it('is there for the socket and for authentication', () => {
    const environment = {
      ...SMALLEST,
      LOCUM_SOCKET: '/tmp/l.sock',
      LOCUM_VERSION: '2',
      LOCUM_AUTH__TYPE: 'pass',
      LOCUM_AUTH__PASSWORD: 'geheim',
    };
    const { control, vrrp } = configOf({ environment });
    assert.equal(control.socket, '/tmp/l.sock');
    assert.equal(vrrp['default']?.auth.type, 'pass');
  });
});

describe('labels on the proxy', () => {
  it('do not say where the daemon is asked: the CLI and the health check read none', () => {
    const labels = { 'locum.control.socket': '/tmp/l.sock' };
    const problem = onlyProblem(load({ environment: SMALLEST, labels }).problems, 'control.socket');
    assert.match(problem.what, /cannot be a label: .*find the daemon/);
  });

  it('that describe a backend or an image configure nothing', () => {
    const labels = {
      'locum.enable': 'true',
      'locum.role': 'sidecar',
      'locum.upstream': 'app',
      'locum.port': '8080',
      'locum.network': 'front',
      'locum.weight': '5',
      'locum.backup': 'true',
      'locum.max-fails': '3',
      'locum.fail-timeout': '10s',
      'locum.max-conns': '100',
      'com.example.locum.vrid': 'x',
    };
    assert.deepEqual(load({ labels, environment: SMALLEST }).problems, []);
  });

  it('cannot say where the engine is', () => {
    const { problems } = load({ labels: { 'locum.docker.enabled': 'false' }, environment: SMALLEST });
    assert.match(onlyProblem(problems, 'docker.enabled').what, /needed to read the labels/);
  });
});

describe('settings that are needed before the whole is known', () => {
  const sources = (environment: Record<string, string>) => ({ file: undefined, environment });

  it('are read although the rest is missing or wrong', () => {
    assert.deepEqual(dockerSettings(sources({ LOCUM_DOCKER__HOST: 'tcp://engine:2375', LOCUM_VRID: 'x' })), {
      enabled: true,
      host: 'tcp://engine:2375',
      labelPrefix: 'locum',
      engines: [],
    });
    assert.deepEqual(controlSettings(sources({ LOCUM_SOCKET: '/tmp/x' })), { socket: '/tmp/x' });
  });

  it('are undefined when they are wrong themselves', () => {
    assert.equal(dockerSettings(sources({ LOCUM_DOCKER__HOST: '/var/run/docker.sock' })), undefined);
  });
});
