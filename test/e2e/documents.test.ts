/**
 * The commands of README.md and of the documents in compose/, typed as they stand there, one after the other, on a host that systemd has booted with
 * Docker on it, beside another node in its LAN. Ways whose one command is `up` are in ways.test.ts; what a way survives is there, too.
 */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { masterIs } from '../support/node.ts';
import { Reader } from './documents/reader.ts';

const SET_UP_MS = 600_000;
const SCENARIO_MS = 120_000;
const COMPOSE = 'compose/README.md';
const OPERATING = 'compose/OPERATING.md';
const NODE = 'docker compose -f compose/node.yaml';

describe('what the documents say, on a host with Docker', { concurrency: false }, () => {
  let reader: Reader;
  before(
    async () => {
      reader = await Reader.start();
    },
    { timeout: SET_UP_MS },
  );
  after(() => reader?.close());

  const section = (name: string, act: () => Promise<void>): void =>
    void it(name, { timeout: SCENARIO_MS }, act);

  section('The trial', () => reader.typeSection(COMPOSE, 'The trial'));

  section('A pair on two hosts, one command after the other', async () => {
    await reader.typeSection(COMPOSE, 'A pair on two hosts');
    await masterIs(reader.other, [reader.other]);
    await reader.typeUntil(`${NODE} exec locum locum status`, /^default: BACKUP for /m);
    const explained = await reader.typeInline(COMPOSE, /explain docker:nginx/);
    assert.match(explained, /^When something fails, /m);
  });

  section(
    'locum.service brings the node up with the host, and again after a restart of the engine',
    async () => {
      await reader.type(`${NODE} down`);
      for (const command of reader.commandsOfUnit('locum.service')) await reader.type(command);
      await reader.typeUntil(`${NODE} exec locum locum status`, /^default: BACKUP for /m);
      await reader.type('systemctl restart docker');
      await reader.typeUntil(`${NODE} exec locum locum status`, /^default: BACKUP for /m);
    },
  );

  section('Change settings while it runs', async () => {
    const reload = 'docker compose exec locum locum reload';
    const [line = ''] = reader.commands(OPERATING, 'Change settings while it runs');
    assert.ok(line.startsWith(reload));
    assert.match(await reader.typeBesides('compose/node.yaml', line), /nothing|applied|unchanged/i);
    const [, hup = ''] = /or: (docker compose kill.*)$/.exec(line) ?? [];
    await reader.typeBesides('compose/node.yaml', hup);
    await reader.typeUntil(`${NODE} logs locum`, /SIGHUP/);
  });

  section('Look at it', () => reader.look('README.md', 'Look at it'));

  section('Out of service and back', async () => {
    await reader.makeMaster();
    await reader.typeSection(COMPOSE, 'Out of service and back');
    for (const command of reader.commands(OPERATING, 'Take a node out of service'))
      await reader.typeBesides('compose/node.yaml', command);
    await reader.type(`${NODE} down --volumes`);
    await reader.type('systemctl disable --now locum.service');
  });

  section('An address of its own for each node', async () => {
    await reader.type("sed -i 's/^#LAN_/LAN_/; s/^#NODE_/NODE_/' compose/.env");
    await reader.type('docker run --detach --name my-app --entrypoint sleep nginx:stable infinity');
    await reader.typeSection(COMPOSE, 'An address of its own for each node');
    await reader.typeInline(COMPOSE, /^docker network connect locum-backends my-app$/);
    await reader.typeUntil(`${NODE} -f compose/macvlan.yaml exec locum locum status`, /^default: /m);
    await reader.type('docker rm --force my-app');
    await reader.type(`${NODE} -f compose/macvlan.yaml down --volumes`);
  });

  section('Beside an nginx that exists', async () => {
    await reader.makeSite();
    await reader.typeSection(COMPOSE, 'Beside an nginx that exists');
    await reader.removeSite();
  });

  section('From keepalived to Locum', async () => {
    await reader.startKeepalived();
    await reader.typeSection(COMPOSE, 'From keepalived to Locum');
    assert.match(await reader.sh('systemctl is-active keepalived || true'), /^inactive/);
    const peer = /^ {2}peer +198\.18\.60\.12 /m;
    assert.match(await reader.typeUntil('docker exec locum locum status', peer), /^vi-1: BACKUP for /m);
  });
});
