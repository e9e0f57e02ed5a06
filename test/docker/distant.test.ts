/** Engines at a distance: TLS with an authority of one's own, SSH with the one host key that is believed. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  type AddressInfo,
  connect,
  createServer as createPlainServer,
  type Server,
  type Socket,
} from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
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

/** A way to a port of this host that loses everything, and closes nothing, once it is told to. */
async function silenceable(port: number) {
  const sockets = new Set<Socket>();
  const way = { host: '', isSilent: false, close: () => {} };
  const forward = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on('error', () => to.destroy());
    from.on('data', data => way.isSilent || to.write(data));
    from.on('close', () => way.isSilent || to.destroy());
  };
  const server = createPlainServer(socket => {
    const inside = connect(port, '127.0.0.1');
    forward(socket, inside);
    forward(inside, socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  way.host = `ssh://locum@127.0.0.1:${(server.address() as AddressInfo).port}`;
  way.close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return way;
}

async function readToItsEnd(stream: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of stream) text += piece;
  return text;
}

describe('an engine behind SSH', () => {
  const hostKey = readableKeyPair();
  const userKey = readableKeyPair();
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
  beforeEach(() => {
    commands.length = 0;
  });

  // The first: a timer that begins as a real one cannot be cleared under this one's.
  it('ends the stream of events when the host goes silent, with its connection open', async context => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    const way = await silenceable(Number(host.split(':').at(-1)));
    const end = new AbortController();
    context.after(() => {
      end.abort();
      way.close();
    });
    const connected = connectDocker(way.host, credentials(fingerprintOf(hostKey.public)));
    const stream = await connected.events(end.signal);
    const ended = assert.rejects(readToItsEnd(stream));
    way.isSilent = true;
    // An answer that is on its way begins the count anew.
    for (let second = 0; second < 30; second += 1) {
      context.mock.timers.tick(1_000);
      await nextTurn();
    }
    const given = AbortSignal.timeout(3_000);
    await Promise.race([ended, once(given, 'abort').then(() => assert.fail('it is still read'))]);
  });

  it('answers through docker system dial-stdio', async () => {
    const { containers } = await list(host, credentials(fingerprintOf(hostKey.public)));
    assert.equal(containers.length, 1);
    assert.deepEqual(commands, ['docker system dial-stdio']);
  });

  it('is not spoken to when its key is another', async () => {
    const other = fingerprintOf(userKey.public);
    await assert.rejects(list(host, credentials(other)), /cannot list containers/);
    assert.deepEqual(commands, []);
  });
});

/** The package writes about one in five hundred so that it cannot read it back. */
function readableKeyPair(): ReturnType<typeof ssh2.utils.generateKeyPairSync> {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}
