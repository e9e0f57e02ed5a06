/** Engines at a distance: TLS with an authority of one's own, SSH with the one host key that is believed. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, type Server } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createServer } from 'node:tls';
import ssh2 from 'ssh2';
import { connectDocker } from '../../src/docker/client.ts';
import type { Credentials } from '../../src/docker/host.ts';
import { CA_PEM, SERVER_KEY, SERVER_PEM } from '../probes/tls-fixture.ts';
import { FakeEngine } from '../support/fake-engine.ts';

const engine = new FakeEngine();
const socketPath = () => engine.host.slice('unix://'.length);
const list = (host: string, credentials: Credentials) =>
  connectDocker(host, credentials).list(AbortSignal.timeout(3_000));

before(async () => {
  await engine.start();
  engine.put('app-1');
});
after(() => engine.remove());

describe('an engine behind TLS', () => {
  let server: Server;
  let host = '';
  before(async () => {
    server = createServer({ cert: SERVER_PEM, key: SERVER_KEY }, socket => {
      const inside = connect(socketPath());
      socket.pipe(inside).pipe(socket);
      socket.on('error', () => inside.destroy());
      inside.on('error', () => socket.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    host = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());

  it('answers who knows its authority', async () => {
    const { containers } = await list(host, { tls: { ca: CA_PEM } });
    assert.deepEqual(
      containers.map(({ name }) => name),
      ['app-1'],
    );
  });

  it('is not believed by whoever knows another authority', async () => {
    await assert.rejects(list(host, { tls: { ca: SERVER_PEM } }), /cannot list containers/);
  });
});

describe('an engine behind SSH', () => {
  const hostKey = ssh2.utils.generateKeyPairSync('ed25519');
  const userKey = ssh2.utils.generateKeyPairSync('ed25519');
  const commands: string[] = [];
  let server: ssh2.Server;
  let host = '';
  const fingerprintOf = (publicKey: string) => {
    const blob = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
    return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
  };
  const credentials = (fingerprint: string): Credentials => ({
    ssh: { privateKey: userKey.private, fingerprint },
  });

  before(async () => {
    server = new ssh2.Server({ hostKeys: [hostKey.private] }, client => {
      client.on('error', () => undefined);
      client.on('authentication', context =>
        context.method === 'publickey' ? context.accept() : context.reject(['publickey']),
      );
      client.on('session', accept => {
        accept().on('exec', (accepted, _rejected, { command }) => {
          commands.push(command);
          const stream = accepted();
          const inside = connect(socketPath());
          stream.pipe(inside).pipe(stream);
        });
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    host = `ssh://locum@127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());

  it('answers through docker system dial-stdio', async () => {
    const { containers } = await list(host, credentials(fingerprintOf(hostKey.public)));
    assert.equal(containers.length, 1);
    assert.deepEqual(commands, ['docker system dial-stdio']);
  });

  it('is not spoken to when its key is another', async () => {
    const other = fingerprintOf(userKey.public);
    await assert.rejects(list(host, credentials(other)), /cannot list containers/);
    assert.equal(commands.length, 1);
  });
});
