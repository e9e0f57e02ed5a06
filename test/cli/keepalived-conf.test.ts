/** keepalived.conf in the place of a file of Locum: run goes on as keepalived does, check fails on what does nothing, convert prints YAML. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { noEngine } from '../../src/app/engine-problems.ts';
import type { Dependencies } from '../../src/cli/io.ts';
import { parseCidr } from '../../src/lib/ip-address.ts';
import { seconds } from '../../src/lib/time.ts';
import { ROOT } from '../support/paths.ts';
import { locum, type Outcome } from './support.ts';

const PUBLISHED = join(ROOT, 'test', 'keepalived', 'published');
const NODE1 = join(PUBLISHED, 'tutorial-node1.conf');
const NODE2 = join(PUBLISHED, 'tutorial-node2.conf');
const SIMPLE = join(PUBLISHED, 'simple.conf');

const folder = mkdtempSync(join(tmpdir(), 'locum-conf-'));
after(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function written(text: string, name = `${files++}.conf`): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const cidr = (text: string) => [parseCidr(text)].flatMap(found => found ?? []);

/** The tutorials' hosts, and an engine that does not answer. */
const WORLD: { readonly dependencies: Partial<Dependencies> } = {
  dependencies: {
    readHost: async () => ({
      interfaces: [
        { name: 'eth0', up: true, addresses: [...cidr('192.168.1.2/24'), ...cidr('198.18.51.2/24')] },
        { name: 'eth1', up: true, addresses: cidr('192.168.19.132/24') },
      ],
      capabilities: 0xffff_ffffn,
    }),
    readProxy: async ({ host }) => ({
      proxy: undefined,
      problems: [noEngine(host, 'nobody answers', 'mount it')],
    }),
    lookAtFile: async () => ({
      kind: 'file',
      readable: true,
      executable: true,
      readableByAll: false,
      writableByAll: false,
    }),
  },
};

const started = ({ started: daemon, err, out }: Outcome) => daemon?.config ?? assert.fail(`${err}${out}`);
const run = (file: string, environment = {}) =>
  locum(['run', '--keepalived-conf', file], { ...WORLD, environment });
const instance = (body: string) =>
  `vrrp_instance web {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n198.18.51.100/24\n}\n${body}\n}\n`;

interface Warning {
  readonly path: string;
  readonly source: string;
  readonly fix: string;
  readonly msg: string;
}

const warningsOf = ({ out }: Outcome): Warning[] =>
  out
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Warning);

describe('run --keepalived-conf', () => {
  it("starts the tutorial's first node, and watches its process itself", async () => {
    const { vrrp, track, docker, nginx } = started(await run(NODE1));
    const { 'vi-1': router } = vrrp;
    assert.deepEqual(
      [router?.vrid, router?.interface, router?.priority, router?.version, router?.auth, router?.track],
      [50, 'eth1', 100, 2, { type: 'ah', password: '12345' }, undefined],
    );
    assert.deepEqual(track['chk-nginx'], {
      type: 'process',
      name: 'nginx',
      quorum: 1,
      weight: 4,
      reverse: false,
      interval: seconds(2),
      timeout: seconds(2),
      rise: 1,
      fall: 1,
    });
    assert.deepEqual([docker.enabled, nginx.upstreamsFile], [false, undefined]);
  });

  it('goes on as keepalived does where a line does nothing, and says so', async () => {
    const outcome = await run(NODE2);
    assert.equal(started(outcome).vrrp['vi-1']?.source, undefined);
    const [glued] = warningsOf(outcome).filter(({ source }) => source === `${NODE2}:10`);
    assert.match(glued?.msg ?? '', /has no space before its value \("mcast_src_ip192\.168\.19\.155"\)/);
    assert.equal(glued?.fix, 'write mcast_src_ip 192.168.19.155');
  });

  it('tracks nothing where nothing is tracked', async () => {
    const outcome = await run(SIMPLE);
    assert.deepEqual(started(outcome).track, {});
    assert.ok(
      warningsOf(outcome).some(({ path, msg }) => path === 'track' && /nothing is tracked/.test(msg)),
    );
  });

  it('lets labels and the environment have the last word', async () => {
    const readProxy = async () => ({
      proxy: { id: 'f00', name: 'web1', labels: { 'locum.priority': '120', 'locum.preempt': 'false' } },
      problems: [],
    });
    const outcome = await locum(['run', '--keepalived-conf', NODE1], {
      dependencies: { ...WORLD.dependencies, readProxy },
      environment: { LOCUM_VRRP__VI_1__PRIORITY: '130' },
    });
    const { priority, preempt } = started(outcome).vrrp['vi-1'] ?? assert.fail();
    assert.deepEqual([priority, preempt], [130, false]);
  });

  it('refuses what keepalived does not start with', async () => {
    const { code, err } = await run(written('vrrp_instance web {\ninterface eth0\n}\n', 'refused.conf'));
    assert.equal(code, 2);
    assert.match(
      err,
      /error: vrrp_instance web virtual_router_id: is not set\n {4}from: .*refused\.conf:1\n/,
    );
  });

  it('refuses a file that is not there, one without an instance, and two files', async () => {
    const absent = await run(join(folder, 'absent.conf'));
    assert.match(absent.err, /absent\.conf cannot be read/);
    const empty = await run(written('global_defs {\n}\n'));
    assert.match(empty.err, /error: vrrp_instance: there is none/);
    const both = await locum(['run', '--config', 'a.yaml', '--keepalived-conf', 'b.conf'], WORLD);
    assert.match(both.err, /cannot be used with option/);
    assert.deepEqual([absent.code, empty.code, both.code], [2, 2, 2]);
  });

  it('is what is advised to who gives such a file as one of Locum', async () => {
    const file = written(instance(''), 'mine.conf');
    const { code, err } = await locum(['run', '--config', file], WORLD);
    assert.equal(code, 2);
    assert.match(err, /mine\.conf is a file of keepalived/);
    assert.match(err, /use --keepalived-conf .*mine\.conf, or make a YAML file of it: locum convert/);
  });

  it('names the line of what it cannot load', async () => {
    const none = await run(
      written('vrrp_instance web {\ninterface eth0\nvirtual_router_id 51\n}\n', 'none.conf'),
    );
    assert.match(
      none.err,
      /error: vrrp_instance web virtual_ipaddress: has no address, .*\n {4}from: .*none\.conf:1\n/,
    );
    assert.doesNotMatch(none.err, /is missing/, 'once is enough');
    const path = await run(
      written(`track_file f {\nfile points\n}\n${instance('track_file {\nf\n}')}`, 'path.conf'),
    );
    assert.match(path.err, /error: track\.f\.path: must be an absolute path.*\n {4}from: .*path\.conf:2\n/);
    const place = await run(written(instance('').replace('eth0', 'eth9'), 'place.conf'));
    assert.match(
      place.err,
      /error: vrrp\.web\.interface: there is no interface eth9.*\n {4}from: .*place\.conf:2\n/,
    );
  });

  it('shows no password', async () => {
    const secret = 'gEh31m9';
    const auth = (type: string, key: string) =>
      `${type} {\nauth_type AH\n${key} ${secret}\nauth_pas ${secret}\n}`;
    for (const body of [
      auth('authentication', 'auth_pass'),
      auth('auth_hmac', 'key 300'),
      auth('auth_hmac', 'key 1'),
    ])
      for (const command of ['run', 'check']) {
        const outcome = await locum([command, '--keepalived-conf', written(instance(body))], WORLD);
        assert.ok(!`${outcome.out}${outcome.err}`.includes(secret), outcome.out + outcome.err);
      }
  });
});

describe('the Docker engine with a keepalived.conf', () => {
  const engineOf = (outcome: Outcome) => warningsOf(outcome).filter(({ path }) => path === 'docker.host');

  it('is done without when it does not answer, which is said once', async () => {
    const outcome = await run(SIMPLE);
    assert.equal(started(outcome).docker.enabled, false);
    assert.deepEqual(
      engineOf(outcome).map(({ msg }) => msg),
      ['nobody answers: labels do not count, and nothing else needs it'],
    );
  });

  it('is used when it answers', async () => {
    const readProxy = async () => ({ proxy: undefined, problems: [] });
    const dependencies = { ...WORLD.dependencies, readProxy };
    const outcome = await locum(['run', '--keepalived-conf', SIMPLE], { dependencies });
    assert.equal(started(outcome).docker.enabled, true);
  });

  it('must answer when upstreams or a tracker need it', async () => {
    for (const environment of [
      { LOCUM_NGINX__UPSTREAMS_FILE: '/etc/nginx/locum/upstreams.conf' },
      { LOCUM_TRACK__WEB__TYPE: 'docker' },
      { LOCUM_DOCKER__ENABLED: 'true' },
    ]) {
      const { code, err } = await run(SIMPLE, environment);
      assert.equal(code, 2);
      assert.match(err, /error: docker\.host: nobody answers\n/);
    }
  });

  it('is not asked when it is switched off', async () => {
    const outcome = await run(SIMPLE, { LOCUM_DOCKER__ENABLED: 'false' });
    assert.equal(started(outcome).docker.enabled, false);
    assert.deepEqual(engineOf(outcome), []);
  });
});

describe('check --keepalived-conf', () => {
  const check = (file: string, ...options: string[]) =>
    locum(['check', '--keepalived-conf', file, ...options], WORLD);

  it('shows each value with its line', async () => {
    const { code, out } = await check(NODE1);
    assert.equal(code, 0);
    assert.match(out, /^vrrp\.vi-1\.vrid: +50 +# .*tutorial-node1\.conf:11$/m);
    assert.match(out, /^nginx\.upstreams-file: +off +# assumed for .*tutorial-node1\.conf$/m);
    assert.ok(!out.includes('12345'));
  });

  it('fails on a line that does nothing, and says that run would not', async () => {
    const { code, err } = await check(NODE2);
    assert.equal(code, 2);
    assert.match(err, /error: vrrp_instance VI_1 mcast_src_ip: has no space before its value/);
    assert.match(err, /from: .*tutorial-node2\.conf:10\n {4}fix: {2}write mcast_src_ip 192\.168\.19\.155\n/);
    assert.match(err, /Locum would start without these lines, as keepalived does\.\n$/);
    const { ok } = JSON.parse((await check(NODE2, '--json')).out) as { ok: boolean };
    assert.equal(ok, false);
  });

  it('warns of what Locum does not do, and passes', async () => {
    const file = written(instance('smtp_alert\nno_accept\nvirtual_routes {\n}'), 'rest.conf');
    const { code, err } = await check(file);
    assert.equal(code, 0);
    for (const line of [7, 8, 9]) assert.match(err, new RegExp(`from: .*rest\\.conf:${line}\n`));
  });
});

describe('convert', () => {
  const convert = (file: string) => locum(['convert', file], WORLD);

  /** The same node from the file and from what it was converted to. */
  async function bothWays(file: string): Promise<string> {
    const { code, out, err } = await convert(file);
    assert.equal(code, 0, err);
    const made = await locum(['run', '--config', written(out, `${files++}.yaml`)], WORLD);
    assert.deepEqual(started(made), started(await run(file)));
    return out;
  }

  for (const file of [NODE1, NODE2, SIMPLE])
    it(`makes of ${file.slice(PUBLISHED.length + 1)} a file that says the same`, async () => {
      await bothWays(file);
    });

  it('warns of a line that does nothing, and says so in the file', async () => {
    const { code, out, err } = await convert(NODE2);
    assert.equal(code, 0);
    assert.match(err, /warning: vrrp_instance VI_1 mcast_src_ip/);
    // A comment is wrapped where the path that stands in it makes it long.
    const comment = out.replaceAll(/\n# {3,}/g, ' ');
    assert.match(comment, /^# .*tutorial-node2\.conf:10: vrrp_instance VI_1 mcast_src_ip: has no space/m);
  });

  it('reads standard input', async () => {
    const { code, out } = await locum(['convert', '-'], { ...WORLD, stdin: readFileSync(SIMPLE, 'utf8') });
    assert.equal(code, 0);
    assert.match(out, /^ {2}# standard input:1: vrrp_instance "VI_1"$/m);
  });

  it('prints nothing when there is nothing to print', async () => {
    const { code, out, err } = await convert(written('global_defs {\n}\n'));
    assert.deepEqual([code, out], [2, '']);
    assert.match(err, /there is none[\s\S]*Nothing was converted\.\n$/);
  });

  it('puts the comment above what it is about', async () => {
    const out = await bothWays(
      written(`vrrp_script s {\nscript "pidof nginx"\n}\n${instance('track_script {\ns\n}')}`),
    );
    assert.match(
      out,
      /\n {2}# \S+\.conf:2: "pidof nginx" looks for a process[^\n]*\n(?: {2}# [^\n]*\n)*? {2}s:\n {4}type: process\n/,
    );
  });

  it('follows include, definitions, quotes, and braces on lines of their own', async () => {
    written(
      'vrrp_script alive\n{\n  script "/bin/check \'two words\'" # comment\n  interval $EVERY\n}\n',
      'scripts.inc',
    );
    const file = written(
      [
        '$EVERY=5',
        '$NET=198.18.51',
        `include ${join(folder, 'scripts.inc')}`,
        'vrrp_instance "VI \'1\'"',
        '{',
        '  interface eth0',
        '  virtual_router_id 51',
        '  virtual_ipaddress',
        '  {',
        `    ${'$'}{NET}.100/24`,
        '  }',
        '  track_script {',
        '    alive',
        '  }',
        '}',
      ].join('\n'),
    );
    const out = await bothWays(file);
    const { vrrp, track } = started(await run(file));
    assert.deepEqual(vrrp['vi-1']?.vip, cidr('198.18.51.100/24'));
    const { alive } = track;
    assert.deepEqual(alive?.type === 'exec' ? alive.command : [], ['/bin/check', 'two words']);
    assert.equal(alive?.interval, seconds(5));
    const bad = await run(file, { LOCUM_TRACK__ALIVE__TIMEOUT: '6s' });
    assert.equal(bad.code, 2);
    assert.match(out, /command: \[\/bin\/check, two words\]/);
  });
});
