/** A Docker engine that is talked to in the process beside: the same port as the client's own. */

import { Readable } from 'node:stream';
import type { ContainerReader, DockerEngine } from '../../docker/engine.ts';
import { type Connection, dockerHost } from '../../docker/host.ts';
import type { Aside } from './aside.ts';

/** How the daemon comes to an engine. Throws an OperatingError when the host is malformed. */
export type Connect = (host: string, connection: Connection) => DockerEngine & ContainerReader;

export function connectAside(aside: Aside): Connect {
  return (host, connection) => {
    dockerHost(host);
    const engine = { host, connection };
    return {
      list: signal => aside.call('list', engine, signal),
      events: signal =>
        opened((onPart: (text: string) => void) => aside.call('events', engine, signal, onPart)),
      inspect: (id, signal) => aside.call('inspect', { ...engine, id }, signal),
      errors: (id, since, signal) => aside.call('errors', { ...engine, id, since }, signal),
    };
  };
}

/** Resolves with the first part, to a stream of those that follow. */
function opened(read: (onPart: (text: string) => void) => Promise<void>): Promise<AsyncIterable<string>> {
  const stream = new Readable({ objectMode: true, read: () => undefined });
  // Whoever reads it is told; one that has stopped reading need not be.
  stream.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    const ending = read(text => {
      if (text === '') resolve(stream);
      else stream.push(text);
    });
    ending.then(
      () => stream.push(null),
      (thrown: Error) => {
        reject(thrown);
        stream.destroy(thrown);
      },
    );
  });
}
