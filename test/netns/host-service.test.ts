/**
 * Locum on a host with a plain nginx and no containers, as compose/README.md has it: on a host that systemd has booted, every command of that
 * section is typed as it stands. Then what the unit promises: a user that is not root with three capabilities, a reload that refuses what is
 * wrong, Locum back whenever it ends, and nothing left when it is stopped.
 */

import assert from 'node:assert/strict';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Status } from '../../src/control/status.ts';
import { BootedHost } from '../support/booted-host.ts';
import { piecesOf } from '../support/documents.ts';
import { addressesOf, Lan } from '../support/lan.ts';
import type { Finished } from '../support/namespace.ts';
import { ROOT } from '../support/paths.ts';
import { waitFor } from '../support/wait.ts';

const UNIT = join(ROOT, 'compose', 'locum-host.service');
const VIP = '198.18.60.100/24';
const CLONE = '/root/locum';
const CLONED = ['package.json', 'package-lock.json', 'tsconfig.json', 'src', 'compose'];
const PACKED = ['README.md', 'CHANGELOG.md', 'LICENSE'];
const INSTALL_MS = 300_000;
const SETTLED_MS = 20_000;
/** The numbers of the kernel (linux/capability.h). */
const CAPABILITIES: Readonly<Record<string, number>> = { CAP_KILL: 5, CAP_NET_ADMIN: 12, CAP_NET_RAW: 13 };

describe('a host without containers', { concurrency: false }, () => {
  let lan: Lan;
  let plain: Plain;
  before(
    async () => {
      lan = await Lan.create();
      plain = await Plain.boot(lan);
    },
    { timeout: INSTALL_MS },
  );
  after(async () => {
    await plain?.booted.close();
    await lan?.close();
  });

  it('is set up by the commands of compose/README.md, each as it stands there', {
    timeout: INSTALL_MS,
  }, async () => {
    const commands = shownCommands();
    assert.ok(commands.length > 8, commands.join('\n'));
    const printed = new Map<string, string>();
    for (const command of commands) printed.set(command, await plain.type(command));
    await plain.holds();
    const last = commands.at(-1) ?? '';
    assert.match(printed.get(last) ?? '', /^web: (?:BACKUP|MASTER) for /m);
  });

  it('the package holds the program and what a user reads, and nothing that was only needed to build it', async () => {
    const listed = await plain.booted.run(`tar -tzf ${CLONE}/locum-*.tgz`);
    const files = listed.trim().split('\n');
    assert.ok(files.includes('package/dist/src/main.js'));
    assert.deepEqual(
      files.filter(file => !/^package\/(dist\/src\/|[^/]+$)/.test(file)),
      [],
    );
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      version: string;
    };
    assert.equal((await plain.booted.run('locum --version')).trim(), version);
  });

  it('systemd finds nothing wrong with the unit', async () => {
    const { stdout, stderr } = await plain.booted.sh('systemd-analyze verify --man=no locum-host.service');
    assert.equal(stdout + stderr, '');
  });

  it('runs as its user, with the capabilities of the unit and no others, and cannot gain any', async () => {
    const account = await plain.account();
    const uid = (await plain.booted.run('id --user locum')).trim();
    assert.notEqual(uid, '0');
    assert.deepEqual(account.get('Uid'), [uid, uid, uid, uid].join('\t'));
    const mask = await capabilitiesOfUnit();
    for (const set of ['CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'CapInh'])
      assert.equal(Number.parseInt(account.get(set) ?? '', 16), mask, set);
    assert.equal(account.get('NoNewPrivs'), '1');
  });

  it('takes the address away from an nginx that is stopped, and gives it back: its process is what is watched', async () => {
    await plain.booted.run('systemctl stop nginx');
    await plain.settles('nginx is down', status => contribution(status) === -30);
    await plain.booted.run('systemctl start nginx');
    await plain.settles('nginx is up', status => contribution(status) === 0);
  });

  it('systemctl reload applies what is right, and fails with the reason where something is wrong', async () => {
    await plain.booted.run("sed -i 's/priority: 100/priority: 90/' /etc/locum/locum.yaml");
    await plain.booted.run('systemctl reload locum-host');
    await plain.settles('priority 90', ({ routers: [web] }) => web?.basePriority === 90);
    await plain.booted.run("sed -i 's/priority: 90/priority: 900/' /etc/locum/locum.yaml");
    const refused = await plain.booted.sh('systemctl reload locum-host');
    assert.notEqual(refused.code, 0);
    assert.match(await plain.journal(), /vrrp\.web\.priority: must be a whole number from 1 to 255/);
    assert.equal((await plain.status()).routers[0]?.basePriority, 90);
    await plain.holds();
    await plain.booted.run("sed -i 's/priority: 900/priority: 100/' /etc/locum/locum.yaml");
  });

  it('restarted, it renders upstreams where nginx includes them, tests them with nginx and tells it to reload', async () => {
    const { booted } = plain;
    const { pid } = await plain.status();
    await booted.run('install -d -o locum -g locum /etc/nginx/locum');
    await booted.run("echo 'include /etc/nginx/locum/*.conf;' > /etc/nginx/conf.d/locum.conf");
    await booted.run('systemctl reload nginx');
    await booted.run("sed -i 's/^nginx: .*//' /etc/locum/locum.yaml");
    const more = [
      'nginx: {upstreams-file: /etc/nginx/locum/upstreams.conf}',
      'upstream: {app: {server: {one: {address: "198.18.60.21:8080"}}}}',
    ];
    for (const line of more) await booted.run(`echo '${line}' >> /etc/locum/locum.yaml`);
    await booted.run('systemctl restart locum-host');
    const seen = await plain.settles('nginx has them', ({ upstreams }) => upstreams?.lastVerify?.ok === true);
    assert.notEqual(seen.pid, pid);
    assert.equal(seen.upstreams?.upstreams[0]?.name, 'app');
    assert.match(await booted.run('nginx -T'), /server 198\.18\.60\.21:8080/);
    await plain.holds();
  });

  it('with a configuration that is refused systemctl says so, and systemd goes on trying', async () => {
    const { booted } = plain;
    await booted.run("sed -i 's/vrid: 60/vrid: 600/' /etc/locum/locum.yaml");
    assert.notEqual((await booted.sh('systemctl restart locum-host')).code, 0);
    await booted.run("sed -i 's/vrid: 600/vrid: 60/' /etc/locum/locum.yaml");
    await plain.settles('it runs again', ({ routers }) => routers.length === 1);
    await plain.holds();
  });

  it('is started again by systemd when it was killed, and takes its address back', async () => {
    const { pid } = await plain.status();
    await plain.booted.run(`kill -KILL ${pid}`);
    await plain.settles('another process answers', status => status.pid !== pid);
    await plain.holds();
  });

  it('without KILL it says so, and what is lost: nginx of another user looks dead', async () => {
    const { booted } = plain;
    const without = (await capabilityNames()).filter(name => name !== 'CAP_KILL').join(' ');
    const sets = ['AmbientCapabilities', 'CapabilityBoundingSet'].map(set => `${set}=\\n${set}=${without}`);
    await booted.run('mkdir -p /etc/systemd/system/locum-host.service.d');
    const dropIn = '/etc/systemd/system/locum-host.service.d/without.conf';
    await booted.run(`printf '[Service]\\n${sets.join('\\n')}\\n' > ${dropIn}`);
    await booted.run('systemctl daemon-reload && systemctl restart locum-host');
    const seen = await plain.settles('nginx looks dead', status => contribution(status) === -30);
    assert.match(seen.routers[0]?.contributions[0]?.detail ?? '', /permitted|signal/);
    assert.match(await plain.journal(), /KILL is missing: an nginx that runs as another user/);
    await booted.run(`rm ${dropIn} && systemctl daemon-reload && systemctl restart locum-host`);
    await plain.holds();
  });

  it('takes the place of keepalived, with its file, by the drop-in of compose/README.md', async () => {
    const { booted } = plain;
    const folder = '/etc/systemd/system/locum-host.service.d';
    await booted.run(`mkdir -p ${folder} /etc/keepalived`);
    await booted.run('systemctl stop locum-host');
    const lines = ['vrrp_instance VI_1 {', 'interface eth0', 'virtual_router_id 60', 'priority 90'];
    const file = [...lines, `virtual_ipaddress { ${VIP} }`, '}'].map(line => `'${line}'`).join(' ');
    await booted.run(`printf '%s\\n' ${file} > /etc/keepalived/keepalived.conf`);
    await booted.run('systemctl enable --now keepalived');
    await plain.holds();
    await booted.run('systemctl disable --now keepalived');
    const shown = piecesOf('compose/README.md').find(({ kind }) => kind === 'ini');
    await booted.run(`printf '%s' '${shown?.text}' > ${folder}/keepalived.conf`);
    await booted.run('systemctl daemon-reload && systemctl start locum-host');
    await plain.settles('it runs with that file', ({ routers: [router] }) => router?.name === 'vi-1');
    await plain.holds();
  });

  it('leaves nothing when it is stopped: no address, process, socket, interface or rule', async () => {
    const { booted } = plain;
    const links = await booted.run('ip -brief link');
    await booted.run('systemctl stop locum-host');
    assert.ok(!(await addressesOf(booted.host)).has(VIP));
    assert.equal((await booted.sh('pgrep --uid locum')).stdout, '');
    assert.equal((await booted.sh('ls /run/locum')).stdout, '');
    assert.equal(await booted.run('nft list ruleset'), '');
    assert.equal(await booted.run('ip -brief link'), links);
    assert.equal(
      (await booted.run('systemctl show --property Result locum-host')).trim(),
      'Result=success',
      await plain.journal(),
    );
  });
});

/** The commands under its heading, one a line. */
function shownCommands(): string[] {
  const block = piecesOf('compose/README.md').find(
    ({ kind, text }) => kind === 'sh' && text.includes('locum-host.service'),
  );
  return (block?.text ?? '').split('\n').filter(line => line !== '');
}

async function capabilityNames(): Promise<string[]> {
  const [, names = ''] = /^AmbientCapabilities=(.*)$/m.exec(await readFile(UNIT, 'utf8')) ?? [];
  return names.split(' ');
}

/** As proc(5) shows a set of them. */
async function capabilitiesOfUnit(): Promise<number> {
  const bits = (await capabilityNames()).map(name => {
    const bit = CAPABILITIES[name];
    assert.ok(bit !== undefined, `${name} is not among those that a node needs`);
    return 2 ** bit;
  });
  return bits.reduce((sum, bit) => sum + bit, 0);
}

/** What nginx's tracker adds to the priority. */
const contribution = ({ routers: [web] }: Status): number | undefined => web?.contributions[0]?.delta;

/** A host of the LAN with the distribution's nginx and a clone, as its reader has them. */
class Plain {
  readonly booted: BootedHost;

  private constructor(booted: BootedHost) {
    this.booted = booted;
  }

  static async boot(lan: Lan): Promise<Plain> {
    const host = await lan.host('host-a', '198.18.60.11/24');
    const clone = join(host.folder, 'clone');
    await mkdir(clone);
    for (const name of [...CLONED, ...PACKED])
      await cp(join(ROOT, name), join(clone, name), { recursive: true });
    const plain = new Plain(await BootedHost.boot(host, { [CLONE]: clone }));
    await plain.booted.run('systemctl enable --now nginx');
    return plain;
  }

  /** A command of the document, in the clone; npm reaches its registry. Returns what it printed. */
  type(command: string): Promise<string> {
    return this.booted.run(command, {
      folder: CLONE,
      network: /\bnpm\b/.test(command) ? 'machine' : 'host',
    });
  }

  async status(): Promise<Status> {
    return JSON.parse(await this.booted.run('locum status --json')) as Status;
  }

  settles(what: string, seen: (status: Status) => boolean): Promise<Status> {
    return waitFor(
      async () => {
        const status = await this.status();
        return seen(status) && status;
      },
      { what, deadlineMs: SETTLED_MS, everyMs: 100, context: () => this.booted.console },
    );
  }

  /** Waits until the address is there. */
  async holds(): Promise<void> {
    await waitFor(async () => (await addressesOf(this.booted.host)).has(VIP), {
      what: 'it holds the address',
      deadlineMs: SETTLED_MS,
      everyMs: 50,
    });
  }

  /** The fields of its process in proc(5). */
  async account(): Promise<ReadonlyMap<string, string>> {
    const { pid } = await this.status();
    const text = await this.booted.run(`cat /proc/${pid}/status`);
    return new Map(
      text.split('\n').map(line => {
        const [name = '', value = ''] = line.split(/:\s*(.*)/s);
        return [name, value];
      }),
    );
  }

  /** What the unit logged. */
  async journal(): Promise<string> {
    const { stdout }: Finished = await this.booted.sh('journalctl --no-pager --output=cat --unit locum-host');
    return stdout;
  }
}
