/**
 * A reader of the documents: the host in front of them, booted by systemd, with Docker, keepalived and a clone in /opt/locum, and the other
 * node of the pair beside it. Types commands as they stand in a document; what differs is that images are there instead of being built.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BootedHost } from '../../support/booted-host.ts';
import { composePlugin } from '../../support/docker-compose-plugin.ts';
import { IMAGES, imageArchive } from '../../support/docker-images.ts';
import { piecesOf } from '../../support/documents.ts';
import { type Host, Lan } from '../../support/lan.ts';
import type { Finished } from '../../support/namespace.ts';
import { LocumNode } from '../../support/node.ts';
import { ROOT } from '../../support/paths.ts';
import { waitFor } from '../../support/wait.ts';

const CLONE = '/opt/locum';
const SITE = '/srv/site';
const CLONED = ['compose', 'nginx', 'docker'];
/** The archive has them under names of its own; the compose files name these. */
const TAGS = [
  [IMAGES.SIDECAR_IMAGE, 'locum:local'],
  [IMAGES.NGINX_IMAGE, 'nginx:stable'],
] as const;
/** What the reader sets, where the document asks for it, in the folder's own file. */
const SETTINGS: Readonly<Record<string, string>> = {
  [CLONE]: "sed -i 's/^LOCUM_PRIORITY=.*/LOCUM_PRIORITY=100/' compose/.env",
  [SITE]: "sed -i 's/198\\.18\\.60/198.18.54/' .env",
};
const DOCKER = ['/var/lib/docker', '/var/lib/containerd'];
const ROUTER = { vrid: 60, vip: ['198.18.60.100/24'] };
/** A command has its outcome within this time: nodes take some seconds until they have settled. */
const OUTCOME_MS = 60_000;

/** They go on until they are interrupted. */
const GOES_ON = / --(?:watch|follow|live) |^tcpdump /;
const LOOK_SECONDS = 3;
/** Of timeout(1). */
const INTERRUPTED = 124;
/** Where something else is an answer, too: a host has its faults. */
const OUTCOMES: Readonly<Record<string, readonly number[]>> = { doctor: [0, 1] };

export class Reader {
  readonly #lan: Lan;
  readonly #booted: BootedHost;
  readonly other: LocumNode;
  #folder = CLONE;

  private constructor(lan: Lan, booted: BootedHost, other: LocumNode) {
    this.#lan = lan;
    this.#booted = booted;
    this.other = other;
  }

  static async start(): Promise<Reader> {
    const archive = await imageArchive();
    const lan = await Lan.create();
    try {
      const host = await lan.host('host-a', '198.18.60.10/24');
      const shared = {
        [CLONE]: await cloneFor(host),
        [SITE]: await siteFor(host),
        '/opt/images.tar': archive,
        '/usr/local/lib/docker/cli-plugins': join(await composePlugin(), 'cli-plugins'),
      };
      const booted = await BootedHost.boot(host, shared);
      const other = await LocumNode.create(lan, 'host-b', {
        address: '198.18.60.12/24',
        priority: 150,
        router: ROUTER,
      });
      const reader = new Reader(lan, booted, other);
      await reader.#furnish();
      return reader;
    } catch (thrown) {
      await lan.close();
      throw thrown;
    }
  }

  async #furnish(): Promise<void> {
    // Docker's layers lie in memory: an overlay on an overlay is not for it.
    for (const folder of DOCKER) await this.sh(`mkdir -p ${folder} && mount -t tmpfs tmpfs ${folder}`);
    await this.sh('systemctl enable --now docker');
    await this.sh('docker load --quiet --input /opt/images.tar');
    for (const [from, to] of TAGS) await this.sh(`docker tag ${from} ${to}`);
    await this.other.nginx.start();
    await this.other.startDaemon();
  }

  /** Runs a command line to the end; throws unless it exits with 0. */
  sh(line: string): Promise<string> {
    return this.#booted.run(line, { folder: this.#folder });
  }

  /** Types it until it succeeds, and shows that: whoever types it knows that things take a moment. */
  typeUntil(line: string, shown: RegExp): Promise<string> {
    let last: Finished | undefined;
    return waitFor(
      async () => {
        last = await this.#booted.sh(asTyped(line), { folder: this.#folder });
        return last.code === 0 && shown.test(last.stdout + last.stderr) && `${last.stdout}${last.stderr} `;
      },
      {
        what: `${line}: shows ${shown}`,
        deadlineMs: OUTCOME_MS,
        everyMs: 200,
        context: () => `exit ${last?.code}\n${last?.stdout}${last?.stderr}`,
      },
    );
  }

  /** A command with, as a comment, what its output holds, or that something is to be set then. */
  async type(line: string): Promise<string> {
    const [, remark = ''] = /\s# (X-[\w-]+: \S+)$/.exec(line) ?? [];
    const shown = await this.typeUntil(line, new RegExp(remark));
    if (/\s# +then set /.test(line)) await this.sh(SETTINGS[this.#folder] ?? '');
    return shown;
  }

  /** In the folder's default compose file, as a document that speaks of no way in particular leaves it out. */
  typeBesides(file: string, line: string): Promise<string> {
    return this.type(`export COMPOSE_FILE=${file}; ${line}`);
  }

  /** The commands of the first script below the heading. */
  commands(path: string, heading: string): string[] {
    const text = readFileSync(join(ROOT, path), 'utf8');
    const [, below] = text.split(`\n## ${heading}\n`);
    assert.ok(below !== undefined, `${path} has no heading ${heading}`);
    const [, script = ''] = /```sh\n([\s\S]*?)```/.exec(below.split('\n## ')[0] ?? '') ?? [];
    const lines = script.replaceAll('\\\n', ' ').split('\n');
    return lines.filter(line => line !== '' && !line.startsWith('#'));
  }

  async typeSection(path: string, heading: string): Promise<void> {
    const commands = this.commands(path, heading);
    assert.ok(commands.length > 0, `${heading} shows no command`);
    for (const command of commands) await this.type(command);
  }

  /** Commands on a node, typed on its host; those that go on until they are interrupted are, with something shown before. */
  async look(path: string, heading: string): Promise<void> {
    const locum = 'docker exec --interactive locum-locum-1 locum';
    await this.sh(
      `printf '#!/bin/sh\\nexec ${locum} "$@"\\n' > /usr/local/bin/locum; chmod +x /usr/local/bin/locum`,
    );
    for (const command of this.commands(path, heading)) {
      const limited = GOES_ON.test(command) ? `timeout --signal INT ${LOOK_SECONDS} ${command}` : command;
      const { code, stdout, stderr } = await this.#booted.sh(limited, { folder: this.#folder });
      const outcomes = OUTCOMES[command.split(' ')[1] ?? ''] ?? [0, INTERRUPTED];
      assert.ok(outcomes.includes(code), `${command}: exit ${code}\n${stdout}${stderr}`);
      assert.notEqual(stdout + stderr, '', command);
    }
    await this.sh('rm /usr/local/bin/locum');
  }

  /** A command that stands within the text. */
  typeInline(path: string, pattern: RegExp): Promise<string> {
    const piece = piecesOf(path).find(({ kind, text }) => kind === 'inline' && pattern.test(text));
    assert.ok(piece, `${path} has no ${pattern}`);
    return this.type(piece.text);
  }

  /** What the opening comment of a unit tells its reader to type. */
  commandsOfUnit(name: string): string[] {
    const unit = readFileSync(join(ROOT, 'compose', name), 'utf8');
    return [...unit.matchAll(/^# {3}(.*)$/gm)].map(([, line = '']) => line);
  }

  /** From now on the other node is the worse one. */
  async makeMaster(): Promise<void> {
    await this.other.configure({ priority: 98, router: ROUTER });
    const { code, stderr } = await this.other.locum('reload');
    assert.equal(code, 0, stderr);
    await this.typeUntil(
      'docker compose -f compose/node.yaml exec locum locum status',
      /^default: MASTER for /m,
    );
  }

  /** The reader's own compose file, with an nginx on a bridge of its own. */
  async makeSite(): Promise<void> {
    this.#folder = SITE;
    await this.sh('docker network create --subnet 198.18.54.0/24 lan');
  }

  async removeSite(): Promise<void> {
    await this.sh('docker compose -f compose.yaml -f /opt/locum/compose/attach.yaml down --volumes');
    this.#folder = CLONE;
  }

  async startKeepalived(): Promise<void> {
    const { vrid, vip } = ROUTER;
    const file = ['global_defs {', ' vrrp_version 3', '}', 'vrrp_instance VI_1 {', ' interface eth0'];
    const rest = [
      ` virtual_router_id ${vrid}`,
      ' priority 90',
      ' virtual_ipaddress {',
      `  ${vip}`,
      ' }',
      '}',
    ];
    const write = [...file, ...rest].map(line => `'${line}'`).join(' ');
    await this.sh(`mkdir -p /etc/keepalived && printf '%s\\n' ${write} > /etc/keepalived/keepalived.conf`);
    await this.sh('systemctl enable --now keepalived');
  }

  async close(): Promise<void> {
    try {
      await this.#booted.close();
    } finally {
      await this.#lan.close();
    }
  }
}

/** Images are there, and nobody is asked for them. */
function asTyped(line: string): string {
  return line.startsWith('docker build ')
    ? 'docker image inspect locum:local'
    : line.replace('--build', '--no-build');
}

async function cloneFor({ folder }: Host): Promise<string> {
  const clone = join(folder, 'clone');
  for (const name of CLONED) await cp(join(ROOT, name), join(clone, name), { recursive: true });
  // The other node's settings, as `locum explain` takes them.
  await writeFile(
    join(clone, 'peer.yaml'),
    'vrrp: {web: {vrid: 60, vip: [198.18.60.100/24], priority: 98}}\n',
  );
  return clone;
}

async function siteFor({ folder }: Host): Promise<string> {
  const site = join(folder, 'site');
  await mkdir(site);
  const ways = join(ROOT, 'test', 'e2e', 'ways');
  const text = await readFile(join(ways, 'site.yaml'), 'utf8');
  const filled = text.replace(/\$\{SITE_NAME\}/, 'site-a').replace(/\$\{SITE_ADDRESS\}/, '198.18.54.11');
  await writeFile(join(site, 'compose.yaml'), filled);
  await cp(join(ways, 'site.conf'), join(site, 'site.conf'));
  return site;
}
