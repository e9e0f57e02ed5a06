/** A Docker engine of the test's making on a unix socket: the calls of the client, and every way to fail. */

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { containerId } from './containers.ts';

/** How a call is answered. `drop` ends the connection in the middle of the answer. */
export type Mood = 'well' | 'error' | 'hang' | 'drop' | 'nonsense';

export class FakeEngine {
  readonly requests: string[] = [];
  containers: Record<string, unknown>[] = [];
  listing: Mood = 'well';
  streaming: Mood = 'well';
  /** When the last list was asked for, by `performance.now()`. */
  listedMs = 0;
  /** What every container wrote to its error stream. */
  errorLog = '';
  /** Answers more than Locum's three calls. */
  whole = false;
  #server: Server | undefined;
  #folder = '';
  readonly #streams = new Set<ServerResponse>();

  get host(): string {
    return `unix://${join(this.#folder, 'docker.sock')}`;
  }

  /** Open event streams. */
  get streams(): number {
    return this.#streams.size;
  }

  lists(): number {
    return this.requests.filter(request => request.includes('/containers/json')).length;
  }

  async start(): Promise<this> {
    this.#folder ||= await mkdtemp(join(tmpdir(), 'locum-engine-'));
    const server = createServer((request, response) => this.#answer(request, response));
    this.#server = server;
    server.listen(join(this.#folder, 'docker.sock'));
    await once(server, 'listening');
    return this;
  }

  /** Ends the engine with every connection; `start` brings it back on the same socket. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true });
  }

  /** Ends the open event streams only. */
  dropStreams(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  /** Adds or replaces a container, running unless said otherwise, as the engine lists it. */
  put(name: string, parts: Record<string, unknown> = {}): void {
    this.forget(name);
    this.containers.push({
      Id: containerId(name),
      Names: [`/${name}`],
      Labels: {},
      State: 'running',
      Status: 'Up 5 seconds',
      HostConfig: { NetworkMode: 'front' },
      NetworkSettings: { Networks: { front: { IPAddress: '198.18.0.2' } } },
      Ports: [{ PrivatePort: 8080, Type: 'tcp' }],
      ...parts,
    });
  }

  /** Removes a container from the list. */
  forget(name: string): void {
    const forgotten = containerId(name);
    this.containers = this.containers.filter(({ Id: id }) => id !== forgotten);
  }

  emit(name: string, action: string, attributes: Record<string, string> = {}): void {
    const event = {
      Type: 'container',
      Action: action,
      Actor: { ID: containerId(name), Attributes: { name, ...attributes } },
    };
    this.write(`${JSON.stringify(event)}\n`);
  }

  /** Writes to the open event streams as it is. */
  write(text: string): void {
    for (const stream of this.#streams) stream.write(text);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(`${request.method} ${request.url}`);
    const path = (request.url ?? '').split('?')[0];
    if (path === '/containers/json') this.#list(response);
    else if (path === '/events') this.#stream(response);
    else if (path === '/info' && this.whole) response.end('{}');
    else if (path?.endsWith('/logs')) this.#log(response);
    else if (path?.startsWith('/containers/')) this.#inspect(path, response);
    else response.writeHead(404).end('{"message":"page not found"}');
  }

  #list(response: ServerResponse): void {
    this.listedMs = performance.now();
    const body = JSON.stringify(this.containers);
    response.setHeader('content-type', 'application/json');
    if (this.listing === 'well') response.end(body);
    if (this.listing === 'error') response.writeHead(500).end('{"message":"engine is ill"}');
    if (this.listing === 'nonsense') response.end('{"not": "a list"}');
    if (this.listing !== 'drop') return;
    response.writeHead(200, { 'content-length': '10000' });
    response.write('[', () => response.destroy());
  }

  /** One frame of the error stream. */
  #log(response: ServerResponse): void {
    const body = Buffer.from(this.errorLog);
    const header = Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]);
    header.writeUInt32BE(body.length, 4);
    response.end(Buffer.concat([header, body]));
  }

  /** What `put` was given, which is more than the list of a real engine has. */
  #inspect(path: string, response: ServerResponse): void {
    const container = this.containers.find(({ Id: id }) => path === `/containers/${id}/json`);
    if (container === undefined) response.writeHead(404).end('{"message":"no such container"}');
    else response.end(JSON.stringify(container));
  }

  #stream(response: ServerResponse): void {
    if (this.streaming === 'hang') return;
    if (this.streaming === 'error') {
      response.writeHead(500).end('{"message":"no events"}');
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
    if (this.streaming === 'drop') response.destroy();
  }
}
